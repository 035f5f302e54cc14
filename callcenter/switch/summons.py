"""Rings a seat for a call that no queue gave it, until somebody answers or refuses."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

import acd
import sip
from callcenter import events
from callcenter.switch.leg import Headers, Leg
from callcenter.switch.leg_events import tell_leg
from callcenter.switch.party import Party
from callcenter.switch.ring import AUTO_ANSWER_LIMIT, AnswerFailedError, auto_answer
from callcenter.switch.seat_phones import SeatPhones

if TYPE_CHECKING:
    from callcenter.switch.call import Call

_REFUSED: Mapping[acd.RefusalOutcome, events.ReachOutcome] = {
    "rejected": "rejected",
    "no_answer": "no_answer",
    "device_busy": "busy",
    "device_failed": "unreachable",
    "withdrawn": "failed",
}


class Summons:
    """One seat's. Whoever is signed in there may answer or refuse it at the desk, too.

    In other answer modes than `phone` only the desk rings, as long as somebody is signed in.
    """

    def __init__(self, call: "Call", waiting: Party, seat_no: str, headers: Headers) -> None:
        self.since = call.services.clock.now()
        self._call = call
        self._services = services = call.services
        self._waiting = waiting
        self._headers = headers
        self._result: asyncio.Future[Leg | Party | events.ReachOutcome]
        self._result = asyncio.get_running_loop().create_future()
        self._phones = phones = SeatPhones(services, seat_no, call.call_id)
        phones.max_forwards = waiting.max_forwards
        phones.comfort_noise = call.comfort_noise
        phones.ringing = self._rings
        phones.answered = self._settle
        phones.picked_up = self._picked_up
        phones.refused = lambda outcome: self._settle(_REFUSED[outcome])
        sign_in = services.roster.at_seat(seat_no)
        self._by_desk = sign_in is not None and sign_in.seat.answers_at_desk
        self._pick_up = False
        """Whether a phone is to be asked to pick up as soon as it rings."""

    @property
    def misfit(self) -> bool:
        """Whether a phone did not answer because of the voice that it was offered."""
        return self._phones.misfit

    async def ring(self) -> Leg | Party | events.ReachOutcome:
        """The leg of the phone that answers, or why none does; or who picked the call up at another
        seat. Cancelling stops the ringing."""
        how: Leg | Party | events.ReachOutcome = "no_answer"
        try:
            if not self._by_desk:
                self._invite((("Allow-Events", "talk"),))
            else:
                self._phones.alert()
                self._waiting.ring()
            async with asyncio.timeout(self._services.settings.pbx.ring_timeout):
                how = await self._result
        except TimeoutError:
            pass
        finally:
            if isinstance(how, Party):
                self._phones.hang_up((sip.reason_header(sip.COMPLETED_ELSEWHERE),))
            elif not isinstance(how, Leg):
                self._phones.hang_up()
                self._let_go_who_came_too_late()
        return how

    async def answer(self) -> None:
        """`call.answer`: as for a queue's offer. Raises `AnswerFailedError`."""
        if not self._by_desk:
            self._pick_up = not self._phones.ask_to_pick_up()
            return
        self._invite(auto_answer(self._services.settings.sip.domain))
        await asyncio.wait([self._result], timeout=AUTO_ANSWER_LIMIT)
        self._settle("unreachable")
        if not self._result.cancelled() and not isinstance(self._result.result(), Leg):
            raise AnswerFailedError("the phone did not answer")

    def refuse(self) -> None:
        """`call.reject`."""
        self._settle("rejected")

    def _invite(self, headers: Headers) -> None:
        waiting = self._waiting
        every = (*headers, *self._headers)
        self._phones.ring(waiting.number, self._call.codecs, every, name=waiting.name)

    def _rings(self) -> None:
        self._waiting.ring()
        if self._pick_up:
            self._pick_up = not self._phones.ask_to_pick_up()

    def _picked_up(self, newcomer: Party) -> bool:
        """At another seat (RFC 3891)."""
        if self._result.done():
            return False
        newcomer.answer()
        tell_leg(self._services, self._call.call_id, f"seat {newcomer.seat_no}", newcomer.leg)
        self._result.set_result(newcomer)
        return True

    def _let_go_who_came_too_late(self) -> None:
        """The caller left in the moment of the answer."""
        if self._result.done() and not self._result.cancelled():
            how = self._result.result()
            if isinstance(how, Party):
                how.let_go(487)

    def _settle(self, how: Leg | events.ReachOutcome) -> None:
        if not self._result.done():
            self._result.set_result(how)
