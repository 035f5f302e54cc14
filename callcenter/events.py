"""What is told on the one stream: every step of every call and agent, past tense, many readers.

`at` is the monotonic clock of the loop in seconds (differences are durations); readers that
keep records turn it into wall-clock time through `callcenter.clock.Clock.wall`.
`call_id` names the customer's call and is the same in CDR, logs, recordings and the agent protocol.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from acd import AgentState
from callcenter.event_base import CallEvent as CallEvent
from callcenter.event_base import Event as Event
from callcenter.leg_events import LegClosed as LegClosed
from callcenter.leg_events import LegOpened as LegOpened
from callcenter.leg_events import LineHeard as LineHeard
from callcenter.leg_events import OneWayAudio as OneWayAudio
from callcenter.leg_events import VoiceBack as VoiceBack
from callcenter.leg_events import VoiceLack as VoiceLack
from callcenter.leg_events import VoiceMissing as VoiceMissing
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
Party: TypeAlias = Literal["caller", "called", "agent", "system"]
"""`called`: whom the caller reached without a queue."""
ReachOutcome: TypeAlias = Literal[
    "answered",
    "busy",
    "no_answer",
    "rejected",
    "unreachable",
    "diverted",
    "picked_up",
    "refused",
    "failed",
    "caller_left",
]
"""`unreachable`: not registered, nobody signed in, a phone that fails; `refused`: the caller may
not call there; `picked_up`: answered at another seat."""


@dataclass(frozen=True, slots=True)
class CallStarted(CallEvent):
    """An INVITE was admitted and a number found for it."""

    direction: Literal["in", "out", "internal"]
    ani: str
    """Calling number as the trunk's settings have it read; empty when withheld."""
    dnis: str
    trunk: str


@dataclass(frozen=True, slots=True)
class CallAnswered(CallEvent):
    """The system answered the caller (200 sent)."""


@dataclass(frozen=True, slots=True)
class FlowStarted(CallEvent):
    """An IVR flow took control."""

    flow: str


@dataclass(frozen=True, slots=True)
class FlowEnded(CallEvent):
    """The flow handed the call on."""

    flow: str


@dataclass(frozen=True, slots=True)
class QueueEntered(CallEvent):
    """The caller began to wait."""

    queue: str
    priority: int
    waited_s: float = 0.0
    """In other queues before, where no agent answered."""


@dataclass(frozen=True, slots=True)
class QueueLeft(CallEvent):
    """The caller's visit to the queue ended, for one immutable reason."""

    queue: str
    outcome: QueueOutcome


@dataclass(frozen=True, slots=True)
class QueueStepTaken(CallEvent):
    """The caller has waited so long that more agents may have them: a relaxation step."""

    queue: str
    step: int
    """1 with the first of the queue's `steps`."""


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
class ReachStarted(CallEvent):
    """An extension or an outside number is being called, for the caller of this call."""

    number: str
    seat_no: str = ""
    """Whose phone it is; empty behind a trunk."""
    agent_id: str = ""
    trunk: str = ""
    ani: str = ""
    """Of who calls the call in, not of who asks for them."""
    dnis: str = ""
    answer_within_s: float = 0.0
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReachEnded(CallEvent):
    """It answered, or did not; where the call went on to is told by what comes next."""

    number: str
    outcome: ReachOutcome
    sip_code: int
    """What the caller is refused with, if it goes on nowhere else; 0 for one who has left."""
    agent_id: str = ""


@dataclass(frozen=True, slots=True)
class BridgeStarted(CallEvent):
    """Two parties hear each other without a queue: extensions, outside numbers."""

    number: str
    """The party that was called."""
    seat_no: str = ""
    agent_id: str = ""
    """Who of the house talks: the called party, or the caller to an outside number."""
    trunk: str = ""
    """That the called party is behind."""
    agents: tuple[str, ...] = ()
    """Who of the agents talks."""
    caller: tuple[str, str] = ("", "")
    """Seat and number of the party that the call is the affair of; the seat may be empty."""
    other: tuple[str, str] = ("", "")
    """Likewise of the one it talks with."""


@dataclass(frozen=True, slots=True)
class BridgeEnded(CallEvent):
    """The two are parted."""

    number: str
    by: Party
    cause: str
    """hangup, transferred, limit, media_timeout, failed, shutdown."""
    talk_s: float
    agents: tuple[str, ...] = ()
    """Who of the agents leaves the call."""


@dataclass(frozen=True, slots=True)
class _OfPhone(CallEvent):
    """Something that one party of a talk does."""

    agent_id: str
    """Empty for somebody who is no agent."""
    seat_no: str


@dataclass(frozen=True, slots=True)
class CallHeld(_OfPhone):
    """A party holds the other, by command or by its phone's key."""


@dataclass(frozen=True, slots=True)
class CallRetrieved(_OfPhone):
    """The hold is over."""


@dataclass(frozen=True, slots=True)
class DialStarted(_OfPhone):
    """An agent dials at the desk; their own phone is called first."""

    number: str


@dataclass(frozen=True, slots=True)
class RemoteRinging(_OfPhone):
    """Whom they dialled is being called, and rings."""


@dataclass(frozen=True, slots=True)
class PlaybackFinished(_OfPhone):
    """What an agent had played to the caller has ended, or was cut off."""


@dataclass(frozen=True, slots=True)
class ConsultStarted(_OfPhone):
    """A party asks somebody while the other waits with music."""

    target: str
    """Whom, as it was said."""


@dataclass(frozen=True, slots=True)
class ConsultAnswered(_OfPhone):
    """Whom it asks has picked up."""

    number: str
    target_seat_no: str
    """Empty for an outside party."""
    target_agent_id: str


