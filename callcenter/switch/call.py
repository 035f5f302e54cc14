"""A customer's call, from the admitted INVITE to its CDR."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import sip
from callcenter import events
from callcenter.recordings.recorder import ConversationRecorder
from callcenter.switch.leg import Leg
from callcenter.switch.queue_visit import QueueVisit
from callcenter.switch.services import Services

if TYPE_CHECKING:
    from callcenter.switch.ring import Ring
    from callcenter.switch.roster import SignIn
    from callcenter.switch.talk import Talk

MAX_NUMBER = 64
"""Characters of a number that are kept; E.164 has 15 digits."""


class Call:
    """The caller's leg, who controls it now, and the way it ends.

    `run` is the call's one task: the flow, in it the queue visits, in them the conversations.
    """

    def __init__(
        self,
        services: Services,
        call_id: str,
        leg: Leg,
        incoming: sip.IncomingCall,
        recorder: ConversationRecorder,
    ) -> None:
        self.services = services
        self.call_id = call_id
        self.leg = leg
        self.incoming = incoming
        self.ani = legible(incoming.from_user)
        self.dnis = legible(incoming.to_user)
        self.recorder = recorder
        self.language: str = services.settings.speech.language
        self.data: dict[str, str] = {}
        """Call-attached data: what the flow collected."""
        self.messages = 0
        """How many messages the caller has left."""
        self.visit: QueueVisit | None = None
        self.talk: Talk | None = None
        self.log = services.logger.bind(call_id=call_id)
        self._task: asyncio.Task[None] | None = None
        self._ending: tuple[str, events.Party, int] | None = None
        self._answer: bytes = b""
        self._answered = False
        # From the very INVITE on: the caller may be gone before the task comes to `run`.
        leg.ended = self._caller_gone
        leg.watch(services.settings.media.rtp_timeout, self._caller_dead)

    @property
    def from_seat(self) -> str:
        """The seat whose phone placed the call; empty for a trunk's."""
        peer = self.incoming.peer
        return peer.seat_no if isinstance(peer, sip.SeatPeer) else ""

    @property
    def ended_by(self) -> tuple[events.Party, str]:
        """Who ends the call and why, as far as is known."""
        cause, by, _ = self._ending or ("failed", "system", 500)
        return by, cause

    @property
    def ring(self) -> "Ring | None":
        """The agent's ring in progress, if any."""
        return self.visit.ring if self.visit is not None else None

    def ring_of(self, sign_in: "SignIn") -> "Ring | None":
        """The live or answered ring at this agent, None where they have no part in the call."""
        if self.talk is not None:
            ring: Ring | None = self.talk.ring
        else:
            ring = self.ring
        return ring if ring is not None and ring.sign_in is sign_in else None

    async def run(
        self, answer: bytes, control: Callable[[], Awaitable[None]], closed: Callable[[], None]
    ) -> None:
        """The whole life of the call: `control` is its first controller, usually a flow.

        `answer` is the SDP to answer the caller with; `closed` is called at the very end.
        """
        self._task = asyncio.current_task()
        self._answer = answer
        try:
            if self._ending is None:
                await control()
            self.ending("hangup", "system")
        except asyncio.CancelledError:
            self.ending("shutdown", "system", 503)
        except Exception:
            self.log.exception("call failed")
            self.ending("failed", "system", 500)
        finally:
            self._close()
            closed()

    def answer(self) -> None:
        """Answers the caller (200); charging begins. Harmless when done before."""
        if self._answered or self._ending is not None:
            return
        self._answered = True
        self.incoming.answer(self._answer)
        self.services.stream.emit(events.CallAnswered(self.services.clock.now(), self.call_id))

    async def wait_in_queue(
        self, queue: str, priority: int, *, overflow_no_agents: bool = False
    ) -> events.QueueOutcome:
        """Hands the call to a queue until it is answered and talked, or given back."""
        self.visit = QueueVisit(self, queue, priority, overflow_no_agents)
        try:
            return await self.visit.run()
        finally:
            self.visit = self.talk = None

    def ending(self, cause: str, by: events.Party, sip_code: int = 200) -> None:
        """Notes why the call ends; the first reason stands."""
        if self._ending is None:
            self._ending = (cause, by, sip_code)

    def end(self, cause: str, by: events.Party, sip_code: int = 200) -> None:
        """Ends the call from outside its task: shutdown, lost media."""
        self.ending(cause, by, sip_code)
        if self.visit is not None:
            self.visit.abandon()
        if self._task is not None:
            self._task.cancel()

    def _caller_gone(self, end: sip.CallEnd) -> None:
        cause = {"bye": "hangup", "cancelled": "abandoned"}.get(end.cause, "failed")
        self.end(cause, "caller", 200 if self._answered else end.code)

    def _caller_dead(self) -> None:
        self.end("media_timeout", "system")

    def _close(self) -> None:
        assert self._ending is not None
        cause, by, code = self._ending
        if self._answered:
            code = 200
        elif code == 200:
            code = 480
        if not self._answered and not self.leg.over:
            self.incoming.reject(code)
        self.leg.hang_up()
        services = self.services
        services.stream.emit(events.CallEnded(services.clock.now(), self.call_id, cause, by, code))


def legible(number: str) -> str:
    """A number from outside, without what no number holds: control characters, no end."""
    return "".join(filter(str.isprintable, number))[:MAX_NUMBER]
