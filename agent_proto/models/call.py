"""`call.*`: what an agent may do with a call, and what is told about it."""

from typing import ClassVar, Literal

from agent_proto.models.base import (
    CallData,
    CallEvent,
    CallId,
    EndedBy,
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
