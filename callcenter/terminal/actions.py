"""What keys do: each asks for at most two texts and becomes the params of one request."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agent_proto import models as m
from callcenter.terminal.model import DeskModel

Needs: TypeAlias = Literal["", "call", "person"]
"""What must be chosen: a call, or an agent of the supervisor's table."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the action is about."""

    call_id: str = ""
    person: str = ""
    texts: Sequence[str] = ()
    """What was typed, in the order asked for."""


@dataclass(frozen=True, slots=True)
class Action:
    """One key."""

    key: str
    name: str
    """Of its label and help in the texts."""
    make: Callable[[DeskModel, Chosen], m.Params]
    """Raises `ValueError` for what was typed wrong."""
    needs: Needs = ""
    asks: tuple[str, ...] = ()
    """Names of the questions."""
    supervisor: bool = False


class TargetTextError(ValueError):
    """The text names no target."""


class DataTextError(ValueError):
    """The text is no list of `name=value`."""


class NoMessageError(ValueError):
    """There is no voicemail message, or none was listed."""


_KINDS = ("seat", "agent", "queue", "supervisor", "number", "flow")


def target_of(text: str) -> m.Target:
    """`8002` a seat, `13800138000` a number, `sales` a queue; `KIND:NAME` says it in full."""
    kind, colon, name = text.strip().partition(":")
    if not colon:
        kind, name = _guessed(kind), kind
    if kind not in _KINDS or not name:
        raise TargetTextError(text)
    return m.Target.model_validate({kind: name})


def _guessed(name: str) -> str:
    if re.fullmatch(r"\d{1,6}", name):
        return "seat"
    return "number" if re.fullmatch(r"\+?[\d*#]+", name) else "queue"


def data_of(text: str) -> dict[str, str]:
    """`order=17, vip=yes`: what is attached to a call."""
    data: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not (equals and name.strip()):
            raise DataTextError(text)
        data[name.strip()] = value.strip()
    if not data:
        raise DataTextError(text)
    return data


def _of_call(params: type[m.Params]) -> Callable[[DeskModel, Chosen], m.Params]:
    return lambda _, chosen: params.model_validate({"call_id": chosen.call_id})


def _of_person(params: type[m.Params]) -> Callable[[DeskModel, Chosen], m.Params]:
    return lambda _, chosen: params.model_validate({"target": chosen.person})


def _marked(model: DeskModel, chosen: Chosen, mark: str) -> bool:
    line = model.calls.get(chosen.call_id)
    return line is not None and mark in line.marks


def _switch(
    mark: str, on: type[m.Params], off: type[m.Params]
) -> Callable[[DeskModel, Chosen], m.Params]:
    """One key for both ways."""

    def make(model: DeskModel, chosen: Chosen) -> m.Params:
        params = off if _marked(model, chosen, mark) else on
        return params.model_validate({"call_id": chosen.call_id})

    return make


def _ready(model: DeskModel, chosen: Chosen) -> m.Params:
    if model.state == "acw":
        return m.FinishAcwParams()
    return m.SetIdleParams() if model.state == "busy" else m.SetBusyParams()


def _pause(model: DeskModel, chosen: Chosen) -> m.Params:
    return m.EndBreakParams() if model.reason == "break" else m.RequestBreakParams()


def _conference(model: DeskModel, chosen: Chosen) -> m.Params:
    if _marked(model, chosen, "consulting"):
        return m.ConferenceParams(call_id=chosen.call_id)
    return m.ConferenceParams(call_id=chosen.call_id, target=target_of(chosen.texts[0]))


def _disposition(_: DeskModel, chosen: Chosen) -> m.Params:
    codes = [code.strip() for code in chosen.texts[0].split(",") if code.strip()]
    return m.SetDispositionParams(call_id=chosen.call_id, codes=codes, note=chosen.texts[1])


def _record(model: DeskModel, chosen: Chosen) -> m.Params:
    """Begins a recording of that name, or ends the newest one that has a name."""
    if name := _recording(model, chosen):
        return m.StopRecordingParams(call_id=chosen.call_id, name=name)
    return m.StartRecordingParams(call_id=chosen.call_id, name=chosen.texts[0])


def _recording(model: DeskModel, chosen: Chosen) -> str:
    line = model.calls.get(chosen.call_id)
    return line.recordings[-1] if line is not None and line.recordings else ""


def _play(then: Literal["release", "return"]) -> Callable[[DeskModel, Chosen], m.Params]:
    """Words, or `prompt:FILE`."""

    def make(_: DeskModel, chosen: Chosen) -> m.Params:
        text = chosen.texts[0]
        kind, _colon, name = text.partition(":")
        what = {"prompt": name} if kind == "prompt" else {"text": text}
        return m.PlayParams.model_validate({"call_id": chosen.call_id, "then": then, **what})

    return make


def _fax(params: type[m.Params]) -> Callable[[DeskModel, Chosen], m.Params]:
    return lambda _, chosen: params.model_validate(
        {"call_id": chosen.call_id, "file": chosen.texts[0]}
    )


def _of_message(params: type[m.Params], **more: object) -> Callable[[DeskModel, Chosen], m.Params]:
    """About the newest message of those listed, one that nobody has heard before the others."""

    def make(model: DeskModel, _: Chosen) -> m.Params:
        if not model.message_id:
            raise NoMessageError
        return params.model_validate({"message_id": model.message_id, **more})

    return make


