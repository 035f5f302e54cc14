"""A seat as its agent is shown it."""

from agent_proto import models as m
from callcenter.settings import SeatSettings
from callcenter.switch.devices import is_usable
from callcenter.switch.services import Services
from media.plane import Port


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


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
