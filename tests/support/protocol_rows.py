"""The rows of the agent protocol's tables: for each refusal of a method a request that meets it.

A scene says what goes on; `ROWS` names, scene by scene, what is refused there. They are data: the
same rows are asked in a simulation and of a real daemon with real phones.
`tests/conformance/agent_proto/test_rows.py` holds them to `agent_proto.refusals`; none may be
missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Who: TypeAlias = Literal["agent", "boss", "guest"]
"""Ann at 8001, the supervisor Bo at 8002, and a client where nobody is signed in."""

CALL, TOKEN = "$call", "$token"
"""Stand for the call of the scene, and for Ann's resume token."""

UNSPEAKABLE = "…"
"""Has nothing to be spoken."""

SITE = """
[[route]]
name = "out"
trunks = ["carrier"]
[pbx]
whitelist = ["13900139000"]
hold_recall = 1
[[seat]]
seat_no = "8003"
password = "phone-8003"
[[seat]]
seat_no = "8005"
password = "phone-8005"
[[seat]]
seat_no = "8009"
kind = "webrtc"
answer_mode = "nailed_up"
[[agent]]
agent_id = "1005"
name = "Eve"
password = "agent-1005"
team = "east"
[[queue]]
name = "orders"
skills = { sales = 1 }
announce_agent = false
acw = 60
dispositions = ["sold"]
[[number]]
dnis = "4010"
queue = "orders"
"""
"""What the rows need beside the usual site. Dai (1004) has the one break at 8003, Eve is of
another team."""
LIMITS = "max_on_break = 1\nqueue_updates_s = 1\n"
"""What they need of `[agent_proto]`."""


@dataclass(frozen=True, slots=True)
class Row:
    """A request and how it is refused."""

    method: str
    error: str
    params: Mapping[str, Any] = field(default_factory=dict)
    who: Who = "agent"

    def asked(self, call_id: str, token: str) -> dict[str, Any]:
        """Its params in a scene with that call and that session."""
        known = {CALL: call_id, TOKEN: token}
        return {
            key: known.get(value, value) if isinstance(value, str) else value
            for key, value in self.params.items()
        }


_TALK: Mapping[str, Mapping[str, Any]] = {
    "call.hold": {},
    "call.retrieve": {},
    "call.mute": {},
    "call.unmute": {},
    "call.consult": {"target": {"agent": "1004"}},
    "call.complete_transfer": {},
    "call.keep": {},
    "call.toggle": {},
    "call.conference": {},
    "call.transfer": {"target": {"agent": "1004"}},
    "call.play": {"text": "Wait.", "then": "return"},
    "call.start_recording": {"name": "x"},
    "call.stop_recording": {"name": "x"},
    "call.pause_recording": {},
    "call.resume_recording": {},
    "call.send_digits": {"digits": "1"},
    "call.set_disposition": {"codes": []},
    "call.receive_fax": {"file": "a.tif"},
    "call.send_fax": {"file": "a.tif"},
}
"""What is done with a talk, and with what beside its `call_id`."""
_RING: Mapping[str, Mapping[str, Any]] = {"call.answer": {}, "call.reject": {}}
_ASK = ("call.consult", "call.conference", "call.transfer")
_WATCH: Mapping[str, Mapping[str, Any]] = {
    "supervisor.monitor": {},
    "supervisor.whisper": {},
    "supervisor.barge": {},
    "supervisor.intercept": {},
    "supervisor.record": {"name": "x"},
}
_MESSAGE = ("voicemail.play", "voicemail.mark", "voicemail.delete", "voicemail.call_back")
_MARK: Mapping[str, Mapping[str, Any]] = {"voicemail.mark": {"heard": True}}
_LOGIN: Mapping[str, Any] = {"agent_id": "1004", "password": "agent-1004", "seat_no": "8005"}


