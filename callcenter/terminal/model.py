"""What a desk knows, from answers and events of the agent protocol. No I/O, no clock."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from agent_proto.models import Call, GetResult, LoginResult, VoicemailMessage

LOG_LINES = 500


@dataclass(slots=True)
class CallLine:
    """A call as the desk shows it."""

    call_id: str
    state: str
    since: datetime | None
    number: str = ""
    """Of the other side."""
    queue: str = ""
    customer: str = ""
    region: str = ""
    url: str = ""
    marks: set[str] = field(default_factory=set)
    """held, muted, consulting, conference, recording, recording_paused, supervised."""
    recordings: list[str] = field(default_factory=list)
    """Names of those that were begun by name, the newest last."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """Something that happened."""

    at: datetime | None
    event: str
    """Of the protocol, or `error`."""
    text: str


class DeskModel:
    """One signed-in person."""

    def __init__(self) -> None:
        self.agent_id = self.name = self.seat_no = ""
        self.supervisor = False
        self.state, self.reason = "logged_out", ""
        self.pending: str | None = None
        self.since: datetime | None = None
        self.unheard = 0
        self.message_id = ""
        """Of the voicemail message that keys mean; empty before any was listed."""
        self.calls: dict[str, CallLine] = {}
        self.log: deque[LogLine] = deque(maxlen=LOG_LINES)
        self.told = 0
        """Lines so far, those forgotten included."""
        self.waiting: dict[str, int] = {}
        """Callers in each of one's queues where somebody waits."""
        self.topics: dict[str, dict[str, Mapping[str, Any]]] = {}
        """Topic → row's id → row."""

    def logged_in(self, result: LoginResult) -> None:
        """The answer to the login."""
        profile = result.agent
        self.agent_id, self.name, self.seat_no = profile.agent_id, profile.name, result.seat_no
        self.supervisor = profile.agent_class == "supervisor"
        self.state, self.reason = result.state, result.reason
        self.unheard = result.unheard_messages

    def refreshed(self, result: GetResult) -> None:
        """The full state: after a login or a lost connection."""
        self.state, self.reason, self.since = result.state, result.reason, result.since
        self.pending = result.pending
        before, self.calls = self.calls, {}
        for call in result.calls:
            line = _line(call)
            if (old := before.get(call.call_id)) is not None:
                line.customer, line.region, line.url = old.customer, old.region, old.url
            self.calls[call.call_id] = line

    def supervising(self, call_id: str) -> None:
        """A supervision has been confirmed."""
        line = self.calls.setdefault(call_id, CallLine(call_id, "supervised", None))
        line.marks.add("supervised")

    def left(self, call_id: str) -> None:
        """A supervision is over."""
        self.calls.pop(call_id, None)

    def listed(self, messages: Sequence[VoicemailMessage]) -> None:
        """The messages, the newest first: one that nobody has heard is meant before the others."""
        self.unheard = sum(not each.heard for each in messages)
        first = next((each for each in messages if not each.heard), None)
        meant = first or (messages[0] if messages else None)
        self.message_id = "" if meant is None else meant.message_id

    def shown(self, text: str) -> None:
        """Something was asked for."""
        self._tell(LogLine(None, "", text))

    def refused(self, text: str) -> None:
        """A request was refused."""
        self._tell(LogLine(None, "error", text))

    @property
    def current(self) -> CallLine | None:
        """The call that keys mean when none is chosen: a ringing one first, else the newest."""
        ringing = [line for line in self.calls.values() if line.state == "ringing"]
        lines = ringing or list(self.calls.values())
        return lines[-1] if lines else None

    def on_event(self, name: str, at: datetime, call_id: str, params: Mapping[str, Any]) -> None:
        """Takes one event in; unknown ones are only logged."""
        react = self._REACTIONS.get(name)
        if react is not None:
            react(self, call_id, params)
        if name in _MARKS:
            self.mark(call_id, *_MARKS[name])
        if name not in _UNLOGGED:
            self._tell(LogLine(at, name, _summary(call_id, params)))

    def _tell(self, line: LogLine) -> None:
        self.log.append(line)
        self.told += 1

    def mark(self, call_id: str, mark: str, there: bool) -> None:
        """Sets a mark of a call, or takes it away."""
        line = self.calls.get(call_id)
        if line is not None:
            (line.marks.add if there else line.marks.discard)(mark)

    def _state_changed(self, _: str, params: Mapping[str, Any]) -> None:
        self.state, self.reason = str(params["state"]), str(params.get("reason", ""))
        self.pending = params.get("pending")
        self.since = _instant(params.get("since"))

    def _logged_out(self, _: str, params: Mapping[str, Any]) -> None:
        self.state, self.reason = "logged_out", str(params.get("reason", ""))
        self.calls.clear()

    def _ringing(self, call_id: str, params: Mapping[str, Any]) -> None:
        customer = params.get("customer")
        name = str(customer.get("name", "")) if isinstance(customer, Mapping) else ""
        self.calls[call_id] = CallLine(
            call_id,
            "ringing",
            None,
            str(params.get("ani", "")),
            str(params.get("queue", "")),
            name,
            str(params.get("region") or ""),
            str(params.get("screen_pop_url") or ""),
        )

    def _dialling(self, call_id: str, params: Mapping[str, Any]) -> None:
        self.calls[call_id] = CallLine(call_id, "dialling", None, str(params.get("number", "")))

    def _answered(self, call_id: str, params: Mapping[str, Any]) -> None:
        line = self.calls.setdefault(call_id, CallLine(call_id, "talking", None))
        line.state = "talking"
        for participant in params.get("participants", ()):
            if participant.get("role") == "caller" and not line.number:
                line.number = str(participant.get("number", ""))

    def _recording_started(self, call_id: str, params: Mapping[str, Any]) -> None:
        line = self.calls.get(call_id)
        if line is not None and params.get("name"):
            line.recordings.append(str(params["name"]))

    def _recording_stopped(self, call_id: str, params: Mapping[str, Any]) -> None:
        line = self.calls.get(call_id)
        if line is not None and params.get("name") in line.recordings:
            line.recordings.remove(params["name"])

    def _over(self, call_id: str, _: Mapping[str, Any]) -> None:
        self.calls.pop(call_id, None)

    def _topic(self, _: str, params: Mapping[str, Any]) -> None:
        topic = str(params["topic"])
        rows = self.topics.setdefault(topic, {})
        if params.get("snapshot"):
            rows.clear()
        key = _ROW_KEYS.get(topic, "id")
        rows.update({str(row[key]): row for row in params["rows"]})
        for gone in params["removed"]:
            rows.pop(str(gone), None)

    def _queue(self, _: str, params: Mapping[str, Any]) -> None:
        self.waiting[str(params["queue"])] = int(params["waiting"])
        self.waiting = {queue: count for queue, count in self.waiting.items() if count}

    def _voicemail(self, _: str, params: Mapping[str, Any]) -> None:
        self.unheard += 1
        self.message_id = str(params["message_id"])

    _REACTIONS: ClassVar[Mapping[str, Callable[["DeskModel", str, Mapping[str, Any]], None]]] = {
        "agent.state_changed": _state_changed,
        "agent.logged_out": _logged_out,
        "call.ringing": _ringing,
        "call.dialling": _dialling,
        "call.answered": _answered,
        "call.recording_started": _recording_started,
        "call.recording_stopped": _recording_stopped,
        "call.ended": _over,
        "call.offer_withdrawn": _over,
        "call.transferred": _over,
        "queue.updated": _queue,
        "supervisor.topic_updated": _topic,
        "voicemail.waiting": _voicemail,
    }


_MARKS: Mapping[str, tuple[str, bool]] = {
    "call.held": ("held", True),
    "call.retrieved": ("held", False),
    "call.consulting": ("consulting", True),
    "call.consult_failed": ("consulting", False),
    "call.conferenced": ("conference", True),
    "call.recording_started": ("recording", True),
    "call.recording_stopped": ("recording", False),
}
"""Events that only set a mark of their call, or take it away."""
_ROW_KEYS = {"agents": "agent_id", "queues": "queue", "calls": "id", "trunks": "trunk"}
_UNLOGGED = frozenset({"supervisor.topic_updated", "queue.updated"})
_ENVELOPE = frozenset({"seq", "at", "call_id", "data", "participants"})


def _line(call: Call) -> CallLine:
    marks = {
        mark for mark in ("held", "muted", "consulting", "recording_paused") if getattr(call, mark)
    }
    return CallLine(
        call.call_id, call.state, call.since, call.ani or call.dnis, call.queue, marks=marks
    )


def _summary(call_id: str, params: Mapping[str, Any]) -> str:
    told = " ".join(
        f"{key}={value}" for key, value in params.items() if key not in _ENVELOPE and value != ""
    )
    return f"{call_id} {told}".strip()


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
