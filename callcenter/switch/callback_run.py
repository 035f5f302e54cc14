"""The controller of a call to somebody who asked to be called back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ivr
from callcenter.flows.runner import FlowRunner
from callcenter.routing.dial_plan import Service
from callcenter.switch.callbacks import Place
from callcenter.switch.queue_visit import QueueWish, Unanswered

if TYPE_CHECKING:
    from callcenter.switch.call import Call


class CallbackRun:
    """From the agent who is kept to the end of the talk."""

    def __init__(self, call: "Call", place: Place, flows: Mapping[str, ivr.Flow]) -> None:
        self._call = call
        self._place = place
        self._flows = flows

    async def run(self) -> None:
        """To the end."""
        call, callback = self._call, self._place.callback
        after = await call.wait_in_queue(
            QueueWish(callback.queue, callback.priority, place=self._place)
        )
        if isinstance(after, Service):
            await FlowRunner(self._flows, after.flow, call).run()
        elif isinstance(after, Unanswered):
            call.ending(after.outcome, "system", 480)
