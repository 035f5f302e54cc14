"""A seat as its agent is shown it, and whether the phone there is the seat's."""

from ipaddress import IPv6Address, ip_address

from agent_proto import models as m
from callcenter.settings import SeatSettings
from callcenter.switch.devices import is_usable
from callcenter.switch.services import Services
from media.plane import Port
from sip.fields import parse_uri


def seat_of(services: Services, seat: SeatSettings, port: Port | None) -> m.SeatGetResult:
    """The seat now; `port` hears the agent's phone while they talk."""
    clock = services.clock
    bindings = services.sip.endpoint.registrar.bindings(seat.seat_no, clock.now())
    seen = port.statistics() if port is not None else None
    return m.SeatGetResult(
        seat_no=seat.seat_no,
        kind=seat.kind,
        answer_mode=seat.answer_mode,
        registered=is_usable(services, seat),
        contacts=[
            m.SeatContact(
                user_agent=binding.user_agent,
                address=str(binding.source),
                expires_at=clock.wall(binding.expires_at),
            )
            for binding in bindings
        ],
        quality=None
        if seen is None
        else m.SeatQuality(
            received=seen.packets_received,
            lost=seen.lost,
            jitter_ms=round(seen.jitter_ms, 1),
            loss=_rounded(seen.recent_loss, 3),
            mos=_rounded(seen.mos if seen.recent_mos is None else seen.recent_mos, 2),
            round_trip_ms=_rounded(seen.round_trip_ms, 1),
            remote_lost=seen.remote_lost,
        ),
    )


def misregistered(services: Services, seat: SeatSettings, remote: str) -> str | None:
    """The other seat as which the phone of this one is registered (GX-B2, A-25), if any.

    The phone says so itself, by a contact that names the other seat. Or it is the softphone beside
    the agent's program (at `remote`, an `address:port`): the only phone that is registered from
    there, while the seat has none and nobody is signed in at the other.
    """
    if seat.kind != "sip":
        return None
    registrar, roster, now = services.sip.endpoint.registrar, services.roster, services.clock.now()
    bindings = registrar.bindings(seat.seat_no, now)
    for binding in bindings:
        named = parse_uri(binding.contact_uri).user
        if named != seat.seat_no and named in roster.seats:
            return named
    host = _telling_host(remote)
    if bindings or host is None:
        return None
    beside = {each.user for each in registrar.all(now) if each.source.host == host}
    other = beside.pop() if len(beside) == 1 else ""
    if other not in roster.seats or roster.seats[other].pbx or roster.at_seat(other) is not None:
        return None
    return other


def _telling_host(remote: str) -> str | None:
    """The program's address; None for loopback, behind which everybody's programs may be."""
    try:
        address = ip_address(remote.rpartition(":")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
