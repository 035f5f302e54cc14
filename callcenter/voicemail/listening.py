"""Plays a message to whoever wants to hear it, at their own device."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from callcenter import events

if TYPE_CHECKING:
    from callcenter.switch.call import Call

PAUSE_S = 0.5
"""Before the first word: the device has just been picked up."""


class Listening:
    """The controller of such a call."""

    def __init__(self, pcm: bytes, heard: Callable[[], Awaitable[None]]) -> None:
        """`heard` is awaited when the message begins to sound."""
        self._pcm = pcm
        self._heard = heard

    async def run(self, call: "Call") -> None:
        """To the end of the message; who hangs up before ends it, too."""
        services, caller = call.services, call.caller
        if caller.line is not None:
            caller.line.talking()
        await asyncio.sleep(PAUSE_S)
        audio = services.plane.load_audio(self._pcm)
        try:
            playback = caller.leg.port.play([audio])
        finally:
            services.plane.drop_audio(audio)  # what plays plays on
        await self._heard()
        if await playback.done:
            agent_id = services.roster.agent_at(caller.seat_no)
            services.stream.emit(
                events.PlaybackFinished(
                    services.clock.now(), call.call_id, agent_id, caller.seat_no
                )
            )
