"""A caller who is not there: they asked to be called back once an agent is free."""

import asyncio
from typing import TYPE_CHECKING

from callcenter.routing.dial_plan import Outside
from callcenter.switch.leg import Leg
from callcenter.switch.outside_reach import OutsideReach, answer_for, outcome_of
from callcenter.switch.party import Party
from callcenter.switch.reach import Unreached
from callcenter.switch.services import Services

if TYPE_CHECKING:
    from callcenter.switch.call import Call


class AbsentCaller(Party):
    """Stands for the customer until they have been reached: a leg without a session."""

    def __init__(self, services: Services, number: str, dnis: str, ring_s: float) -> None:
        """Raises `OSError` when there is no port."""
        leg = Leg.open(services.plane, services.new_session_id(), ())
        super().__init__(leg, number)
        self.dnis = dnis
        self.code = 0
        """The network's answer to the call; 0: not called."""
        self._ring_s = ring_s
        self._refused = False

    @property
    def unreached(self) -> Unreached:
        """Why they did not come, for who has waited for them."""
        outcome = "refused" if self._refused else outcome_of(self.code)
        return Unreached(outcome, answer_for(self.code))

    async def come(self, call: "Call", waiting: Party) -> bool:
        """Calls the customer, who takes this one's place in the call; False when not reached.

        `waiting` hears how it goes. Cancelling hangs up.
        """
        waiting.presented = waiting.presented or self.dnis
        reach = OutsideReach(call, waiting, None, Outside(self.number))
        if reach.refusal() is not None:
            self.code, self._refused = 403, True
            return False
        found: Party | None = None
        try:
            async with asyncio.timeout(self._ring_s):
                found, self.code, _ = await reach.find()
        except TimeoutError:
            self.code = 408
        if found is None:
            return False
        call.hand_over(found)
        call.guests.discard(self)
        self.let_go(200)
        return True
