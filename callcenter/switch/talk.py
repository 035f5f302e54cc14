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


class Talk:
    """Joins both legs, records them, and lets both go at the end.

    The caller's leaving cancels `run`; the agent's ends it.
    """

    def __init__(self, call: "Call", ring: Ring) -> None:
        assert ring.leg is not None
        self.call = call
        self.ring = ring
        self.leg = ring.leg
        self._services = call.services
        self._room = Room()
        self._by: events.Party = "caller"
        self._cause = "hangup"
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """From the answer to the end of the talk."""
        call, ring, services = self.call, self.ring, self._services
        offer, seat_no = ring.offer, ring.sign_in.seat_no
        call.talk = self
        self.leg.ended = self._agent_gone
        started = services.clock.now()
        services.stream.emit(
            events.TalkStarted(
                started, call.call_id, offer.queue, offer.agent_id, seat_no, call.ani
            )
        )
        try:
            async with call.recorder.conversation(call.leg.port, self.leg.port, offer.agent_id):
                self._room.apply(hearing((call.leg.port, self.leg.port)))
                await self._announce()
                await self._over
        except Exception:
            self._by, self._cause = "system", "failed"
            raise
        finally:
            call.talk = None
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
                    self._by,
                    self._cause,
                    now - started,
                )
            )
            services.dispatcher.post(acd.ContactEnded(call.call_id))
        call.ending("hangup", "agent")

    def hang_up(self, by: events.Party, cause: str = "hangup") -> None:
        """Ends the talk (`call.hangup`, logout); harmless when it is over."""
        if not self._over.done():
            self._by, self._cause = by, cause
            self._over.set_result(None)

    async def _announce(self) -> None:
        """Tells both parties the agent's number; a player takes precedence over the room (A-17)."""
        queue = self._services.queues[self.ring.offer.queue]
        if not queue.announce_agent:
            return
        words = phrase(
            "agent_at_your_service", self.call.language, agent_id=self.ring.sign_in.agent_id
        )
        try:
            audio = await self._services.prompts.load(*words)
        except SpeechError as error:
            self.call.log.error("agent not announced", error=str(error))
            return
        for leg in (self.call.leg, self.leg):
            leg.port.play(audio)

    def _agent_gone(self, end: sip.CallEnd) -> None:
        self.hang_up("agent", "hangup" if end.cause == "bye" else "failed")
