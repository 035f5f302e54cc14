"""A person's own phone, rung for what they asked for at their desk."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import acd
from callcenter import events
from callcenter.switch.leg import Leg
from callcenter.switch.party import Party
from callcenter.switch.ring import AUTO_ANSWER_LIMIT, auto_answer
from callcenter.switch.seat_phones import SeatPhones

if TYPE_CHECKING:
    from callcenter.switch.roster import SignIn
    from callcenter.switch.services import Services
    from media.sdp import Codec

ON_HOOK: tuple[acd.AgentState, ...] = ("idle", "busy", "acw")

_CAUSES: dict[acd.RefusalOutcome, events.ReachOutcome] = {
    "rejected": "rejected",
    "no_answer": "no_answer",
    "device_busy": "busy",
    "device_failed": "unreachable",
    "withdrawn": "failed",
}


def _nobody(_: object) -> None:
    return None


class OwnPhone:
    """From the ring to the answer; one of the two callbacks comes, unless `hang_up` was first.

    The person is engaged from the first ring to `Party.let_go`, and is offered nothing.
    """

    def __init__(
        self,
        services: "Services",
        sign_in: "SignIn",
        call_id: str,
        answered: Callable[[Party], None],
        failed: Callable[[events.ReachOutcome], None],
    ) -> None:
        self._services = services
        self._sign_in = sign_in
        self._answered = answered
        self._failed = failed
        self._phones = SeatPhones(services, sign_in.seat_no, call_id)
        self._held = ExitStack()
        self._timer: asyncio.TimerHandle | None = None

    def ring(self, shown: str, codecs: "tuple[Codec, ...]") -> None:
        """Calls the device of the seat; but in mode `phone` it has to answer by itself."""
        services, seat = self._services, self._sign_in.seat
        self._line = services.pbx.lines.take(seat.seat_no, "dialling")
        self._held.callback(self._line.release)
        limit = services.settings.pbx.ring_timeout
        if seat.answers_at_desk:
            limit = AUTO_ANSWER_LIMIT
        self._timer = asyncio.get_running_loop().call_later(limit, self._fail, "no_answer")
        self._phones.answered = self._picked_up
        self._phones.refused = lambda outcome: self._fail(_CAUSES[outcome])
        self._phones.ring(shown, codecs, auto_answer(services.settings.sip.domain))

    def hang_up(self) -> None:
        """Stops the ringing; nothing more is told. Harmless when the phone has answered."""
        self._answered = self._failed = _nobody  # who is told nothing more is let go: they hold us
        self._stop_timer()
        self._phones.hang_up()
        self._held.close()

    def _picked_up(self, leg: Leg) -> None:
        self._stop_timer()
        self._phones = SeatPhones(self._services, self._sign_in.seat_no, "")  # the leg is given on
        party = Party(leg, self._sign_in.seat_no, seat_no=self._sign_in.seat_no)
        party.line = self._line
        party.held = self._held.pop_all()
        self._line.talking()
        answered, self._answered = self._answered, _nobody
        self._failed = _nobody
        answered(party)

    def _fail(self, cause: events.ReachOutcome) -> None:
        failed = self._failed
        self.hang_up()
        failed(cause)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
