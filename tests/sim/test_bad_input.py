"""What a client should not send: a precise error, nobody else is touched, calls go on."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

TEAMS = """
[[agent]]
agent_id = "1006"
name = "Fay"
password = "agent-1006"
class = "supervisor"
team = "other"
"""


async def talking(site: SimSite) -> tuple[SimDesk, SimPhone]:
    """A desk in a talk, and the caller."""
    desk, phone = await site.agent("1001", "8001")
    phone.answer_calls()
    caller = await site.caller()
    caller.dial("4001")
    await asyncio.sleep(9)
    assert (desk.state, caller.hears) == ("talking", "8001")
    return desk, caller


def request(method: str, **params: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).encode()


UNREADABLE: dict[str, tuple[bytes, int]] = {
    "garbage": (b"\x00\xff\xfe nonsense \x80", -32700),
    "half a line": (b'{"jsonrpc":"2.0","id":1,"meth', -32700),
    "a megabyte": (b'{"x":"' + b"a" * 1_000_000 + b'"}', -32700),
    "a megabyte of brackets": (b"[" * 1_000_000, -32700),
    "deep JSON": (b'{"a":' * 2000 + b"1" + b"}" * 2000, -32700),
    "another protocol": (b"GET / HTTP/1.1", -32700),
    "a list": (b"[1,2,3]", -32600),
    "a number": (b"42", -32600),
    "no id to answer to": (b'{"jsonrpc":"1.0","method":"session.ping"}', -32600),
    "an id that is none": (b'{"jsonrpc":"2.0","id":{},"method":"session.ping"}', -32600),
}


@pytest.mark.parametrize("what", UNREADABLE)
@virtual_time
async def test_the_third_line_that_nobody_can_read_costs_the_connection_and_not_the_call(
    tmp_path: Path, what: str
) -> None:
    line, code = UNREADABLE[what]
    async with running_site(tmp_path) as site:
        desk, caller = await talking(site)
        other = await site.desk("1002", "8002")
        for _ in range(3):
            assert not desk.closed.is_set()
            desk.write(line)
            await asyncio.sleep(1)
        assert [answer["error"]["code"] for answer in desk.unasked] == [code] * 3
        assert {answer["id"] for answer in desk.unasked} == {None}
        assert desk.closed.is_set()
        assert caller.hears == "8001", "the agent has the grace time to come back"
        assert await other.ask("session.ping")
        again = await site.links.connect()
        await again.resume(desk)
        assert (await again.ask("agent.get"))["state"] == "talking"


@virtual_time
async def test_a_line_in_pieces_is_one_line(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.desk("1001", "8001")
        line = request("session.ping")
        for piece in (line[:5], line[5:40], line[40:]):
            desk.write(piece, end=b"")
            await asyncio.sleep(1)
        desk.write(b"")
        await moment()
        [answer] = desk.unasked
        assert (answer["id"], list(answer["result"])) == (7, ["at"])


WRONG: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
    ("call.hold", {}, (-32602, "invalid_params")),
    ("call.hold", {"call_id": None}, (-32602, "invalid_params")),
    ("call.hold", {"call_id": {"a": []}}, (-32602, "invalid_params")),
    ("call.hold", {"call_id": "x" * 129}, (1004, "out_of_range")),
    ("call.transfer", {"target": "8002"}, (-32602, "invalid_params")),
    ("call.transfer", {"target": {}}, (-32602, "invalid_params")),
    ("call.transfer", {"target": {"seat": "8002", "queue": "sales"}}, (-32602, "invalid_params")),
    ("call.transfer", {"target": {"seat": 8002}}, (-32602, "invalid_params")),
    ("call.set_data", {"data": []}, (-32602, "invalid_params")),
    ("call.set_data", {"data": {"a": "x" * 20_000}}, (1004, "out_of_range")),
    ("call.set_disposition", {"codes": "sold"}, (-32602, "invalid_params")),
    ("call.set_disposition", {"codes": [1]}, (-32602, "invalid_params")),
    ("call.play", {"then": "return"}, (-32602, "invalid_params")),
    ("call.play", {"text": "a", "prompt": "b", "then": "return"}, (-32602, "invalid_params")),
    ("agent.extend_acw", {"seconds": 1e300}, (-32602, "invalid_params")),
    ("agent.extend_acw", {"seconds": True}, (-32602, "invalid_params")),
    ("supervisor.monitor", {"target": "8001"}, (1201, "forbidden")),
    ("no.such_method", {}, (-32601, "method_not_found")),
]


@pytest.mark.parametrize(("method", "params", "refusal"), WRONG)
@virtual_time
async def test_readable_nonsense_is_refused_and_changes_nothing(
    tmp_path: Path, method: str, params: dict[str, Any], refusal: tuple[int, str]
) -> None:
    async with running_site(tmp_path) as site:
        desk, caller = await talking(site)
        if method.startswith("call.") and "call_id" not in params and params:
            params = {"call_id": desk.call_id, **params}
        before = await desk.ask("agent.get")
        for _ in range(4):
            assert await desk.refusal(method, **params) == refusal
        assert await desk.ask("agent.get") == before
        assert caller.hears == "8001"
        assert not desk.closed.is_set(), "readable JSON never costs the connection"


CALL_METHODS: dict[str, dict[str, Any]] = {
    "call.answer": {},
    "call.reject": {},
    "call.hangup": {},
    "call.hold": {},
    "call.retrieve": {},
    "call.mute": {},
    "call.unmute": {},
    "call.consult": {"target": {"seat": "8011"}},
    "call.complete_transfer": {},
    "call.keep": {},
    "call.toggle": {},
    "call.conference": {},
    "call.transfer": {"target": {"seat": "8011"}},
    "call.play": {"text": "hello", "then": "return"},
    "call.start_recording": {"name": "x"},
    "call.stop_recording": {"name": "x"},
    "call.set_data": {"data": {}},
}


@pytest.mark.parametrize("method", CALL_METHODS)
@virtual_time
async def test_a_foreign_call_is_no_call_and_goes_on_as_it_was(tmp_path: Path, method: str) -> None:
    async with running_site(tmp_path) as site:
        desk, caller = await talking(site)
        stranger = await site.desk("1002", "8002", **{"class": "supervisor"})
        for call_id in (desk.call_id, "20260101-000000-00000000", "", "../../etc/passwd"):
            refusal = await stranger.refusal(method, call_id=call_id, **CALL_METHODS[method])
            assert refusal == (1102, "no_such_call")
        assert (desk.state, caller.hears) == ("talking", "8001")


@pytest.mark.parametrize("method", CALL_METHODS)
@virtual_time
async def test_a_call_that_is_over_is_no_call(tmp_path: Path, method: str) -> None:
    async with running_site(tmp_path) as site:
        desk, caller = await talking(site)
        call_id = desk.call_id
        caller.hang_up()
        await moment()
        refusal = await desk.refusal(method, call_id=call_id, **CALL_METHODS[method])
        assert refusal == (1102, "no_such_call")


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("monitor", {}),
        ("whisper", {}),
        ("barge", {}),
        ("intercept", {}),
        ("record", {"name": "x"}),
        ("call", {}),
        ("force_logout", {}),
        ("force_busy", {}),
        ("force_idle", {}),
        ("grant_break", {}),
        ("end_break", {}),
    ],
)
@virtual_time
async def test_another_teams_agent_is_out_of_reach(
    tmp_path: Path, method: str, more: dict[str, Any]
) -> None:
    async with running_site(tmp_path, more=TEAMS) as site:
        desk, caller = await talking(site)
        stranger = await site.desk("1006", "8002", **{"class": "supervisor"})
        before = await desk.ask("agent.get")
        for target in ("8001", "1001"):
            refusal = await stranger.refusal(f"supervisor.{method}", target=target, **more)
            assert refusal == (1201, "forbidden")
        for target in ("4242", "", "8013"):
            refusal = await stranger.refusal(f"supervisor.{method}", target=target, **more)
            assert refusal == (1103, "no_such_target")
        refusal = await stranger.refusal("supervisor.send_message", targets=["1001"], text="x")
        assert refusal == (1201, "forbidden")
        assert await desk.ask("agent.get") == before
        assert caller.hears == "8001"
