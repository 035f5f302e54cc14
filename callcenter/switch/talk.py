"""The conversation of a caller with the agent who answered."""

import asyncio
from typing import TYPE_CHECKING

import acd
import sip
from callcenter import events
from callcenter.speech.phrases import phrase
from callcenter.speech.provider import SpeechError
from callcenter.switch.hearing import hearing
from callcenter.switch.ring import Ring
from media.room import Room

if TYPE_CHECKING:
    from callcenter.switch.call import Call

ANNOUNCE_WITHIN = 1.0
"""Seconds that both parties wait for the words of the announcement; mostly they are at hand."""


class Talk:
    """Joins both legs, records them, and lets both go at the end.

    The caller's leaving cancels `run`; the agent's ends it.
    """

    def __init__(self, call: "Call", ring: Ring) -> None:
        assert ring.leg is not None
        self.call = call
        self.ring = ring
        self.leg = ring.leg
        self.device_failed = False
        """Whether the agent's phone died: the caller is to be given to somebody else."""
        self._services = call.services
        self._room = Room()
        self._over: asyncio.Future[tuple[events.Party, str]] = (
            asyncio.get_running_loop().create_future()
        )
        # From the very answer on: the agent may be gone before the call's task comes to `run`.
        self.leg.ended = self._agent_gone
        self.leg.watch(self._services.settings.media.rtp_timeout, self._device_dead)

    async def run(self) -> None:
        """From the answer to the end of the talk."""
        call, ring, services = self.call, self.ring, self._services
        offer, seat_no = ring.offer, ring.sign_in.seat_no
        started = services.clock.now()
        services.stream.emit(
            events.TalkStarted(
                started, call.call_id, offer.queue, offer.agent_id, seat_no, call.ani
            )
        )
        by: events.Party = "system"
        cause = "failed"
        try:
            async with call.recorder.conversation(call.leg.port, self.leg.port, offer.agent_id):
                by, cause = await self._last()
        except asyncio.CancelledError:
            by, cause = call.ended_by
            raise
        finally:
            self._room.close()
            self.leg.hang_up()
            now = services.clock.now()
            services.stream.emit(
                events.TalkEnded(
                    now,
                    call.call_id,
                    offer.queue,
                    offer.agent_id,
                    seat_no,
                    by,
                    cause,
                    now - started,
                )
            )
            if self.device_failed:
                services.dispatcher.post(acd.DeviceFailed(offer.agent_id))
            services.dispatcher.post(acd.ContactEnded(call.call_id))
        if not self.device_failed:
            call.ending("hangup", "agent")

    def hang_up(self, by: events.Party, cause: str = "hangup") -> None:
        """Ends the talk (`call.hangup`, logout); harmless when it is over."""
        if not self._over.done():
            self._over.set_result((by, cause))

    async def _last(self) -> tuple[events.Party, str]:
        """Until the agent's side ends the talk: who, and why."""
        async with asyncio.TaskGroup() as tasks:
            joining = tasks.create_task(self._join())
            ended = await self._over
            joining.cancel()
        return ended

    async def _join(self) -> None:
        await self._announce()
        self._room.apply(hearing((self.call.leg.port, self.leg.port)))

    async def _announce(self) -> None:
        """Tells both parties the agent's number; a player takes precedence over the room (A-17)."""
        queue = self._services.queues[self.ring.offer.queue]
        if not queue.announce_agent:
            return
        words = phrase(
            "agent_at_your_service", self.call.language, agent_id=self.ring.sign_in.agent_id
        )
        try:
            async with asyncio.timeout(ANNOUNCE_WITHIN):
                audio = await self._services.prompts.load(*words)
        except (SpeechError, TimeoutError) as error:
            self.call.log.error("agent not announced", error=repr(error))
            return
        for leg in (self.call.leg, self.leg):
            leg.port.play_untold(audio)

    def _device_dead(self) -> None:
        if not self._over.done():
            self.device_failed = True
            self.hang_up("system", "device_failed")

    def _agent_gone(self, end: sip.CallEnd) -> None:
        self.hang_up("agent", "hangup" if end.cause == "bye" else "failed")