def _rows() -> Iterator[tuple[str, Row]]:
    """Scene and row."""
    for method, more in {
        **_TALK,
        **_RING,
        "call.hangup": {},
        "call.set_data": {"data": {}},
    }.items():
        yield "idle", Row(method, "no_such_call", {"call_id": "none", **more})
    for method, more in {**_TALK, "call.hangup": {}}.items():
        yield "ringing", Row(method, "wrong_state", {"call_id": CALL, **more})
    for method, more in _RING.items():
        yield "talking", Row(method, "wrong_state", {"call_id": CALL, **more})
    yield "dialling", Row("call.set_data", "wrong_state", {"call_id": CALL, "data": {}})
    for method in _ASK:
        for target, error in (
            ({"agent": "1002"}, "no_such_target"),
            ({"agent": "1004"}, "target_not_idle"),
            ({"number": "13800138000"}, "number_not_allowed"),
        ):
            yield "talking", Row(method, error, {"call_id": CALL, "target": target})
        target = {"number": "13900139000"}
        yield "full", Row(method, "no_outside_line", {"call_id": CALL, "target": target})
    for number, error in (
        ("8005", "no_such_target"),
        ("8003", "target_not_idle"),
        ("13800138000", "number_not_allowed"),
    ):
        yield "idle", Row("call.dial", error, {"number": number})
    yield "full", Row("call.dial", "wrong_state", {"number": "8003"})
    yield "waiting", Row("call.dial", "no_outside_line", {"number": "13900139000"})
    yield "draining", Row("call.dial", "tenant_limit", {"number": "8011"})
    for method in ("call.complete_transfer", "call.keep", "call.toggle", "call.conference"):
        yield "talking", Row(method, "no_consultation", {"call_id": CALL})
    yield from _of_talks()
    yield from _of_agents()
    yield from _of_messages()
    yield from _of_supervisors()


def _of_talks() -> Iterator[tuple[str, Row]]:
    call = {"call_id": CALL}
    play = {**call, "then": "return"}
    much = {"x": "y" * 20_000}
    yield "talking", Row("call.play", "no_such_prompt", {**play, "prompt": "../secret.wav"})
    yield "mute", Row("call.play", "media_failed", {**play, "text": UNSPEAKABLE})
    yield "full disk", Row("call.start_recording", "media_failed", {**call, "name": "x"})
    yield "talking", Row("call.set_data", "out_of_range", {**call, "data": much})
    yield "talking", Row("call.set_disposition", "out_of_range", {**call, "codes": ["unknown"]})
    for method in ("call.start_recording", "call.receive_fax", "call.send_fax"):
        yield "inside", Row(method, "not_outside_party", {**call, **_TALK[method]})
    for method in ("call.receive_fax", "call.send_fax"):
        yield "talking", Row(method, "no_fax_resource", {**call, **_TALK[method]})
    yield "unanswered", Row("call.answer", "media_failed", call)


def _of_agents() -> Iterator[tuple[str, Row]]:
    def guest(error: str, scene: str = "idle", **params: object) -> tuple[str, Row]:
        return scene, Row("agent.login", error, {**_LOGIN, **params}, "guest")

    yield guest("bad_credentials", password="wrong")
    yield guest("locked_out", "locked out")
    yield guest("out_of_range", agent_id="1005", password="agent-1005", seat_no="9999")
    yield guest("forbidden", **{"class": "supervisor"})
    yield guest("agent_already_logged_in", agent_id="1001", password="agent-1001")
    yield guest("seat_in_use", agent_id="1005", password="agent-1005", seat_no="8001")
    yield guest("seat_mismatch", "misregistered")
    unknown = {"resume_token": "unknown", "last_seq": 0}
    yield "idle", Row("session.hello", "out_of_range", {"protocol": 2}, "guest")
    yield "idle", Row("session.resume", "bad_credentials", unknown, "guest")
    ahead = {"resume_token": TOKEN, "last_seq": 999}
    yield "idle", Row("session.resume", "out_of_range", ahead, "guest")
    for method in ("agent.set_busy", "agent.set_idle", "agent.request_break", "agent.end_break"):
        yield "talking", Row(method, "wrong_state")
    yield "idle", Row("agent.set_busy", "out_of_range", {"reason": "forced"})
    yield "idle", Row("agent.request_break", "break_quota_full")
    yield "idle", Row("agent.finish_acw", "wrong_state")
    yield "idle", Row("agent.extend_acw", "wrong_state", {"seconds": 10})
    change = {"old": "wrong", "new": "something-new"}
    yield "idle", Row("agent.change_password", "bad_credentials", change)
    yield "locked out", Row("agent.change_password", "locked_out", change)
    yield "idle", Row("seat.offer", "seat_mismatch", {"sdp": "v=0"})
    yield "browser", Row("seat.offer", "media_failed", {"sdp": "v=0"})


