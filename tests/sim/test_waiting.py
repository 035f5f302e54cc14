"""Callers who wait: whose turn it is, after-call work, and what happens when it takes too long."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

APOLOGY = "All our agents are still busy. Please call again later. Goodbye."
NOBODY_HERE = "Nobody is here to take your call now. Please call again later. Goodbye."

URGENT = """
[ivr]
flows = "{flows}"
[[queue]]
name = "deserted"
skills = {{ support = 1 }}
on_no_agents = "hangup"
[[number]]
dnis = "4005"
queue = "deserted"
[[number]]
dnis = "4009"
flow = "urgent"
"""
URGENT_FLOW = """
start: now
nodes:
  now:
    kind: queue
    queue: support
    priority: 9
    next: hangup
"""
WELCOME_FLOW = """
start: bye
nodes:
  bye:
    kind: hangup
"""


async def calls(site: SimSite, *dialled: str) -> list[SimPhone]:
    """A caller for each number, a second apart; callers are called 1, 2 …"""
    callers = []
    for name, number in enumerate(dialled, 1):
        caller = await site.caller(str(name))
        caller.dial(number)
        callers.append(caller)
        await asyncio.sleep(1)
    return callers


@virtual_time
async def test_two_callers_share_one_agent_in_the_order_of_their_coming(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls(after=1)
        first, second = await calls(site, "4001", "4001")
        await asyncio.sleep(9)
        assert (first.hears, second.hears) == ("8001", "<music>")

        first.hang_up()
        await asyncio.sleep(8)
        assert second.hears == "8001"
        assert desk.last("call.ringing")["waited_s"] == pytest.approx(10, abs=0.1)


@virtual_time
async def test_an_urgent_caller_goes_first(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "urgent.yaml").write_text(URGENT_FLOW)
    (flows / "welcome.yaml").write_text(WELCOME_FLOW)
    async with running_site(tmp_path, more=URGENT.format(flows=flows)) as site:
        await calls(site, "4002", "4002", "4009")
        phone = await site.phone("8001")
        phone.answer_calls()
        await site.desk("1002", "8001")
        rung = []
        for _ in range(3):
            await asyncio.sleep(1)
            rung.append(site.told(events.AgentOffered)[-1].ani)
            phone.hang_up()
            await asyncio.sleep(15)

        assert rung == ["3", "1", "2"]


@virtual_time
async def test_after_call_work_lasts_its_time_then_the_next_caller_rings(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1002", "8001")
        phone.answer_calls()
        first, second = await calls(site, "4002", "4002")
        await asyncio.sleep(10)
        first.hang_up()
        await asyncio.sleep(14.9)
        assert (desk.state, second.hears) == ("acw", "<music>")

        await asyncio.sleep(0.2)
        assert desk.states[-4:] == ["acw", "idle", "ringing", "talking"]
        [started] = site.told(events.WrapUpStarted)
        [ended] = site.told(events.WrapUpEnded)
        assert ended.at - started.at == pytest.approx(15)


@virtual_time
async def test_set_idle_ends_after_call_work(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1002", "8001")
        phone.answer_calls()
        first, second = await calls(site, "4002", "4002")
        await asyncio.sleep(10)
        first.hang_up()
        await asyncio.sleep(3)
        result = await desk.ask("agent.set_idle")
        await asyncio.sleep(8)

        assert result["state"] == "ringing"
        assert second.hears == "8001"


@virtual_time
async def test_set_busy_ends_after_call_work_and_no_caller_comes(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1002", "8001")
        phone.answer_calls()
        first, second = await calls(site, "4002", "4002")
        await asyncio.sleep(10)
        first.hang_up()
        await asyncio.sleep(3)
        result = await desk.ask("agent.set_busy", reason="lunch")
        await asyncio.sleep(30)

        assert (result["state"], result["reason"]) == ("busy", "lunch")
        assert second.hears == "<music>"


@virtual_time
async def test_after_the_longest_wait_the_caller_hears_an_apology_and_is_released(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        [caller] = await calls(site, "4002")
        await asyncio.sleep(599.5)
        assert caller.hears == APOLOGY

        await asyncio.sleep(1)
        assert caller.outcome == ("bye", 200)
        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by) == ("max_wait", "system")
        [left] = site.told(events.QueueLeft)
        assert (left.outcome, left.at) == ("timeout", 1600)


@virtual_time
async def test_a_ring_in_progress_at_the_end_of_the_longest_wait_may_be_answered(
    tmp_path: Path,
) -> None:
    """A-07"""
    async with running_site(tmp_path) as site:
        [caller] = await calls(site, "4001")
        await asyncio.sleep(15)
        _, phone = await site.agent("1001", "8001")
        await asyncio.sleep(6)
        assert caller.hears == "<music>"

        phone.answer()
        await asyncio.sleep(8)
        assert caller.hears == "8001"


@virtual_time
async def test_a_caller_whose_last_ring_fails_after_the_longest_wait_is_given_up(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        [caller] = await calls(site, "4001")
        await asyncio.sleep(15)
        await site.agent("1001", "8001")
        await asyncio.sleep(10.1)

        assert [left.outcome for left in site.told(events.QueueLeft)] == ["timeout"]
        assert "leave a message" in caller.hears


@virtual_time
async def test_where_nobody_is_signed_in_nobody_waits(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "urgent.yaml").write_text(URGENT_FLOW)
    (flows / "welcome.yaml").write_text(WELCOME_FLOW)
    async with running_site(tmp_path, more=URGENT.format(flows=flows)) as site:
        caller = await site.caller()
        caller.dial("4005")
        await moment()
        port = caller.port
        await asyncio.sleep(1.1)
        assert [left.outcome for left in site.told(events.QueueLeft)] == ["no_agents"]
        assert NOBODY_HERE in [heard for _, heard in port.heard_log]
        assert caller.outcome == ("bye", 200)


@pytest.mark.parametrize("signed_in", [False, True])
@virtual_time
async def test_a_flow_that_has_a_way_out_of_a_deserted_queue_needs_none_in_the_queue(
    tmp_path: Path, signed_in: bool
) -> None:
    """When the caller comes, and when the last agent leaves while they wait."""
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "urgent.yaml").write_text(URGENT_FLOW + "    on_no_agents: voicemail\n")
    (flows / "welcome.yaml").write_text(WELCOME_FLOW)
    async with running_site(tmp_path, more=URGENT.format(flows=flows)) as site:
        if signed_in:
            desk = await site.desk("1001", "8001", state="busy")
        caller = await site.caller("1")
        caller.dial("4009")
        await moment()
        other = await site.caller("2")
        other.dial("4002")
        await moment()
        if signed_in:
            assert caller.hears == "<music>"
            await desk.ask("agent.logout")
            await moment()

        assert [left.outcome for left in site.told(events.QueueLeft)] == ["no_agents"]
        assert "leave a message" in caller.hears
        assert other.hears == "<music>", "who came by another way waits"


@virtual_time
async def test_music_that_cannot_be_had_costs_no_call(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        site.prompts.missing.add("<music>")
        _, phone = await site.agent("1001", "8001")
        [caller] = await calls(site, "4001")
        assert caller.hears == ""
        phone.answer()
        await asyncio.sleep(8)

        assert caller.hears == "8001"
        assert [entry["event"] for entry in site.expect_errors()] == ["no music"]


@virtual_time
async def test_keys_hammered_in_the_queue_mean_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        [caller] = await calls(site, "4001")
        caller.press("0123456789*#" * 100)
        await asyncio.sleep(1)
        assert caller.hears == "<music>"
        _, phone = await site.agent("1001", "8001")
        phone.answer()
        await asyncio.sleep(8)
        caller.press("0#" * 100)
        await asyncio.sleep(1)

        assert caller.hears == "8001"
