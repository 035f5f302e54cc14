"""What brought two parties together, and what that makes of their talk: how it is told, and when
it is recorded."""

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import acd
from callcenter import events
from callcenter.speech.phrases import phrase
from callcenter.speech.prompt import Prompt, Text
from callcenter.switch.party import Party
from callcenter.switch.ring import Ring
from callcenter.switch.successor import BACK_TO_QUEUE, Successor

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge


class Occasion(Protocol):
    """Asked by the bridge; every function but `began` may be called before its first moment."""

    @property
    def called(self) -> events.Party:
        """What the party is called that the caller talks with."""
        ...

    @property
    def agent_id(self) -> str:
        """Whose talk it is in the records; empty for nobody's."""
        ...

    @property
    def recorded(self) -> bool:
        """Whether the talk is recorded without anybody's asking for it."""
        ...

    @property
    def announcement(self) -> Sequence[Prompt]:
        """What both are told before they hear each other; mostly nothing."""
        ...

    @property
    def whisper(self) -> Sequence[Prompt]:
        """What the agent alone is told before that; mostly nothing."""
        ...

    def began(self, now: float) -> None:
        """They are together."""

    def ended(self, started: float, by: events.Party, cause: str) -> None:
        """They talk no more, who did since `started`; whoever was engaged is free then."""

    def after(self, cause: str) -> Successor:
        """How the call goes on when the talk has ended for that cause."""


class QueueOccasion:
    """A queue offered the caller to an agent, who answered."""

    called: events.Party = "agent"
    recorded = True

    def __init__(self, bridge: "Bridge", ring: Ring) -> None:
        self.ring = ring
        self._bridge: Bridge = weakref.proxy(bridge)  # which owns this
        self._services = bridge.services
        self._agent = bridge.other

    @property
    def agent_id(self) -> str:
        """The agent's."""
        return self.ring.offer.agent_id

    @property
    def announcement(self) -> Sequence[Prompt]:
        """Who is at their service (A-17); nothing where that is not wanted."""
        if not self._services.queues[self.ring.offer.queue].announce_agent:
            return ()
        agent_id = self.ring.sign_in.agent_id
        return phrase("agent_at_your_service", self._bridge.call.language, agent_id=agent_id)

    @property
    def whisper(self) -> Sequence[Prompt]:
        """The words of the queue, in the language of the house."""
        words = self._services.queues[self.ring.offer.queue].whisper
        return () if words is None else (Text(words, self._services.settings.speech.language),)

    def began(self, now: float) -> None:
        """Told as the agent's talk."""
        call, offer = self._bridge.call, self.ring.offer
        seat_no = self.ring.sign_in.seat_no
        self._services.stream.emit(
            events.TalkStarted(now, call.call_id, offer.queue, offer.agent_id, seat_no, call.ani)
        )

    def ended(self, started: float, by: events.Party, cause: str) -> None:
        """Hangs the agent's phone up and frees the agent, unless they were given on themselves."""
        bridge, services, offer = self._bridge, self._services, self.ring.offer
        call_id = bridge.call.call_id
        if self._agent is bridge.other and self._agent in bridge.call.guests:
            bridge.call.guests.discard(self._agent)
            self._agent.let_go(200)
        else:
            self._talk_on()
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
        if cause == "device_failed":
            services.dispatcher.post(acd.DeviceFailed(offer.agent_id))
        lines, seat_no = services.pbx.lines, self.ring.sign_in.seat_no
        services.dispatcher.post(acd.ContactEnded(call_id, lines.engagement(seat_no)))
        lines.in_call_now(seat_no)

    def _talk_on(self) -> None:
        """Who was a queue's is engaged like anybody who talks without one."""
        line = self._services.pbx.lines.take(self.ring.sign_in.seat_no, "talking")
        self._agent.line = line
        self._agent.held.callback(line.release)

    def after(self, cause: str) -> Successor:
        """A caller whose agent's phone died is given to somebody else."""
        return BACK_TO_QUEUE if cause == "device_failed" else None


class PlainOccasion:
    """No queue: extensions, outside numbers, who was transferred."""

    called: events.Party = "called"
    announcement: Sequence[Prompt] = ()
    whisper: Sequence[Prompt] = ()

    def __init__(self, bridge: "Bridge") -> None:
        self._bridge: Bridge = weakref.proxy(bridge)  # which owns this
        self._services = bridge.services
        self._number, self._trunk = bridge.other.number, bridge.other.trunk
        self._seat_no = bridge.other.seat_no or bridge.call.caller.seat_no
        sign_in = self._services.roster.at_seat(self._seat_no) if self._seat_no else None
        self.agent_id = sign_in.agent_id if sign_in is not None else ""

    @property
    def recorded(self) -> bool:
        """As the settings say of talks with the outside, and of others."""
        settings = self._services.settings.pbx
        outside = any(not party.seat_no for party in self._bridge.parties)
        return settings.record_outside if outside else settings.record_internal

    def began(self, now: float) -> None:
        """Told as a talk of these two."""
        caller, other = self._bridge.parties
        self._services.stream.emit(
            events.BridgeStarted(
                now,
                self._bridge.call.call_id,
                self._number,
                self._seat_no,
                self.agent_id,
                self._trunk,
                self._agents(caller, other),
                (caller.seat_no, caller.number),
                (other.seat_no, other.number),
            )
        )

    def ended(self, started: float, by: events.Party, cause: str) -> None:
        """Whoever leaves is let go by the call's controller, which knows who it is."""
        now, call_id = self._services.clock.now(), self._bridge.call.call_id
        self._services.stream.emit(
            events.BridgeEnded(
                now, call_id, self._number, by, cause, now - started, self._leavers(cause)
            )
        )

    def _leavers(self, cause: str) -> tuple[str, ...]:
        """Who gave the call on, or both."""
        bridge = self._bridge
        return self._agents(*((bridge.other,) if cause == "transferred" else bridge.parties))

    def _agents(self, *parties: Party) -> tuple[str, ...]:
        agent_at = self._services.roster.agent_at
        return tuple(filter(None, (agent_at(party.seat_no) for party in parties)))

    def after(self, cause: str) -> Successor:
        """Nobody is left to talk with."""
        return None
