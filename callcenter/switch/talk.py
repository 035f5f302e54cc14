"""The conversation of a caller with the agent who answered."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import acd
import sip
from callcenter import events
from callcenter.speech.phrases import phrase
from callcenter.speech.prompt import Prompt
from callcenter.speech.provider import SpeechError
from callcenter.switch.hearing import hearing
from callcenter.switch.release import given_up
from callcenter.switch.ring import Ring
from media.room import Room

if TYPE_CHECKING:
    from callcenter.switch.call import Call

ANNOUNCE_WITHIN = 1.0
"""Seconds that both parties wait for the words of the announcement; mostly they are at hand."""


class Talk:
    """Joins both legs, records them, and lets both go at the end.

    The caller's leaving cancels `run`; everything else ends the talk by `hang_up`, at once: its end
    is told, and the agent free, before that returns.
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
        self._started: float | None = None
        self._end: tuple[events.Party, str] | None = None
        """By whom and why, once it is over."""
        self._over = asyncio.Event()
        # From the very answer on: the agent may be gone before the call's task comes to `run`.
        self.leg.ended = self._agent_gone
        self.leg.watch(self._services.settings.media.rtp_timeout, self._device_dead)

    async def run(self) -> None:
        """From the answer to the end of the talk."""
        call = self.call
        self._start()
        try:
            await self._last()
        except asyncio.CancelledError:
            self.hang_up(*call.ended_by)
            raise
        finally:
            self.hang_up("system", "failed")
        if not self.device_failed:
            call.ending("hangup", "agent")

    def hang_up(self, by: events.Party, cause: str = "hangup") -> None:
        """Ends the talk (`call.hangup`, logout); harmless when it is over."""
        if self._end is None:
            self._end = by, cause
            self._over.set()
            if self._started is not None:
                self._finish(self._started, by, cause)

    def _start(self) -> None:
        ring, services = self.ring, self._services
        self._started = now = services.clock.now()
        offer = ring.offer
        services.stream.emit(
            events.TalkStarted(
                now,
                self.call.call_id,
                offer.queue,
                offer.agent_id,
                ring.sign_in.seat_no,
                self.call.ani,
            )
        )
        if self._end is not None:  # since the answer
            self._finish(now, *self._end)

    def _finish(self, started: float, by: events.Party, cause: str) -> None:
        """Parts the two and frees the agent."""
        self._room.close()
        self.leg.hang_up()
        services, offer, call_id = self._services, self.ring.offer, self.call.call_id
        now = services.clock.now()
        services.stream.emit(
            events.TalkEnded(
                now,
                call_id,
                offer.queue,
                offer.agent_id,
                self.ring.sign_in.seat_no,
                by,
                cause,
                now - started,
            )
        )
        if self.device_failed:
            services.dispatcher.post(acd.DeviceFailed(offer.agent_id))
        services.dispatcher.post(acd.ContactEnded(call_id))

    async def _last(self) -> None:
        """Until the talk is over; recorded, but a disk that hangs keeps nobody from being heard."""
        words = self._announcement()
        at_hand = self._services.prompts.at_hand(*words)
        if at_hand is not None:  # nearly always, and then no task is needed
            self._join(at_hand)
            await self._recorded()
            return
        async with asyncio.TaskGroup() as tasks:
            joining = tasks.create_task(self._join_late(words))
            await self._recorded()
            joining.cancel()

    async def _recorded(self) -> None:
        recorder, caller = self.call.recorder, self.call.leg.port
        async with recorder.conversation(caller, self.leg.port, self.ring.offer.agent_id):
            await self._over.wait()

    def _join(self, announcement: Sequence[int]) -> None:
        """Lets them hear each other, after both were told the agent's number (A-17)."""
        if self._end is not None:  # meanwhile
            return
        legs = (self.call.leg, self.leg)
        for leg in legs if announcement else ():
            leg.port.play_untold(announcement)  # takes precedence over the room
        self._room.apply(hearing([leg.port for leg in legs]))

    async def _join_late(self, words: Sequence[Prompt]) -> None:
        """Joins when the words are there, without them when they cannot be had in time."""
        audio: Sequence[int] = ()
        try:
            async with asyncio.timeout(ANNOUNCE_WITHIN):
                audio = await self._services.prompts.load(*words)
        except (SpeechError, TimeoutError) as error:
            self.call.log.error("agent not announced", error=repr(error))
        self._join(audio)

    def _announcement(self) -> Sequence[Prompt]:
        """Who is at their service; nothing where that is not wanted."""
        if not self._services.queues[self.ring.offer.queue].announce_agent:
            return ()
        agent_id = self.ring.sign_in.agent_id
        return phrase("agent_at_your_service", self.call.language, agent_id=agent_id)

    def _device_dead(self) -> None:
        if self._end is None:
            self.device_failed = True
            self.hang_up("system", "device_failed")

    def _agent_gone(self, end: sip.CallEnd) -> None:
        if given_up(end):
            self._device_dead()
        else:
            self.hang_up("agent", "hangup" if end.cause == "bye" else "failed")
