"""The phones of a seat, all rung at once: the first to answer is taken, the others stop."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import acd
import sip
from callcenter.switch.leg import Leg
from callcenter.switch.leg_events import tell_leg
from callcenter.switch.phone import invite_phone
from callcenter.switch.presented import Presented
from callcenter.switch.services import Services
from media.sdp import Codec
from sip.build import MAX_FORWARDS

_OUTCOMES: dict[int, acd.RefusalOutcome] = {
    408: "no_answer",
    480: "no_answer",
    486: "device_busy",
    600: "device_busy",
    603: "rejected",
}
"""What a phone's refusal means for the agent (agent protocol, rule 12); the rest is a failure."""
_TELLING: Sequence[acd.RefusalOutcome] = ("rejected", "device_busy", "no_answer", "device_failed")
"""Of several phones' refusals the first of these counts."""

Headers: TypeAlias = Sequence[tuple[str, str]]


def _nobody(*_: object) -> None:
    return None


class SeatPhones:
    """The legs to a seat's phones; one of the callbacks comes at most once."""

    def __init__(self, services: Services, seat_no: str, call_id: str) -> None:
        self.ringing: Callable[[], None] = _nobody
        """A phone rings; may be told several times."""
        self.answered: Callable[[Leg], None] = _nobody
        """The first to answer; the other phones are being stopped."""
        self.refused: Callable[[acd.RefusalOutcome], None] = _nobody
        """None of them will answer."""
        self.max_forwards = MAX_FORWARDS
        self._services = services
        self._seat_no = seat_no
        self._call_id = call_id
        self._legs: list[Leg] = []
        self._outcomes: list[acd.RefusalOutcome] = []

    def ring(
        self, ani: str, codecs: tuple[Codec, ...], headers: Headers = (), *, name: str = ""
    ) -> None:
        """Calls all of them, the preferred first (RFC 3261 §10.2.1.2)."""
        services = self._services
        registrar = services.sip.endpoint.registrar
        for binding in registrar.bindings(self._seat_no, services.clock.now()):
            try:
                leg = Leg.open(services.plane, services.new_session_id(), codecs)
            except OSError as error:
                services.logger.error("no port for a seat's phone", error=str(error))
                break
            leg.ringing = self._rings
            leg.answered = partial(self._answers, leg)
            leg.ended = partial(self._ends, leg)
            shown = Presented(ani, name or ani)
            called = invite_phone(services, binding, leg, shown, headers, self.max_forwards)
            if called and not leg.over:
                self._legs.append(leg)
                tell_leg(services, self._call_id, f"seat {self._seat_no}", leg)
            else:
                leg.hang_up()
        if not self._legs:
            self._refuse("device_failed")

    def ask_to_pick_up(self) -> bool:
        """The remote-answer NOTIFY; False while no phone has opened an early dialog for it."""
        return any(leg.session is not None and leg.session.notify("talk") for leg in self._legs)

    def hang_up(self, headers: Headers = ()) -> None:
        """Stops them, and hangs up the one that answered; nothing more is told."""
        self.ringing = self.answered = self.refused = _nobody
        legs, self._legs = self._legs, []
        for leg in legs:
            leg.hang_up(headers)

    def _rings(self, code: int, body: bytes) -> None:
        self.ringing()

    def _answers(self, leg: Leg) -> None:
        answered = self.answered
        self._legs.remove(leg)
        self.hang_up((sip.reason_header(sip.COMPLETED_ELSEWHERE),))
        self._legs.append(leg)
        answered(leg)

    def _ends(self, leg: Leg, end: sip.CallEnd) -> None:
        if leg not in self._legs:
            return
        self._legs.remove(leg)
        self._outcomes.append(_OUTCOMES.get(end.code, "device_failed"))
        # Who is busy at one phone is busy, and 6xx speaks for all (RFC 3261 §21.6); else one of the
        # others may answer.
        if not self._legs or end.code == 486 or end.code >= 600:
            self._refuse(min(self._outcomes, key=_TELLING.index))

    def _refuse(self, outcome: acd.RefusalOutcome) -> None:
        refused = self.refused
        self.hang_up()
        refused(outcome)
