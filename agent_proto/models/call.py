"""`call.*`: what an agent may do with a call, and what is told about it."""

from typing import ClassVar, Literal

from agent_proto.models.base import (
    CallData,
    CallEvent,
    CallId,
    EndedBy,
    FileName,
    Instant,
    Message,
    Params,
    Participant,
    Reason,
    Seconds,
    WithdrawalCause,
)


class AnswerParams(Params):
    """`call.answer` (WZ-3.3.3c): ringing only."""

    call_id: CallId


class RejectParams(Params):
    """`call.reject`: ringing only; counts against the agent."""

    call_id: CallId
    reason: Reason = ""


class HangupParams(Params):
    """`call.hangup` (WZ-3.3.3d)."""

    call_id: CallId


class HoldParams(Params):
    """`call.hold` (WZ-T20): the other side hears music."""

    call_id: CallId


class RetrieveParams(Params):
    """`call.retrieve`: ends the hold."""

    call_id: CallId


class MuteParams(Params):
    """`call.mute` (GD-5.2c): the other side does not hear the agent."""

    call_id: CallId


class UnmuteParams(Params):
    """`call.unmute`."""

    call_id: CallId


class SetDataParams(Params):
    """`call.set_data` (GD-4.9): what is given replaces what has the same name."""

    call_id: CallId
    data: CallData


class ReceiveFaxParams(Params):
    """`call.receive_fax` (WZ-3.3.6.2)."""

    call_id: CallId
    file: FileName


class SendFaxParams(Params):
    """`call.send_fax` (WZ-3.3.6.3)."""

    call_id: CallId
    file: FileName


class Call(Message):
    """A call as `agent.get` shows it."""

    call_id: str
    state: Literal["ringing", "dialling", "talking"]
    since: Instant
    ani: str
    """Empty when withheld."""
    dnis: str
    service: str
    queue: str
    waited_s: Seconds
    data: CallData
    participants: list[Participant]
    held: bool = False
    """Whether this agent holds the other side."""
    muted: bool = False
    """Whether the other side does not hear this agent."""


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
    customer: CallData | None = None
    screen_pop_url: str | None = None


class CallAnswered(CallEvent):
    """Agent and caller hear each other."""

    event: ClassVar[str] = "call.answered"

    participants: list[Participant]


class CallHeld(CallEvent):
    """This agent holds the other side, by command or by a key of the phone."""

    event: ClassVar[str] = "call.held"


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
    """The ringing stopped without a conversation."""

    event: ClassVar[str] = "call.offer_withdrawn"

    cause: WithdrawalCause


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
