import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_proto import ProtocolError
from agent_proto import models as m
from agent_proto.envelope import (
    MAX_DEPTH,
    Notification,
    Refused,
    Request,
    RequestId,
    Response,
    Unreadable,
    read_message,
    write_error,
    write_event,
    write_request,
    write_result,
)

PARSE, INVALID, PARAMS = -32700, -32600, -32602


def line(**members: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **members}).encode()


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        (line(id=1, method="a.b", params={"x": 1}), Request(1, "a.b", {"x": 1})),
        (line(id=1, method="a.b"), Request(1, "a.b", {})),
        (line(id="k", method="a.b"), Request("k", "a.b", {})),
        (line(id=1.5, method="a.b"), Request(1.5, "a.b", {})),
        (line(id=None, method="a.b"), Request(None, "a.b", {})),
        (line(id=0, method=""), Request(0, "", {})),
        (line(id=1, method="a", more="unknown members are ignored"), Request(1, "a", {})),
        (line(id=1, method="a") + b"\r", Request(1, "a", {})),
        (b" " + line(id=1, method="a") + b"\t ", Request(1, "a", {})),
        (line(id=1, method="a", params={"n": "\u674e \U0001f600"}), None),
        (line(id=1, method="a", result={}), Request(1, "a", {})),
    ],
)
def test_requests(text: bytes, request_: Request | None) -> None:
    expected = request_ or Request(1, "a", {"n": "\u674e \U0001f600"})
    assert read_message(text) == expected


@pytest.mark.parametrize("params", [{}, {"x": 1}])
def test_a_request_without_id_is_a_notification(params: dict[str, object]) -> None:
    assert read_message(line(method="a.b", params=params)) == Notification("a.b", params)
    assert read_message(line(method="a.b", params=[1])) == Notification("a.b", {})


def deep(levels: int) -> bytes:
    return line(id=1, method="a", params="P").replace(
        b'"P"', b'{"x":' * levels + b"1" + b"}" * levels
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", PARSE),
        (b"   ", PARSE),
        (b"{", PARSE),
        (b"hello", PARSE),
        (b'{"jsonrpc":"2.0","id":1,"method":"a"} x', PARSE),
        (b"{'id':1}", PARSE),
        (b"\xff\xfe", PARSE),
        (b'{"method":"\xe6\x9d"}', PARSE),
        (line(id=1, method="a").decode().encode("utf-16"), PARSE),
        (b"\xef\xbb\xbf" + line(id=1, method="a"), PARSE),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":NaN}}', PARSE),
        (b'{"jsonrpc":"2.0","id":Infinity,"method":"a"}', PARSE),
        (b'{"jsonrpc":"2.0","id":-Infinity,"method":"a"}', PARSE),
        (b'{"id":' + b"9" * 5000 + b"}", PARSE),
        (b"\x00", PARSE),
        (b"[" * 60000, PARSE),
        (b'{"a":' * 10000, PARSE),
        (b"[" * 30000 + b"]" * 30000, PARSE),
        (deep(MAX_DEPTH), PARSE),
        (b"[]", INVALID),
        (b'[{"jsonrpc":"2.0","id":1,"method":"session.ping"}]', INVALID),
        (b"1", INVALID),
        (b"null", INVALID),
        (b'"session.ping"', INVALID),
        (b"true", INVALID),
        (b"{}", INVALID),
        (line(foo=1), INVALID),
        (line(method=5), INVALID),
        (line(id=None), INVALID),
        (line(id=[1], method="a"), INVALID),
        (line(id={}, method="a"), INVALID),
        (line(id=True, method="a"), INVALID),
        (line(id="x" * 129, method="a"), INVALID),
        (b'{"jsonrpc":"2.0","id":1e999,"method":"a"}', INVALID),
        (line(id=2**64, method="a"), INVALID),
        (line(id="\ud800", method="a"), INVALID),
        (line(id=[1], result={}), INVALID),
    ],
)
def test_what_cannot_be_answered_to_anybody_is_unreadable(text: bytes, code: int) -> None:
    message = read_message(text)
    assert isinstance(message, Unreadable), message
    assert message.error.code == code