@dataclass(frozen=True, slots=True)
class ConsultEnded(_OfPhone):
    """Who was asked, or called to be, is parted from."""

    number: str
    """Empty when nobody had picked up."""
    target_seat_no: str
    target_agent_id: str
    outcome: str
    """kept, hangup, withdrawn, or that of `ReachEnded`."""


@dataclass(frozen=True, slots=True)
class CallConferenced(CallEvent):
    """Three talk with one another."""

    parties: tuple[tuple[str, str], ...]
    """Seat, which may be empty, and number: who stays, who asked, who was asked."""
    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallDataChanged(CallEvent):
    """The data that goes with the call are other ones."""

    agents: tuple[str, ...]
    """Who is in the call."""
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CallTransferred(CallEvent):
    """A party gave the call on; who stays talks with `to` from now on."""

    by: str
    to: str
    how: Literal["blind", "attended"]
    agents: tuple[str, ...] = ()
    """Who of the agents gave it on, and whom it was given to."""


@dataclass(frozen=True, slots=True)
class SupervisionStarted(CallEvent):
    """A supervisor is with a talk, or in another mode than before."""

    agent_id: str
    """The supervisor."""
    seat_no: str
    target_agent_id: str
    target_seat_no: str
    ani: str
    mode: Literal["monitor", "whisper", "barge"]


@dataclass(frozen=True, slots=True)
class SupervisionEnded(CallEvent):
    """The supervisor is with it no more, or never was."""

    agent_id: str
    seat_no: str
    cause: str
    """hangup, logout, other_team, device_failed, intercepted (then the call is theirs); of a phone
    that did not answer the outcomes of `ReachEnded`."""
    by: Literal["supervisor", "system"]


@dataclass(frozen=True, slots=True)
class CallRefused(Event):
    """A call that may not come in or not go where it was to; nobody was answered."""

    ani: str
    dnis: str
    source: str
    """Where the INVITE came from."""
    sip_code: int
    cause: str


@dataclass(frozen=True, slots=True)
class RecordingStarted(CallEvent):
    """The conversation is being written to a file."""

    recording_id: str
    path: str
    """Relative to the recordings folder."""
    agent_id: str = ""
    name: str = ""
    """Of one that somebody asked for by name."""


@dataclass(frozen=True, slots=True)
class RecordingStopped(CallEvent):
    """The file is complete."""

    recording_id: str
    path: str
    duration_s: float
    size: int
    """Bytes."""
    error: str
    """Empty when the file is whole; else why it ended early."""
    agent_id: str = ""
    name: str = ""
    """Of one that somebody asked for by name."""


@dataclass(frozen=True, slots=True)
class RecordingFailed(CallEvent):
    """The conversation is not recorded: the disk refused before anything began, or its voice cannot
    be decoded."""

    recording_id: str
    path: str
    """Where it was to be, relative to the recordings folder."""
    error: str
    agent_id: str = ""


@dataclass(frozen=True, slots=True)
class VoicemailLeft(CallEvent):
    """A message was stored."""

    box: str
    path: str
    """Relative to the voicemail folder; the file's name without its ending is the message's id."""
    ani: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class CallEnded(CallEvent):
    """The caller's leg is gone; the last event of a call but for wrap-up and recording."""

    cause: str
    """hangup, abandoned, rejected, failed, media_timeout, max_wait, shutdown; of calls that no
    queue took also transferred, limit and the outcomes of `ReachEnded`."""
    by: Party
    sip_code: int
    """Final SIP status for the caller: 200 when answered, else what was sent or received."""
    q850: int | None = None
    """The Q.850 cause: the caller's own, or that of our release."""


@dataclass(frozen=True, slots=True)
class LoginRefused(Event):
    """Somebody tried to sign in as that agent, who may not exist."""

    agent_id: str
    source: str
    cause: str
    """bad_credentials, locked_out."""


@dataclass(frozen=True, slots=True)
class AgentEvent(Event):
    """Something that happened to one agent."""

    agent_id: str
    seat_no: str


@dataclass(frozen=True, slots=True)
class AgentLoggedIn(AgentEvent):
    """Signed in at a seat."""

    agent_class: Literal["agent", "supervisor"]


@dataclass(frozen=True, slots=True)
class AgentLoggedOut(AgentEvent):
    """Signed out."""

    reason: str
    by: str = ""
    """The supervisor who did it."""


@dataclass(frozen=True, slots=True)
class AgentStateChanged(AgentEvent):
    """The derived state changed (agent protocol, States)."""

    state: AgentState
    previous: AgentState
    reason: str
    by: str = ""
    """The supervisor who did it."""
    pending: AgentState | None = None
    """What they will be after what they are doing now, where that is settled."""


@dataclass(frozen=True, slots=True)
class SupervisorActed(Event):
    """A supervisor did something to somebody, or was refused it."""

    agent_id: str
    """The supervisor."""
    act: str
    """The method."""
    target: str
    call_id: str
    """Of the call concerned; empty for none."""
    detail: str
    outcome: str
    """done, or the error's name."""


@dataclass(frozen=True, slots=True)
class AgentUnstuck(AgentEvent):
    """The auditor freed an agent whom no live call held: a mistake of ours."""

    fault: str
    subject: str


@dataclass(frozen=True, slots=True)
class NoAnswerRecorded(AgentEvent):
    """An agent let an offer ring out (GD-5.2f).

    They are busy for it, or idle still where the queue has `busy_after_no_answer` off.
    """

    call_id: str
    queue: str
    outcome: OfferOutcome
