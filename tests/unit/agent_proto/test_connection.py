import json
from contextlib import nullcontext
from typing import Any

import pytest

from agent_proto import Limits, Session
from agent_proto import models as m
from agent_proto.connection import Call, Connection, HangUp, Pause, Reply, Step
from agent_proto.framing import TOO_LONG
from agent_proto.session import SessionFacts
from tests.support.fake_desk import wall

LIMITS = Limits(heartbeat_s=15, login_timeout_s=60, requests_per_s=1, request_burst=3, max_line=100)
LOGIN = {"agent_id": "1", "password": "p", "seat_no": "8001"}


def new_session() -> Session:
    return Session(
        SessionFacts(
            session_id="s",
            resume_token="t",
            wall=wall,
            on_ended=lambda _: None,
            turn=nullcontext(),
            replay_events=4,
            request_keys=4,
        )
    )


@pytest.fixture
def connection() -> Connection:
    return Connection(new_session(), LIMITS, now=0.0)


@pytest.fixture
def greeted(connection: Connection) -> Connection:
    connection.greeted = True
    return connection


@pytest.fixture
def signed_in(greeted: Connection) -> Connection:
    greeted.session.signed_in = True
    return greeted


def request(method: str, params: object = None, **members: object) -> bytes:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}, **members}
    return json.dumps(message).encode()


def error(step: Step | None) -> tuple[Any, int, str]:
    """Id, code and name of a refusal."""
    assert isinstance(step, Reply | Pause), step
    answer = json.loads(step.line)
    return answer["id"], answer["error"]["code"], answer["error"]["data"]["name"]


@pytest.mark.parametrize(
    "method", ["session.ping", "session.resume", "agent.login", "agent.get", "no.such_method"]
)
def test_hello_comes_first(connection: Connection, method: str) -> None:
    for _ in range(3):
        refused = connection.receive(request(method), now=100.0)
        assert error(refused) == (1, -32600, "hello_first")
        assert isinstance(refused, Reply)
        assert not refused.last
        connection.enter(new_session(), now=100.0)


def test_hello_is_admitted(connection: Connection) -> None:
    step = connection.receive(request("session.hello", {"protocol": 1}), now=0.0)
    assert isinstance(step, Call)
    assert (step.id, step.method.name, step.params) == (
        1,
        "session.hello",
        m.HelloParams(protocol=1),
    )


@pytest.mark.parametrize(
    "method",
    ["agent.logout", "agent.set_busy", "agent.get", "call.answer", "call.reject", "call.hangup"],
)
def test_before_login_nothing_else_is_told(greeted: Connection, method: str) -> None:
    # not even that params are wrong
    assert error(greeted.receive(request(method, {"call_id": 5}), 0.0)) == (
        1,
        1001,
        "not_logged_in",
    )


@pytest.mark.parametrize(
    ("method", "params"),
    [("agent.login", LOGIN), ("session.resume", {"resume_token": "t", "last_seq": 0})],
)
def test_who_is_signed_in_cannot_sign_in(
    signed_in: Connection, method: str, params: dict[str, object]
) -> None:
    assert error(signed_in.receive(request(method, params), 0.0)) == (
        1,
        1002,
        "agent_already_logged_in",
    )


@pytest.mark.parametrize(
    "method",
    ["", "agent", "agent.login ", "AGENT.LOGIN", "call.held", "supervisor.teleport"],
)
def test_methods_that_version_1_has_not_are_unknown(signed_in: Connection, method: str) -> None:
    assert error(signed_in.receive(request(method), 0.0)) == (1, -32601, "method_not_found")


def test_wrong_params_are_refused(signed_in: Connection) -> None:
    assert error(signed_in.receive(request("call.answer", {"call_id": 5}), 0.0)) == (
        1,
        -32602,
        "invalid_params",
    )


def test_the_third_unreadable_line_closes(signed_in: Connection) -> None:
    table: list[tuple[Any, tuple[object, int, str], bool]] = [
        (b"not JSON", (None, -32700, "parse_error"), False),
        (request("call.answer", {"call_id": 5}), (1, -32602, "invalid_params"), False),
        (b"[]", (None, -32600, "invalid_request"), False),
        (request("no.such"), (1, -32601, "method_not_found"), False),
        (TOO_LONG, (None, -32700, "line_too_long"), True),
    ]
    for now, (line, refusal, last) in enumerate(table, start=100):
        step = signed_in.receive(line, float(now))
        assert error(step) == refusal
        assert isinstance(step, Reply)
        assert step.last is last


