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
    Action(
        "e",
        "record",
        lambda _, c: m.StartRecordingParams(call_id=c.call_id, name=c.texts[0]),
        "call",
        ("recording",),
    ),
    Action("i", "disposition", _disposition, "call", ("codes", "note")),
    Action("s", "statistics", lambda _, __: m.StatisticsParams()),
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
    """What has to be asked now: who is consulted already need not be named for a conference."""
    if action.name == "conference" and _marked(model, chosen, "consulting"):
        return ()
    return action.asks
