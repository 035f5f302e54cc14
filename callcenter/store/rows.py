"""The records the store keeps, one class a table, fields named as the columns.

They are what the projection makes, what the writer inserts and what queries return. Times are
UTC, durations seconds. `None` means that it did not happen; an empty `ani` is a withheld number.
"""

from datetime import datetime
from typing import TypeAlias

from lean import dataclass


@dataclass(frozen=True, slots=True)
class Cdr:
    """One call, written when the caller's leg is gone."""

    call_id: str
    direction: str
    """in, out, internal."""
    ani: str
    dnis: str
    trunk: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    cause: str
    """As in `CallEnded`; `system_error` for a call whose end was never seen."""
    ended_by: str
    """caller, agent, system."""
    sip_code: int
    """Final status for the caller; 0 when the end was never seen."""
    flow: str | None
    """The first flow that ran."""
    queue: str | None
    """The last queue entered; the earlier ones are in the segments."""
    agent_id: str | None
    """The last agent who spoke with the caller, and where."""
    seat_no: str | None
    waited_s: float
    rang_s: float
    """Ringing of all offers together."""
    talked_s: float
    billable_s: float
    """From answer to end, 0 when not answered; tariffs are applied elsewhere."""
    recording: str | None
    """Path of the first recording, relative to the recordings folder."""
    q850: int | None = None
    """The Q.850 cause of the release; None when the end was never seen."""


@dataclass(frozen=True, slots=True)
class CdrSegment:
    """A stretch of a call in one hand, numbered from 1 in the order of beginning."""

    call_id: str
    n: int
    kind: str
    """ivr, wait, ring, talk, wrap_up."""
    started_at: datetime
    ended_at: datetime
    queue: str | None
    agent_id: str | None
    seat_no: str | None
    flow: str | None
    outcome: str
    """ivr: handed_on; wait: as `QueueLeft`; ring: as `OfferEnded`; talk: who ended it; wrap_up:
    completed. What the call's end cut short has the call's cause."""


@dataclass(frozen=True, slots=True)
class CdrLeg:
    """The voice of one SIP session of a call, written when it is over."""

    call_id: str
    sip_call_id: str
    party: str
    """Who was at its other end: `trunk NAME`, `seat NUMBER`."""
    ended_at: datetime
    packets_received: int
    packets_sent: int
    lost: int
    """Packets missing in the party's numbering: of `lost + packets_received`."""
    jitter_ms: float
    """At the end; `worst_jitter_ms` is the largest."""
    worst_jitter_ms: float
    round_trip_ms: float | None
    """None where the party's phone makes no reports (RTCP), as with all from here on but
    `missing_s` and `one_way`."""
    mos: float | None
    """Mean opinion score of what came from the party; None when nothing did."""
    remote_lost: int | None
    """Packets of ours that its phone has missed."""
    remote_mos: float | None
    missing_s: float
    """For how long it was listened to in vain."""
    one_way: bool
    """Whether it was once not heard while another party was."""
    progress: str | None = None
    """What a call out that is listened to sounded like last before the answer: a sign of
    `media.heard`, and after a colon its kind (`colour_ringback:music`)."""
    answered_by: str | None = None
    """`human`, `machine`, `machine:beep` or `silent`."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One sound file of a conversation."""

    recording_id: str
    call_id: str
    path: str
    """Relative to the recordings folder."""
    name: str
    """The file's own name."""
    started_at: datetime
    duration_s: float
    size: int
    """Bytes; 0 when the end of the file was never seen."""
    error: str
    """Empty when the file is whole."""
    agent_id: str | None
    """Whose conversation it is."""


@dataclass(frozen=True, slots=True)
class VoicemailMessage:
    """One message in a box."""

    message_id: str
    call_id: str
    box: str
    path: str
    """Relative to the voicemail folder."""
    ani: str
    contact_number: str | None
    """The number to call back, where the caller keyed another one."""
    duration_s: float
    left_at: datetime
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class AgentLogEntry:
    """One thing that happened to an agent; `entry_id`s sort in the order of happening."""

    entry_id: str
    at: datetime
    agent_id: str
    seat_no: str
    event: str
    """login, logout, state, no_answer."""
    agent_class: str | None
    state: str | None
    previous: str | None
    reason: str | None
    """Of a logout or a state; for no_answer the outcome of the offer."""
    queue: str | None
    call_id: str | None


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A caller entered a queue: they count as presented; how the visit ended is a `QueueVisit`."""

    visit_id: str
    """Visits sort in the order of entering."""
    call_id: str
    queue: str
    entered_at: datetime
    priority: int
    waited_before_s: float
    """In other queues, without an agent: the place that the caller brought along."""


@dataclass(frozen=True, slots=True)
class QueueVisit:
    """How one visit to a queue ended: written once, when the caller leaves the queue."""

    visit_id: str
    call_id: str
    queue: str
    entered_at: datetime
    left_at: datetime
    """Of a visit that a crash cut short, when that was found out."""
    outcome: str
    """One of `ledger.OUTCOMES`."""
    cause: str
    """More closely, as `QueueLeft` has it: all_busy, full and closed are overflow."""
    agent_id: str | None
    """Who answered."""
    waited_s: float
    """From entering to leaving, ringing included; 0 where the end was never seen."""
    rang_s: float
    """Of it, while at least one agent rang."""
    offers: int
    """Agents who rang."""
    expected_min_s: float | None
    """The wait that the caller was first told to expect, counted from entering; None: not told."""
    expected_max_s: float | None


@dataclass(frozen=True, slots=True)
class Disposition:
    """What an agent said came of a call; of several of one agent the last one counts."""

    disposition_id: str
    """Rising in the order of their being said."""
    call_id: str
    agent_id: str
    queue: str | None
    set_at: datetime
    codes: str
    """A JSON list."""
    note: str


@dataclass(frozen=True, slots=True)
class RecordingPause:
    """A gap in a recording: silence in the file, for nothing that was said is kept."""

    pause_id: str
    recording_id: str
    call_id: str
    agent_id: str
    """Who wanted it."""
    started_at: datetime
    """Less the recording's own, the place in the file."""
    ended_at: datetime


Row: TypeAlias = (
    Cdr
    | CdrSegment
    | CdrLeg
    | Recording
    | VoicemailMessage
    | AgentLogEntry
    | QueueEntry
    | QueueVisit
    | Disposition
    | RecordingPause
)
