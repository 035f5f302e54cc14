"""The queue engine (ACD): a pure, deterministic, sans-I/O decision maker.

Theory of operation
-------------------
The application tells the engine what happened (`acd.events`, with `now` in monotonic seconds) and
carries out what the engine answers (`acd.commands`). The engine never reads a clock, never draws a
random number and never waits; `next_deadline` says when to call `advance`. Both kinds of input,
journalled in their order, replay to identical commands.

*Matching.* Contacts with one requirement form a group (`acd.matching`) with two heaps: its waiting
contacts, ordered by (priority, time of queueing, order of coming), and the idle agents who qualify,
ordered by the queue's strategy. Agents with one skill set share a profile, which lists the groups
they serve. A contact that comes takes the first of one heap; an agent who becomes free compares the
heads of their groups. After every input, therefore, no idle agent and no contact they could serve
are both left, with one exception:

*Hold-back* (A-06, never the same call to the same seat twice in a row). A contact that an agent
left ringing while staying idle is kept from that agent until another agent was tried or the agent
has changed to idle anew, at most one ring time, so that it does not starve beside the only agent.
Other agents and other contacts are not affected.

*States.* An agent's state is derived from session, live contact or call, live offer, after-call
work, standing request and device, in this order (`acd.agent`); only the last announcement is kept,
to announce each change once. An offer reserves agent and contact together, always has a deadline,
and ends in exactly one of `OfferAccepted` and `Withdraw`; so nobody can stick in `ringing`.

*Idle rank.* `longest_idle` ranks by the last change to idle. An agent who let it ring and stays
idle (WZ profile) goes to the end of the line; one whose caller hung up while it rang, or whose
offer was withdrawn, keeps their turn.

*Time.* Ring, longest wait, after-call work and hold-back share one timetable (`acd.deadlines`),
ordered by (due, order of setting). What is due happens at the time of `advance`, not backdated: a
process that stalled must not count rings that never were.

*Cost.* O(log n) in agents and contacts, proportional to the number of queues that one agent serves.

What is deliberately absent: SIP, sockets, the wall clock, statistics, and where a contact goes
after `Overflow`.
"""

from acd.agent import AgentState, AgentView
from acd.commands import (
    AgentStateChanged,
    Command,
    Offer,
    Overflow,
    OverflowCause,
    Withdraw,
    WithdrawCause,
)
from acd.engine import Engine
from acd.errors import (
    AcdError,
    InvalidQueueError,
    InvalidSkillLevelError,
    UnknownQueueError,
    WrongStateError,
)
from acd.events import (
    AcwFinished,
    AgentEngaged,
    AgentReleased,
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    DeviceChanged,
    DeviceFailed,
    EngagementState,
    Event,
    OfferAccepted,
    OfferAnswering,
    OfferRefused,
    QueueAdded,
    RefusalOutcome,
)
from acd.queue import QueueConfig
from acd.snapshot import QueueSnapshot, Snapshot

__all__ = [
    "AcdError",
    "AcwFinished",
    "AgentEngaged",
    "AgentReleased",
    "AgentSetBusy",
    "AgentSetIdle",
    "AgentSignedIn",
    "AgentSignedOut",
    "AgentState",
    "AgentStateChanged",
    "AgentView",
    "Command",
    "ContactEnded",
    "ContactLeft",
    "ContactQueued",
    "DeviceChanged",
    "DeviceFailed",
    "EngagementState",
    "Engine",
    "Event",
    "InvalidQueueError",
    "InvalidSkillLevelError",
    "Offer",
    "OfferAccepted",
    "OfferAnswering",
    "OfferRefused",
    "Overflow",
    "OverflowCause",
    "QueueAdded",
    "QueueConfig",
    "QueueSnapshot",
    "RefusalOutcome",
    "Snapshot",
    "UnknownQueueError",
    "Withdraw",
    "WithdrawCause",
    "WrongStateError",
]