@pytest.mark.parametrize(
    "line",
    [
        request("session.ping", id=1, jsonrpc="1.0"),
        b'{"jsonrpc":"2.0","id":1}',
        request("no.such_method"),
        request("call.answer", [1]),
        request("call.answer", {"call_id": {}}),
    ],
)
def test_readable_json_with_wrong_content_never_closes(signed_in: Connection, line: bytes) -> None:
    for now in range(10):
        step = signed_in.receive(line, float(now))
        assert isinstance(step, Reply)
        assert not step.last


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc":"2.0","method":"agent.set_idle"}',
        b'{"jsonrpc":"2.0","method":"no.such_method"}',
        b'{"jsonrpc":"2.0","id":"ping-1","result":{"at":"x"}}',
        b'{"jsonrpc":"2.0","id":"ping-1","error":{"code":-32601,"message":"no"}}',
    ],
)
def test_notifications_and_answers_do_nothing(signed_in: Connection, line: bytes) -> None:
    assert signed_in.receive(line, 0.0) is None


def test_too_many_requests_are_refused_for_a_while(signed_in: Connection) -> None:
    ping = request("session.ping")
    assert all(isinstance(signed_in.receive(ping, 0.0), Call) for _ in range(3))
    step = signed_in.receive(ping, 0.25)
    assert error(step) == (1, 1301, "rate_limited")
    assert isinstance(step, Pause)
    assert step.seconds == 0.75
    assert json.loads(step.line)["error"]["data"]["retry_after_s"] == 0.75
    assert isinstance(signed_in.receive(ping, 1.0), Call)


@pytest.mark.parametrize(
    ("line", "answered"),
    [
        (b'{"jsonrpc":"2.0","method":"x"}', False),
        (b'{"jsonrpc":"2.0","id":"ping-1","result":{}}', False),
        (b'{"jsonrpc":"2.0","id":1}', True),
    ],
)
def test_a_flood_of_anything_is_slowed_down(
    signed_in: Connection, line: bytes, answered: bool
) -> None:
    steps = [signed_in.receive(line, 0.0) for _ in range(4)]
    assert isinstance(steps[3], Pause)
    assert not any(isinstance(step, Pause) for step in steps[:3])
    assert bool(steps[3].line) is answered


def ping_id(step: Step | None) -> str:
    assert isinstance(step, Reply), step
    message = json.loads(step.line)
    assert message["method"] == "session.ping"
    return str(message["id"])


def test_a_silent_peer_is_pinged_three_times_and_given_up(signed_in: Connection) -> None:
    signed_in.receive(request("session.ping"), now=10.0)
    assert signed_in.next_deadline() == 25.0
    assert signed_in.advance(24.9) is None
    for now, expected in [(25.0, "ping-1"), (40.0, "ping-2"), (55.0, "ping-3")]:
        assert ping_id(signed_in.advance(now)) == expected
        assert signed_in.advance(now) is None
        assert signed_in.next_deadline() == now + 15
    assert signed_in.advance(70.0) == HangUp("silent")


def test_hello_starts_the_heartbeat(connection: Connection) -> None:
    connection.receive(request("session.hello", {"protocol": 1}), now=14.0)
    connection.greeted = True
    assert connection.advance(15.0) is None
    assert connection.next_deadline() == 29.0
    assert ping_id(connection.advance(29.0)) == "ping-1"


def test_pings_that_are_late_do_not_come_in_a_heap(signed_in: Connection) -> None:
    assert ping_id(signed_in.advance(100.0)) == "ping-1"
    assert signed_in.advance(100.0) is None
    assert signed_in.next_deadline() == 115.0


@pytest.mark.parametrize(
    "sign_of_life",
    [b'{"jsonrpc":"2.0","id":"ping-1","result":{"at":"x"}}', request("session.ping"), b"rubbish"],
)
def test_any_line_is_a_sign_of_life(signed_in: Connection, sign_of_life: bytes) -> None:
    for now in (15.0, 30.0, 45.0):
        signed_in.advance(now)
    signed_in.receive(sign_of_life, now=50.0)
    assert signed_in.next_deadline() == 65.0
    assert ping_id(signed_in.advance(65.0)) == "ping-1"


def test_who_does_not_say_hello_is_not_pinged(connection: Connection) -> None:
    for now in (15.0, 30.0, 45.0):
        assert connection.next_deadline() == now
        assert connection.advance(now) is None
    assert connection.advance(59.9) is None
    assert connection.advance(60.0) == HangUp("nobody signed in")


def test_who_does_not_sign_in_is_hung_up_on(greeted: Connection) -> None:
    greeted.heard(55.0)
    assert greeted.next_deadline() == 60.0
    assert greeted.advance(60.0) == HangUp("nobody signed in")


def test_who_signed_in_may_stay(signed_in: Connection) -> None:
    signed_in.heard(55.0)
    assert signed_in.next_deadline() == 70.0
    assert signed_in.advance(60.0) is None


def test_after_signing_out_the_time_to_sign_in_starts_anew(signed_in: Connection) -> None:
    signed_in.enter(new_session(), now=500.0)
    signed_in.heard(550.0)
    assert signed_in.advance(559.9) is None
    assert signed_in.advance(560.0) == HangUp("nobody signed in")
