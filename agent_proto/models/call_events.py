"""`call.*`: what an agent is told about a call."""

from typing import ClassVar, Literal

from agent_proto.models.base import (
    CallData,
    CallEvent,
    EndedBy,
    Message,
    Participant,
    Seconds,
    WithdrawalCause,
)


class MenuStep(Message):
    """A node of a flow that the caller came by."""

    flow: str
    node: str
    digits: str
    """The keys pressed there."""


class CallRinging(CallEvent):
    """A call is offered; it rings for `answer_within_s` at most."""

    event: ClassVar[str] = "call.ringing"

    ani: str
    """Empty when withheld."""
    dnis: str
    service: str
    queue: str
    waited_s: Seconds
    """Since the caller began to wait."""
    data: CallData
    answer_within_s: Seconds
    region: str | None = None
    """Where the caller's number belongs to, in the site's language."""
    path: list[MenuStep] | None = None
    """The caller's way through the menus, the last 32 steps."""
    customer: CallData | None = None
    """The caller's record, where one is found in time (`screen_pop.customer_within`)."""
    screen_pop_url: str | None = None
    """The page to open (WZ-T6)."""


class CallAnswered(CallEvent):
    """Agent and caller hear each other."""

    event: ClassVar[str] = "call.answered"

    participants: list[Participant]


class CallDialling(CallEvent):
    """The agent's own phone is called, then the number."""

    event: ClassVar[str] = "call.dialling"

    number: str


class CallRemoteRinging(CallEvent):
    """Who was dialled rings."""

    event: ClassVar[str] = "call.remote_ringing"


class CallConsulting(CallEvent):
    """This agent asks somebody; the caller waits with music."""

    event: ClassVar[str] = "call.consulting"

    target: str
    """Kind and name: `seat:8002`, `number:13800138000`; empty while it is keyed at the phone."""


class CallConsultFailed(CallEvent):
    """Nobody was reached, or who was asked has hung up; agent and caller are together again."""

    event: ClassVar[str] = "call.consult_failed"

    cause: str
    """busy, no_answer, rejected, unreachable, refused, failed, hangup …"""


class CallConferenced(CallEvent):
    """Three talk with one another; who leaves leaves the two others together."""

    event: ClassVar[str] = "call.conferenced"

    participants: list[Participant]


class CallParticipantJoined(CallEvent):
    """Somebody is in the call from now on."""

    event: ClassVar[str] = "call.participant_joined"

    participant: Participant


class CallParticipantLeft(CallEvent):
    """Somebody is in the call no more."""

    event: ClassVar[str] = "call.participant_left"

    participant: Participant


class CallTransferred(CallEvent):
    """The call was given on, and whom it was given to has answered."""

    event: ClassVar[str] = "call.transferred"

    to: str
    """The number or seat."""
    how: Literal["blind", "attended"]


class CallPlaybackFinished(CallEvent):
    """What this agent had played has ended, or was cut off."""

    event: ClassVar[str] = "call.playback_finished"


class CallHeld(CallEvent):
    """This agent holds the other side, by command or by a key of the phone."""

    event: ClassVar[str] = "call.held"


class CallHoldRecalled(CallEvent):
    """This agent has held the other side for long, and is reminded of it (`pbx.hold_recall`)."""

    event: ClassVar[str] = "call.hold_recalled"

    held_s: float


class CallRetrieved(CallEvent):
    """The hold is over."""

    event: ClassVar[str] = "call.retrieved"


class CallDataChanged(CallEvent):
    """The call's attached data, all of them."""

    event: ClassVar[str] = "call.data_changed"

    data: CallData


class CallEnded(CallEvent):
    """The call is over for this agent."""

    event: ClassVar[str] = "call.ended"

    cause: str
    """hangup, abandoned, failed, media_timeout, shutdown … as in the call's record."""
    by: EndedBy
    talk_s: Seconds


class CallOfferWithdrawn(CallEvent):
    """The ringing stopped without a conversation.

    `overflowed` is kept: so far a queue's limits take no call away while it rings.
    """

    event: ClassVar[str] = "call.offer_withdrawn"

    cause: WithdrawalCause


class CallDigitsReceived(CallEvent):
    """Somebody outside has pressed keys in the talk; told in no pause of the recording."""

    event: ClassVar[str] = "call.digits_received"

    digits: str
    number: str
    """Of who pressed them."""


class CallRecordingStarted(CallEvent):
    """The conversation is being recorded."""

    event: ClassVar[str] = "call.recording_started"

    recording_id: str
    name: str | None = None
    """Of a recording that somebody asked for by name."""


class CallRecordingStopped(CallEvent):
    """The recording is complete."""

    event: ClassVar[str] = "call.recording_stopped"

    recording_id: str
    duration_s: Seconds
    name: str | None = None
