"""What happened: everything that the application tells the engine.

An event that comes late, twice, or names an agent, contact or offer that is no longer (or was
never) known changes nothing and yields no command.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from acd.queue import QueueConfig
from lean import dataclass

RefusalOutcome: TypeAlias = Literal[
    "rejected", "no_answer", "device_busy", "device_failed", "withdrawn"
]
EngagementState: TypeAlias = Literal["dialling", "ringing", "talking"]


@dataclass(frozen=True, slots=True)
class AgentSignedIn:
    """An agent signed in: idle when ready, else busy with the reason given."""

    agent_id: str
    skills: Mapping[str, int]
    """Skill to level, 1 to 10."""
    ready: bool = True
    reason: str = ""
    device_usable: bool = True
    """False while the phone is not registered: the agent is busy (device_failed) until it is."""
    capacity: Mapping[str, int] = field(default_factory=dict)
    """Medium to how many contacts at once; 1 of each that is not named. Voice: 0 or 1."""
    engaged: EngagementState | None = None
    """What the agent is at once, because the phone is in a call (see `AgentEngaged`)."""


@dataclass(frozen=True, slots=True)
class AgentSignedOut:
    """An agent signed out, whatever they were doing; the application hangs their device up."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class AgentSetBusy:
    """An agent (or a supervisor for them) asked for no more contacts.

    Raises `WrongStateError` unless the agent is idle, busy or in after-call work. A deferred
    request is taken in any state and holds once the agent is on-hook again: pending busy, a lost
    connection.
    Busy while busy changes nothing, not even the reason (A-05).
    """

    agent_id: str
    reason: str = ""
    deferred: bool = False
    replaces: bool = False
    """Whether the reason takes the place of one that stands: a break, a supervisor's word."""


@dataclass(frozen=True, slots=True)
class AgentSetIdle:
    """An agent (or a supervisor for them) asked for contacts again; ends after-call work.

    Raises `WrongStateError` unless the agent is idle, busy or in after-call work. It also gives a
    device that failed another chance, but not one that `DeviceChanged` reported gone.

    A deferred request is taken in any state and only withdraws the standing one for busy: the agent
    is idle once what they are doing is over.
    """

    agent_id: str
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """The agent's device became usable (registered, answers) or ceased to be."""

    agent_id: str
    usable: bool


@dataclass(frozen=True, slots=True)
class DeviceFailed:
    """The agent's device was found dead, such as in a talk: no voice and no sign of life.

    Unlike one that `DeviceChanged` reported gone it gets another chance by `AgentSetIdle`: whether
    it lives again may be known to nobody but the agent.
    """

    agent_id: str


@dataclass(frozen=True, slots=True)
class AgentEngaged:
    """The agent is in a call that no queue gave them: outgoing, internal, supervising.

    Raises `WrongStateError` while an offer rings or a queue's contact talks, and for one who talks
    already.
    """

    agent_id: str
    state: EngagementState


@dataclass(frozen=True, slots=True)
class AgentReleased:
    """The call of `AgentEngaged` is over: back to the state before it."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class AcwFinished:
    """The agent ended after-call work early."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class AcwExtended:
    """The agent needs so many more seconds of after-call work.

    Raises `WrongStateError` unless they are in it.
    """

    agent_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Preferred:
    """An agent whom a contact asks for by name (A-24: bound extension, last agent)."""

    agent_id: str
    within: float = 0.0
    """Seconds to wait for them while they are signed in but not idle; 0: not at all."""


@dataclass(frozen=True, slots=True)
class ContactQueued:
    """A caller asks for an agent; a contact already here stays where it is.

    Raises `UnknownQueueError`.
    """

    contact_id: str
    queue: str
    priority: int = 0
    """Added to the queue's own; the higher goes first."""
    enqueued_at: float | None = None
    """When the wait began, if earlier than now: a re-queued caller keeps their place by it."""
    overflow_no_agents: bool = False
    """Whether this contact, even where the queue does not say so, waits for no absent agents."""
    preferred: tuple[Preferred, ...] = ()
    """Agents to be asked before all others, in this order; they need not have the skills."""
    head: bool = False
    """Whether the contact goes before all others of the queue, of whatever priority (A-03): a
    caller whose talk a failure ended. It waits also where the queue is full or all are busy."""
    patient: bool = False
    """Whether nobody hangs on the line: a callback, which waits however long, and whoever is signed
    in or busy."""


@dataclass(frozen=True, slots=True)
class ContactLeft:
    """The caller is gone unserved, whether waiting or ringing at an agent.

    Also in the moment of the answer: the agent has talked with nobody and has nothing to wrap up.
    """

    contact_id: str


@dataclass(frozen=True, slots=True)
class ContactEnded:
    """The talk with the agent is over; the caller may live on (transfer, survey)."""

    contact_id: str
    engaged: EngagementState | None = None
    """What the agent is from then on, because the phone is in another call (see `AgentEngaged`)."""


@dataclass(frozen=True, slots=True)
class OfferAnswering:
    """The agent said yes at the desk; their device must connect within so many seconds.

    Replaces what is left of the ring time; a device that stays silent then counts as device_failed.
    Also of an agent who is kept for a contact that has yet to be reached.
    """

    offer_id: int
    within: float
    outcome: RefusalOutcome = "device_failed"
    """What it is if nothing happens."""


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """Caller and agent are connected."""

    offer_id: int


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """The offer came to nothing on the agent's side."""

    offer_id: int
    outcome: RefusalOutcome


@dataclass(frozen=True, slots=True)
class QueueAdded:
    """A further queue opens. Raises `InvalidQueueError` when the name is taken."""

    config: QueueConfig


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """A queue works by other rules from now on; who waits there stays, in the same order.

    Priority counts as it did for those already here. Relaxation steps and the longest wait count
    from when each began to wait. Raises `UnknownQueueError`, or `InvalidQueueError`.
    """

    config: QueueConfig


@dataclass(frozen=True, slots=True)
class QueueRemoved:
    """A queue is no more: those who wait leave (`closed`), rings and talks go on to their end.

    Raises `UnknownQueueError`; `InvalidQueueError` while a step of another queue names it.
    """

    queue: str


@dataclass(frozen=True, slots=True)
class AgentSkilled:
    """A signed-in agent has other skills from now on; a ring or talk goes on."""

    agent_id: str
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class QueueClosed:
    """The queue takes no more contacts: its calendar, or an emergency.

    Raises `UnknownQueueError`.
    """

    queue: str
    clear: bool = False
    """Whether those who wait leave too; a ring in progress may finish."""


@dataclass(frozen=True, slots=True)
class QueueReopened:
    """The queue takes contacts again. Raises `UnknownQueueError`."""

    queue: str


Event: TypeAlias = (
    AgentSignedIn
    | AgentSignedOut
    | AgentSetBusy
    | AgentSetIdle
    | DeviceChanged
    | DeviceFailed
    | AgentEngaged
    | AgentReleased
    | AcwFinished
    | AcwExtended
    | ContactQueued
    | ContactLeft
    | ContactEnded
    | OfferAnswering
    | OfferAccepted
    | OfferRefused
    | AgentSkilled
    | QueueAdded
    | QueueChanged
    | QueueRemoved
    | QueueClosed
    | QueueReopened
)
