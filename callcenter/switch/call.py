"""A customer's call, from the admitted INVITE to its CDR."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import sip
from callcenter import events
from callcenter.recordings.recorder import ConversationRecorder
from callcenter.switch import answering
from callcenter.switch.caller import Caller
from callcenter.switch.known import Known
from callcenter.switch.leg import Leg
from callcenter.switch.party import Party
from callcenter.switch.queue_visit import QueueVisit, QueueWish, Unanswered
from callcenter.switch.release import given_up, q850_of
from callcenter.switch.services import Services
from ivr.targets import ToHangUp
from media.sdp import Codec, preferring

if TYPE_CHECKING:
    from callcenter.routing.dial_plan import Service
    from callcenter.switch.bridge import Bridge
    from callcenter.switch.called_back import AbsentCaller
    from callcenter.switch.desk_dial import DeskCaller
    from callcenter.switch.ring import Ring
    from callcenter.switch.roster import SignIn
    from callcenter.switch.summons import Summons


class Call:
    """The caller, who controls the call now, and the way it ends.

    `run` is the call's one task: the flow, in it the queue visits, in them the conversations.
    """

    def __init__(
        self,
        services: Services,
        call_id: str,
        caller: "Caller | DeskCaller | AbsentCaller",
        recorder: ConversationRecorder,
    ) -> None:
        self.services = services
        self.call_id = call_id
        self.caller: Party = caller
        """Whose leaving ends the call: who called or, when they gave it on, who stayed."""
        self.guests: set[Party] = set()
        """Who was brought in without a queue, from the first ring."""
        self.dnis = caller.dnis
        """The number called."""
        self.recorder = recorder
        self.language: str = services.settings.speech.language
        self.data: dict[str, object] = {}
        """Call-attached data: what the flow collected, and agents attached. Never changed in place:
        events have them, which are read later."""
        self.known = Known()
        """What there is to see of the caller before somebody answers."""
        self.messages = 0
        """How many messages the caller has left."""
        self.visit: QueueVisit | None = None
        self.waiting_since: float | None = None
        """When the caller began to wait for an agent, in whatever queue; None: not yet, or had."""
        self.waited_s = 0.0
        """How long the caller waited for the agents whom they had."""
        self.place_since: float | None = None
        """When somebody whose place in a queue the caller is to take began to wait."""
        self.bridge: Bridge | None = None
        self.summons: dict[str, Summons] = {}
        """Seats that ring without a queue."""
        self.for_help = False
        """Whether somebody in it has called an emergency number: it may last."""
        self._task: asyncio.Task[None] | None = None
        self._ending: tuple[str, events.Party, int, int] | None = None
        # From the very INVITE on: the caller may be gone before the task comes to `run`.
        self._follow_caller()

    @property
    def log(self) -> Any:
        """structlog's logger, bound to the call; most calls have nothing to say."""
        return self.services.logger.bind(call_id=self.call_id)

    @property
    def leg(self) -> Leg:
        """The caller's."""
        return self.caller.leg

    @property
    def ani(self) -> str:
        """The calling number."""
        return self.caller.number

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """For those who are to talk with the caller: theirs first, to relay without touching."""
        stream = self.leg.stream
        phones = self.services.settings.media.codecs
        return preferring(None if stream is None else stream.codec, phones)

    @property
    def opaque(self) -> bool:
        """Whether the caller's voice can only be passed on: nothing is played to them, nothing
        recorded."""
        return self.leg.opaque

    @property
    def comfort_noise(self) -> bool:
        """Whether they are offered comfort noise: a peer that does not take it would hear nothing
        while the other is silent."""
        stream = self.leg.stream
        wanted = self.services.settings.media.comfort_noise
        return wanted and stream is not None and stream.comfort_noise

    @property
    def seats(self) -> set[str]:
        """The seats whose phones are in the call but for those that a queue found."""
        return {party.seat_no for party in (self.caller, *self.guests) if party.seat_no}

    @property
    def agents(self) -> tuple[str, ...]:
        """Who of the agents talks in it."""
        parties = () if self.bridge is None else self.bridge.parties
        agents = (self.services.roster.agent_at(party.seat_no) for party in parties)
        return tuple(filter(None, agents))

    @property
    def ended_by(self) -> tuple[events.Party, str]:
        """Who ends the call and why, as far as is known."""
        cause, by, *_ = self._ending or ("failed", "system", 500, 41)
        return by, cause

    def ring_of(self, sign_in: "SignIn") -> "Ring | None":
        """The live or answered ring at this agent, None where they have no part in the call."""
        if self.bridge is None:
            return self.visit.ring_of(sign_in) if self.visit is not None else None
        ring = self.bridge.ring
        return ring if ring is not None and ring.sign_in is sign_in else None

    async def run(self, control: Callable[[], Awaitable[None]], closed: Callable[[], None]) -> None:
        """The whole life of the call: `control` is its first controller, usually a flow.

        `closed` is called at the very end.
        """
        self._task = asyncio.current_task()
        longest = self.services.settings.pbx.longest_call
        loop = asyncio.get_running_loop()
        timer = None if longest is None else loop.call_later(longest, self._too_long)
        try:
            if self._ending is None:
                answering.call_begins(self)
                await control()
            self.ending("hangup", "system")
        except asyncio.CancelledError:
            self.ending("shutdown", "system", 503)
        except Exception:
            self.log.exception("call failed")
            self.ending("failed", "system", 500)
        finally:
            if timer is not None:
                timer.cancel()
            self._close()
            closed()
            self._task = None  # which holds this frame, which holds the call

    def answer(self) -> None:
        """Answers the caller (200); charging begins. Harmless when done before."""
        if self._ending is not None or not self.caller.answer():
            return
        self.services.stream.emit(events.CallAnswered(self.services.clock.now(), self.call_id))

    async def wait_in_queue(self, wish: QueueWish) -> "Unanswered | Service | None":
        """Hands the call to a queue until it is answered and talked, or given back.

        A service is where an agent has transferred the caller to; None: the talk is over.
        """
        self.visit = QueueVisit(self, wish)
        try:
            return await self.visit.run()
        finally:
            self.visit = None

    def hand_over(self, to: Party) -> None:
        """The caller gives the call on: `to`, a guest so far, is whose leaving ends it."""
        self.guests.discard(to)
        self.guests.add(self.caller)
        self.leg.placed = None
        self.caller = to
        if to.leg.over:  # in this very moment
            self.end("hangup", "caller")
        else:
            self._follow_caller()

    def ending(
        self, cause: str, by: events.Party, sip_code: int = 200, q850: int | None = None
    ) -> None:
        """Notes why the call ends; the first reason stands. `q850` is the one that we were told."""
        if self._ending is None:
            self._ending = (cause, by, sip_code, q850 or q850_of(cause, sip_code))

    def end(
        self, cause: str, by: events.Party, sip_code: int = 200, q850: int | None = None
    ) -> None:
        """Ends the call from outside its task: shutdown, lost media."""
        self.ending(cause, by, sip_code, q850)
        if self.visit is not None:
            self.visit.abandon()
        if self._task is not None:
            self._task.cancel()

    def give_place(self) -> bool:
        """Ends it because its caller, who talks with nobody, has given on another call to where
        this one was going; False once it has come there, or is over."""
        if self.bridge is not None or self._ending is not None or self._task is None:
            return False
        if self.visit is None:
            self.end("transferred", "caller", 487)
            return True
        if not self.visit.waits:
            return False
        self.ending("transferred", "caller", 487)
        return self.visit.send_on(ToHangUp())

    async def closed(self) -> None:
        """Until nothing of it is left."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def _too_long(self) -> None:
        if not self.for_help:
            self.end("limit", "system", 480)

    def _follow_caller(self) -> None:
        self.leg.placed = self
        self.leg.ended = self._caller_gone
        self.leg.watch(self.services.settings.media.rtp_timeout, self._caller_dead)

    def _caller_gone(self, end: sip.CallEnd) -> None:
        cause = {"bye": "hangup", "cancelled": "abandoned"}.get(end.cause, "failed")
        by: events.Party = "caller"
        if given_up(end):
            by = "system"
            self.log.info("caller given up", code=end.code, reason=end.phrase)
        self.end(cause, by, 200 if self.caller.answered else end.code, end.q850)

    def _caller_dead(self) -> None:
        self.end("media_timeout", "system")

    def _close(self) -> None:
        assert self._ending is not None
        cause, by, code, q850 = self._ending
        self.known.close()
        for guest in tuple(self.guests):
            guest.let_go(code, q850)
        code = self.caller.let_go(code, q850)
        services = self.services
        services.stream.emit(
            events.CallEnded(services.clock.now(), self.call_id, cause, by, code, q850)
        )
