"""The way through a queue: the wait, the offers, the talk and its wrap-up; callbacks."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from callcenter.events.agents import AgentEvent
from callcenter.events.base import CallEvent, Event, Party
from lean import dataclass

OfferOutcome: TypeAlias = Literal[
    "accepted",
    "rejected",
    "no_answer",
    "device_busy",
    "device_failed",
    "caller_left",
    "lost_race",
    "withdrawn",
]
QueueOutcome: TypeAlias = Literal[
    "answered",
    "abandoned",
    "short_abandon",
    "timeout",
    "no_agents",
    "all_busy",
    "full",
    "closed",
    "key_exit",
    "callback",
    "unreached",
    "transferred",
    "system_error",
]


@dataclass(frozen=True, slots=True)
class QueueEntered(CallEvent):
    """The caller began to wait."""

    queue: str
    priority: int
    waited_s: float = 0.0
    """In other queues before, where no agent answered."""


@dataclass(frozen=True, slots=True)
class QueueStepTaken(CallEvent):
    """The caller has waited so long that more agents may have them: a relaxation step."""

    queue: str
    step: int
    """1 with the first of the queue's `steps`."""


@dataclass(frozen=True, slots=True)
class WaitAnnounced(CallEvent):
    """The caller was told where they stand, and how long it may still take."""

    queue: str
    position: int
    least_s: float | None
    """Of the range of the further wait; None: nothing was said about it."""
    longest_s: float | None


@dataclass(frozen=True, slots=True)
class QueueLeft(CallEvent):
    """The caller's visit to the queue ended, for one immutable reason."""

    queue: str
    outcome: QueueOutcome


@dataclass(frozen=True, slots=True)
class AgentOffered(CallEvent):
    """An agent's phone or desk began to ring."""

    queue: str
    agent_id: str
    seat_no: str
    ani: str = ""
    dnis: str = ""
    waited_s: float = 0.0
    """Since the caller entered the queue."""
    answer_within_s: float = 0.0
    data: Mapping[str, object] = field(default_factory=dict)
    """Call-attached data."""


@dataclass(frozen=True, slots=True)
class OfferEnded(CallEvent):
    """The ring ended, whatever came of it."""

    queue: str
    agent_id: str
    seat_no: str
    outcome: OfferOutcome


@dataclass(frozen=True, slots=True)
class NoAnswerRecorded(AgentEvent):
    """An agent let an offer ring out (GD-5.2f).

    They are busy for it, or idle still where the queue has `busy_after_no_answer` off.
    """

    call_id: str
    queue: str
    outcome: OfferOutcome


@dataclass(frozen=True, slots=True)
class TalkStarted(CallEvent):
    """Caller and agent hear each other."""

    queue: str
    agent_id: str
    seat_no: str
    ani: str = ""


@dataclass(frozen=True, slots=True)
class TalkEnded(CallEvent):
    """The conversation with this agent is over."""

    queue: str
    agent_id: str
    seat_no: str
    by: Party
    cause: str = "hangup"
    """hangup, logout, device_failed, media_timeout, failed, shutdown."""
    talk_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WrapUpStarted(CallEvent):
    """After-call work began."""

    queue: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class WrapUpEnded(CallEvent):
    """After-call work ended; may come after `CallEnded`."""

    queue: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class DispositionSet(CallEvent):
    """An agent said what came of the call (WZ-3.11b); it takes the place of what they said before.

    May come after `CallEnded`.
    """

    agent_id: str
    seat_no: str
    queue: str
    """Whose call it was; empty for none's."""
    codes: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class CallbackAsked(CallEvent):
    """The caller wants to be called back, and keeps their place in the queue."""

    queue: str
    number: str
    callback_id: str


@dataclass(frozen=True, slots=True)
class CallbackAttempted(Event):
    """One attempt is over."""

    queue: str
    number: str
    callback_id: str
    attempt: int
    outcome: Literal["answered", "unreached", "no_agent"]
    """no_agent: no agent picked up, which does not count as an attempt."""
    final: bool
    """Whether there is no further one."""
