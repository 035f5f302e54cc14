"""`call.*`: a call, and what an agent may do with it; what is told about it: `call_events`."""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent_proto.models.base import (
    CallData,
    CallId,
    FileName,
    Identifier,
    Instant,
    Message,
    Params,
    Participant,
    Reason,
    Result,
    Seconds,
)

TargetKind: TypeAlias = Literal["seat", "agent", "queue", "supervisor", "number", "flow"]
_TARGET_KINDS: Final[tuple[TargetKind, ...]] = (
    "seat",
    "agent",
    "queue",
    "supervisor",
    "number",
    "flow",
)


RecordingName: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]


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


class DialParams(Params):
    """`call.dial` (WZ-3.3.6.8, WZ-T8, WZ-T11): outside or another seat."""

    number: Identifier
    display_number: Identifier | None = None
    """What is shown outside: the seat's number or one of the site's."""
    data: CallData | None = None


class DialResult(Result):
    """The agent's own phone is being called."""

    call_id: str


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


class Target(BaseModel):
    """Whom a command means: exactly one of these is given."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    seat: Identifier | None = None
    agent: Identifier | None = None
    queue: Identifier | None = None
    supervisor: Identifier | None = None
    number: Identifier | None = None
    flow: Identifier | None = None

    @model_validator(mode="after")
    def _one(self) -> "Target":
        if len(self.model_fields_set & set(type(self).model_fields)) != 1:
            raise ValueError(
                "a target is exactly one of seat, agent, queue, supervisor, number, flow"
            )
        return self

    @property
    def named(self) -> tuple[TargetKind, str]:
        """Its kind and its name."""
        for kind in _TARGET_KINDS:
            name: str | None = getattr(self, kind)
            if name is not None:
                return kind, name
        raise AssertionError("checked above")


class ConsultParams(Params):
    """`call.consult` (WZ-3.3.6.4, 5): the caller hears music."""

    call_id: CallId
    target: Target


class CompleteTransferParams(Params):
    """`call.complete_transfer` (WZ-3.3.6.4b, A-03)."""

    call_id: CallId


class KeepParams(Params):
    """`call.keep` (WZ-3.3.6.4c, A-02): drops the consulted party."""

    call_id: CallId


class ToggleParams(Params):
    """`call.toggle`: swaps caller and consulted party."""

    call_id: CallId


class ConferenceParams(Params):
    """Joins the consulted party (WZ-3.3.6.9, WZ-T19), or invites an idle `target`."""

    call_id: CallId
    target: Target | None = None


class TransferParams(Params):
    """`call.transfer` (GD-5.2c, IP-2.1.6): blind."""

    call_id: CallId
    target: Target


class SetDataParams(Params):
    """`call.set_data` (GD-4.9): what is given replaces what has the same name."""

    call_id: CallId
    data: CallData


class PlayParams(Params):
    """Plays words or a prompt to the caller (WZ-3.3.6.1, WZ-T7)."""

    call_id: CallId
    text: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    """Words to be spoken; exactly one of `text` and `prompt` is given."""
    prompt: FileName | None = None
    """A file in the folder of prompts."""
    then: Literal["release", "return"]
    """`release`: the agent is free at once, it is played twice and the call ends; `return`: played
    within the talk."""

    @model_validator(mode="after")
    def _one(self) -> "PlayParams":
        if (self.text is None) is (self.prompt is None):
            raise ValueError("exactly one of text and prompt")
        return self


class StartRecordingParams(Params):
    """Records the talk beside the automatic recording, only with an outside party (WZ-3.3.6.6)."""

    call_id: CallId
    name: RecordingName
    """The file's name contains it, cleaned of what no file name has."""


class StopRecordingParams(Params):
    """Ends a recording that was started by name; the end of the talk does, too."""

    call_id: CallId
    name: RecordingName


class PauseRecordingParams(Params):
    """`call.pause_recording`: what is said from now on is in no file of the call."""

    call_id: CallId


class ResumeRecordingParams(Params):
    """`call.resume_recording`; the end of the talk ends a pause, too."""

    call_id: CallId


class SendDigitsParams(Params):
    """`call.send_digits`: keys for whom the agent talks with."""

    call_id: CallId
    digits: Annotated[str, Field(pattern=r"^[0-9*#A-D]{1,32}$")]


class SetDispositionParams(Params):
    """`call.set_disposition` (WZ-3.11b): takes the place of what this agent said of it before."""

    call_id: CallId
    codes: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=16)]
    """What came of the call, of the queue's list where it has one; several may be given."""
    note: Annotated[str, Field(max_length=2000)] = ""


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
    consulting: bool = False
    """Whether this agent asks somebody while the other side waits."""
    recording_paused: bool = False
    """Whether what is said is in no recording at this moment."""
