"""The judge of sessions finds what it is there to find."""

from typing import Any

import pytest

from tests.support.openrpc import openrpc


def request(method: str, **params: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def answer(**result: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "result": result}


def event(name: str, **params: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": name, "params": params}


AT = {"seq": 1, "at": "2026-11-20T12:20:57.936Z"}


@pytest.mark.parametrize(
    "transcript",
    [
        [request("call.hold", call_id="c1"), answer()],
        [request("agent.set_busy"), answer(state="busy", reason="")],
        [event("call.recording_stopped", **AT, call_id="c1", recording_id="r", duration_s=1.5)],
        [
            request("nonsense"),
            {"id": 1, "error": {"code": -32601, "data": {"name": "method_not_found"}}},
        ],
    ],
)
def test_what_is_right_passes(transcript: list[dict[str, Any]]) -> None:
    openrpc().check(transcript)


@pytest.mark.parametrize(
    "transcript",
    [
        [request("call.hold"), answer()],
        [request("call.hold", call_id=7), answer()],
        [request("agent.set_busy"), answer(state="busy")],
        [request("agent.set_busy"), answer(state="asleep", reason="")],
        [event("call.invented", **AT)],
        [event("call.held", call_id="c1")],
        [event("call.held", seq=1, at="yesterday", call_id="c1")],
        [event("call.recording_stopped", **AT, call_id="c1", recording_id="r")],
        [{"id": 1, "error": {"code": 1102, "data": {"name": "wrong_state"}}}],
        [request("agent.get"), {"id": 1, "error": {"code": 1101, "data": {"name": "wrong_state"}}}],
    ],
)
def test_what_is_wrong_does_not(transcript: list[dict[str, Any]]) -> None:
    with pytest.raises((AssertionError, KeyError)):
        openrpc().check(transcript)