@pytest.mark.parametrize(
    ("text", "request_id", "code"),
    [
        (b'{"id":1,"method":"session.ping"}', 1, INVALID),
        (b'{"jsonrpc":"1.0","id":"a","method":"session.ping"}', "a", INVALID),
        (b'{"jsonrpc":2.0,"id":1,"method":"session.ping"}', 1, INVALID),
        (line(id=1), 1, INVALID),
        (line(id=1, method=None), 1, INVALID),
        (line(id=1, method=["a"]), 1, INVALID),
        (line(id=1, method="a", params=[1]), 1, PARAMS),
        (line(id=1, method="a", params=5), 1, PARAMS),
        (line(id=1, method="a", params=None), 1, PARAMS),
        (line(id=None, method="a", params=[]), None, PARAMS),
        (line(id=1, method="\ud800"), 1, INVALID),
        (line(id=1, method="a", params={"\udfff": 1}), 1, INVALID),
    ],
)
def test_wrong_content_with_an_id_is_refused_under_it(
    text: bytes, request_id: RequestId, code: int
) -> None:
    message = read_message(text)
    assert isinstance(message, Refused), message
    assert (message.id, message.error.code) == (request_id, code)


def test_nesting_up_to_the_limit_is_read() -> None:
    assert isinstance(read_message(deep(MAX_DEPTH - 1)), Request)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    message = read_message(line(id=1, method="a", params={"x": [[]] * 1000}))
    assert isinstance(message, Request)


def test_answers_are_read() -> None:
    assert read_message(line(id="p", result={"at": "x"})) == Response("p", {"at": "x"}, None)
    assert read_message(line(id="p", result=None)) == Response("p", {}, None)
    refused = read_message(line(id=3, error=ProtocolError("forbidden").to_dict()))
    assert isinstance(refused, Response)
    assert refused.error is not None
    assert (refused.id, refused.error.name) == (3, "forbidden")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | JSON,
        "id": JSON,
        "method": st.text() | JSON,
        "params": JSON,
        "result": JSON,
        "error": JSON,
    },
)


@given(st.binary() | JSON.map(lambda v: json.dumps(v).encode()) | MEMBERS.map(json.dumps))
def test_nothing_hostile_raises_and_every_id_can_be_repeated(text: bytes | str) -> None:
    message = read_message(text if isinstance(text, bytes) else text.encode())
    if isinstance(message, Request | Refused):
        answer = json.loads(write_error(message.id, ProtocolError("forbidden")))
        assert answer["id"] == message.id


def test_writing_and_reading_a_request() -> None:
    written = write_request("k\n", "a.b", b'{"x":1}')
    assert written.count(b"\n") == 1
    assert read_message(written) == Request("k\n", "a.b", {"x": 1})


def test_an_answer_is_one_line() -> None:
    assert write_result(7, b'{"x":1}') == b'{"jsonrpc":"2.0","id":7,"result":{"x":1}}\n'
    assert write_error(None, ProtocolError("parse_error")) == (
        b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error",'
        b'"data":{"name":"parse_error"}}}\n'
    )


class NothingHappened(m.AgentEvent):
    event = "agent.nothing_happened"


@pytest.mark.parametrize(
    ("event", "call_id", "params"),
    [
        (m.SessionClosing(reason="drain"), None, {"reason": "drain"}),
        (m.CallOfferWithdrawn(cause="no_answer"), 'c"1', {"call_id": 'c"1', "cause": "no_answer"}),
        (NothingHappened(), None, {}),
        (NothingHappened(), "c1", {"call_id": "c1"}),
    ],
)
def test_an_event_has_its_envelope_first(
    event: m.Event, call_id: str | None, params: dict[str, object]
) -> None:
    at = m.rfc3339(datetime(2025, 1, 2, tzinfo=UTC))
    written = json.loads(write_event(event, 5, at, call_id))
    assert written == {
        "jsonrpc": "2.0",
        "method": event.event,
        "params": {"seq": 5, "at": "2025-01-02T00:00:00.000Z", **params},
    }
    assert list(written["params"])[:2] == ["seq", "at"]
