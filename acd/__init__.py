"""The queue engine (ACD): a pure, deterministic, sans-I/O decision maker.

Theory of operation
-------------------
The application tells the engine what happened (`acd.events`, with `now` in monotonic seconds) and
carries out what the engine answers (`acd.commands`). The engine never reads a clock, never draws a
random number and never waits; `next_deadline` says when to call `advance`. Both kinds of input,
journalled in their order, replay to identical commands.

*Matching.* Contacts with one requirement form a group (`acd.matching`) with two heaps: its waiting
contacts, ordered by rank (`Queue.rank`), and the idle agents who qualify, ordered by the queue's
strategy (`acd.strategy`). Agents with one skill set share a profile, which lists the groups they
serve. A contact that comes takes the first of one heap; an agent who becomes free compares the
heads of their groups. After every input, therefore, no idle agent and no contact they could serve
are both left, with two exceptions: a contact that waits for an agent by name, and this one:

*Hold-back* (A-06, never the same call to the same seat twice in a row). A contact that an agent
left ringing while staying idle is kept from that agent until another agent was tried or the agent
has changed to idle anew, at most one ring time, so that it does not starve beside the only agent.
Other agents and other contacts are not affected.

*Changes.* Queues and skills may change while contacts wait (`Floor.rearrange`): who can serve whom
is worked out from scratch, everybody stands in their old order, and whoever waits looks anew. That
is O(all), and rare.

*Rank.* The time of queueing, earlier by what the priority is worth (`priority_worth` seconds a
step): whoever comes late enough goes after everybody here, so nobody starves. It never changes
while the contact waits, so neither do the heaps. Between queues of different `weight` an agent
compares time since rank times weight. Who goes to the head (`ContactQueued.head`) stands as early
as the first of the queue, and before them.

*Media* (`acd.media`). Every queue is of one medium. An agent stands in the lines of each medium of
which they may have one more, by its capacity and by what may interrupt what they have in hand, and
is given the first contact of all of these. Where all queues are voice, none of it costs anything.

*By name* (A-24). A contact may ask for agents, one after the other, each for so long: it stands in
the line before that agent alone. Afterwards it is everybody's, in its old place.

*Steps* (`acd.steps`). Each of them opens further groups to a contact; it stands in all of them at
once and leaves all at once. An agent stands only in the first group of a queue that they qualify
for, so steps cost nothing to agents, and those who fully qualify are asked first.

*Ring all.* A contact may ring at several agents. The first `OfferAccepted` wins and withdraws the
other offers (`lost_race`) in the same step. While fewer ring than may, who becomes idle joins,
after all contacts that nobody is reserved for.

*Nobody free* (A-07). `acd.contact_events.contact_queued` states the order of closed, asked for by
name, nobody signed in, idle agent, all busy, full.

*States.* An agent's state is derived from session, live contact or call, live offer, after-call
work, standing request and device, in this order (`acd.agent`); only the last announcement is kept,
to announce each change once. An offer reserves agent and contact together, always has a deadline,
and ends in exactly one of `OfferAccepted` and `Withdraw`; so nobody can stick in `ringing`.

*Turns* (`acd.turn`). What agents are ranked by is kept as routing state, apart from all figures.
An agent who let it ring and stays idle (WZ profile) goes to the end of the line; one whose caller
hung up while it rang, who lost a race or whose offer was withdrawn, keeps their turn.

*Time.* Ring, longest wait, steps, after-call work and hold-back share one timetable
(`acd.deadlines`), ordered by (due, order of setting). What is due happens at the time of `advance`,
not backdated: a process that stalled must not count rings that never were.

*Cost.* O(log n) in agents and contacts, proportional to the number of queues that one agent serves.

*State* (`acd.state`). `Engine.state` is all of it as plain data, `Engine.restore` an engine that
goes on the same; `Engine.standings` (`acd.standing`) says why each agent has not got a contact.

*Chance.* Only the strategy `random` needs it; it is passed in and replays with the inputs.

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
    StepTaken,
    Withdraw,
    WithdrawCause,
)
from acd.engine import Engine
from acd.errors import (
    AcdError,
    InvalidCapacityError,
    InvalidQueueError,
    InvalidSkillLevelError,
    InvalidStateError,
    UnknownQueueError,
    WrongStateError,
)
from acd.events import (
    AcwExtended,
    AcwFinished,
    AgentEngaged,
    AgentReleased,
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkilled,
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
    Preferred,
    QueueAdded,
    QueueChanged,
    QueueClosed,
    QueueRemoved,
    QueueReopened,
    RefusalOutcome,
)
from acd.media import INTERRUPTS, VOICE, Interrupts
from acd.outlook import Outlook, Worker
from acd.queue import QueueConfig
from acd.snapshot import QueueSnapshot, Snapshot
from acd.standing import Runners, Standing, Verdict
from acd.steps import Step, check_steps

__all__ = [
    "INTERRUPTS",
    "VOICE",
    "AcdError",
    "AcwExtended",
    "AcwFinished",
    "AgentEngaged",
    "AgentReleased",
    "AgentSetBusy",
    "AgentSetIdle",
    "AgentSignedIn",
    "AgentSignedOut",
    "AgentSkilled",
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
    "Interrupts",
    "InvalidCapacityError",
    "InvalidQueueError",
    "InvalidSkillLevelError",
    "InvalidStateError",
    "Offer",
    "OfferAccepted",
    "OfferAnswering",
    "OfferRefused",
    "Outlook",
    "Overflow",
    "OverflowCause",
    "Preferred",
    "QueueAdded",
    "QueueChanged",
    "QueueClosed",
    "QueueConfig",
    "QueueRemoved",
    "QueueReopened",
    "QueueSnapshot",
    "RefusalOutcome",
    "Runners",
    "Snapshot",
    "Standing",
    "Step",
    "StepTaken",
    "UnknownQueueError",
    "Verdict",
    "Withdraw",
    "WithdrawCause",
    "Worker",
    "WrongStateError",
    "check_steps",
]