def _more_time(_: DeskModel, chosen: Chosen) -> m.Params:
    return m.ExtendAcwParams.model_validate_strings({"seconds": chosen.texts[0]}, strict=False)


ACTIONS: tuple[Action, ...] = (
    Action("a", "answer", _of_call(m.AnswerParams), "call"),
    Action("r", "reject", _of_call(m.RejectParams), "call"),
    Action("h", "hangup", _of_call(m.HangupParams), "call"),
    Action("b", "ready", _ready),
    Action("w", "break", _pause),
    Action("d", "dial", lambda _, c: m.DialParams(number=c.texts[0]), asks=("number",)),
    Action("o", "hold", _switch("held", m.HoldParams, m.RetrieveParams), "call"),
    Action("m", "mute", _switch("muted", m.MuteParams, m.UnmuteParams), "call"),
    Action(
        "t",
        "transfer",
        lambda _, c: m.TransferParams(call_id=c.call_id, target=target_of(c.texts[0])),
        "call",
        ("target",),
    ),
    Action(
        "c",
        "consult",
        lambda _, c: m.ConsultParams(call_id=c.call_id, target=target_of(c.texts[0])),
        "call",
        ("target",),
    ),
    Action("x", "complete", _of_call(m.CompleteTransferParams), "call"),
    Action("k", "keep", _of_call(m.KeepParams), "call"),
    Action("g", "toggle", _of_call(m.ToggleParams), "call"),
    Action("f", "conference", _conference, "call", ("conference_target",)),
    Action(
        "n",
        "digits",
        lambda _, c: m.SendDigitsParams(call_id=c.call_id, digits=c.texts[0].upper()),
        "call",
        ("digits",),
    ),
    Action(
        "p",
        "pause_recording",
        _switch("recording_paused", m.PauseRecordingParams, m.ResumeRecordingParams),
        "call",
    ),
    Action("e", "record", _record, "call", ("recording",)),
    Action("y", "play", _play("return"), "call", ("words",)),
    Action("z", "play_and_release", _play("release"), "call", ("words",)),
    Action(
        "v",
        "data",
        lambda _, c: m.SetDataParams(call_id=c.call_id, data=dict(data_of(c.texts[0]))),
        "call",
        ("data",),
    ),
    Action("u", "receive_fax", _fax(m.ReceiveFaxParams), "call", ("file",)),
    Action("U", "send_fax", _fax(m.SendFaxParams), "call", ("file",)),
    Action("i", "disposition", _disposition, "call", ("codes", "note")),
    Action("j", "more_time", _more_time, asks=("seconds",)),
    Action(
        "l",
        "look_up",
        lambda _, c: m.DirectoryQueryParams(condition=c.texts[0]),
        asks=("condition",),
    ),
    Action("s", "statistics", lambda _, __: m.StatisticsParams()),
    Action("S", "seat", lambda _, __: m.SeatGetParams()),
    Action(
        "P",
        "password",
        lambda _, c: m.ChangePasswordParams(old=c.texts[0], new=c.texts[1]),
        asks=("old_password", "new_password"),
    ),
    Action("1", "messages", lambda _, __: m.VoicemailListParams()),
    Action("2", "hear", _of_message(m.VoicemailPlayParams)),
    Action("3", "call_back", _of_message(m.VoicemailCallBackParams)),
    Action("4", "unheard", _of_message(m.VoicemailMarkParams, heard=False)),
    Action("5", "delete", _of_message(m.VoicemailDeleteParams)),
    Action("M", "monitor", _of_person(m.MonitorParams), "person", supervisor=True),
    Action("W", "whisper", _of_person(m.WhisperParams), "person", supervisor=True),
    Action("B", "barge", _of_person(m.BargeParams), "person", supervisor=True),
    Action("I", "intercept", _of_person(m.InterceptParams), "person", supervisor=True),
    Action("L", "leave", _of_call(m.LeaveParams), "call", supervisor=True),
    Action("C", "call", _of_person(m.SuperviseCallParams), "person", supervisor=True),
    Action(
        "R",
        "record_agent",
        lambda _, c: m.RecordParams(target=c.person, name=c.texts[0]),
        "person",
        ("recording",),
        supervisor=True,
    ),
    Action("Y", "force_busy", _of_person(m.ForceBusyParams), "person", supervisor=True),
    Action("D", "force_idle", _of_person(m.ForceIdleParams), "person", supervisor=True),
    Action("A", "list_breaks", lambda _, __: m.ListBreaksParams(), supervisor=True),
    Action("G", "grant_break", _of_person(m.GrantBreakParams), "person", supervisor=True),
    Action("E", "end_break", _of_person(m.EndBreakOfParams), "person", supervisor=True),
    Action("X", "force_logout", _of_person(m.ForceLogoutParams), "person", supervisor=True),
    Action(
        "T",
        "message",
        lambda _, c: m.SendMessageParams(targets=[], text=c.texts[0]),
        asks=("message",),
        supervisor=True,
    ),
)
BY_KEY: Mapping[str, Action] = {action.key: action for action in ACTIONS}


def asks_of(action: Action, model: DeskModel, chosen: Chosen) -> tuple[str, ...]:
    """What has to be asked now: neither who is consulted already, nor what is recorded already."""
    if action.name == "conference" and _marked(model, chosen, "consulting"):
        return ()
    if action.name == "record" and _recording(model, chosen):
        return ()
    return action.asks