def _of_messages() -> Iterator[tuple[str, Row]]:
    def about(method: str, error: str, message_id: str) -> Row:
        return Row(method, error, {"message_id": message_id, **_MARK.get(method, {})})

    yield "idle", Row("voicemail.list", "forbidden", {"box": "1005"})
    for method in _MESSAGE:
        yield "idle", about(method, "no_such_message", "none")
    yield "messages", about("voicemail.play", "media_failed", "broken")
    yield "messages", about("voicemail.call_back", "number_not_allowed", "withheld")
    yield "messages", about("voicemail.call_back", "no_such_target", "from-8005")
    yield "messages", about("voicemail.call_back", "target_not_idle", "from-8003")
    for method in ("voicemail.play", "voicemail.call_back"):
        yield "full", about(method, "wrong_state", "outside")
        yield "draining", about(method, "tenant_limit", "outside")
    yield "waiting", about("voicemail.call_back", "no_outside_line", "outside")


def _of_supervisors() -> Iterator[tuple[str, Row]]:
    def boss(method: str, error: str, target: str, **more: object) -> Row:
        targets = {"targets": [target]} if method == "supervisor.send_message" else {}
        return Row(method, error, {**(targets or {"target": target}), **more}, "boss")

    others: Mapping[str, Mapping[str, Any]] = {
        "supervisor.call": {},
        "supervisor.force_logout": {},
        "supervisor.force_busy": {},
        "supervisor.force_idle": {},
        "supervisor.list_breaks": {},
        "supervisor.grant_break": {},
        "supervisor.end_break": {},
        "supervisor.send_message": {"text": "Hello."},
    }
    for method, more in {**_WATCH, **others}.items():
        yield "supervised", boss(method, "no_such_target", "8005", **more)
        yield "supervised", boss(method, "forbidden", "1005", **more)
    for method, more in _WATCH.items():
        yield "supervised", boss(method, "target_not_in_call", "1004", **more)
        scene = "full disk" if method == "supervisor.record" else "no phone"
        yield scene, boss(method, "media_failed", "1001", **more)
        yield "boss talks", boss(method, "wrong_state", "1001", **more)
    yield "supervised", boss("supervisor.call", "target_not_idle", "1004")
    yield "no phone", boss("supervisor.call", "media_failed", "1004")
    yield "boss talks", boss("supervisor.call", "wrong_state", "1004")
    yield "draining", boss("supervisor.call", "tenant_limit", "1004")
    yield "supervised", Row("supervisor.leave", "no_such_call", {"call_id": "none"}, "boss")
    yield "supervised", boss("supervisor.force_busy", "target_not_idle", "1004")
    yield "supervised", boss("supervisor.force_idle", "wrong_state", "1001")
    yield "supervised", boss("supervisor.grant_break", "target_not_idle", "1001")
    yield "supervised", boss("supervisor.end_break", "wrong_state", "1001")


def _by_scene() -> Mapping[str, tuple[Row, ...]]:
    rows = list(_rows())
    return {scene: tuple(row for where, row in rows if where == scene) for scene, _ in rows}


ROWS: Mapping[str, tuple[Row, ...]] = _by_scene()
"""Scene → what is refused in it."""
