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
            received=seen.packets_received, lost=seen.lost, jitter_ms=round(seen.jitter_ms, 1)
        ),
    )
