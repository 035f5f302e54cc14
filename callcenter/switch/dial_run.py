"""The controller of a call to an extension or outside: reach somebody, talk, go on as it comes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ivr
from callcenter.flows.runner import FlowRunner
from callcenter.routing.dial_plan import Destination, Service
from callcenter.settings import SeatSettings
from callcenter.switch.bridge import Bridge
from callcenter.switch.conversation import converse
from callcenter.switch.party import Party
from callcenter.switch.reach import Reach, Unreached
from callcenter.switch.successor import BACK_TO_QUEUE

if TYPE_CHECKING:
    from callcenter.switch.call import Call


class DialRun:
    """First the search, then one talk after the other until nobody is left to talk with."""

    def __init__(
        self,
        call: "Call",
        to: Destination,
        payer: SeatSettings | None,
        flows: Mapping[str, ivr.Flow],
    ) -> None:
        self._call = call
        self._to = to
        self._payer = payer
        self._flows = flows

    async def run(self) -> None:
        """To the end, or until the caller leaves (cancellation)."""
        found = await Reach(self._call, self._call.caller, self._payer).find(self._to)
        if isinstance(found, Unreached):
            await self._refuse(found)
            return
        after: Party | Service | None = found
        if isinstance(found, Party):
            left = await converse(self._call, Bridge(self._call, found))
            assert left is not BACK_TO_QUEUE, "no queue gave this call"
            after = left
        if isinstance(after, Service):
            await FlowRunner(self._flows, after.flow, self._call).run()

    async def _refuse(self, unreached: Unreached) -> None:
        call = self._call
        if unreached.reason:
            call.log.info("call not put through", code=unreached.code, reason=unreached.reason)
        await unreached.tell(call, call.caller)
        call.ending(unreached.outcome, "called", unreached.code)
