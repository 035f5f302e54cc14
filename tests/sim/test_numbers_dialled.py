"""Queues and flows that lead to an outside number or an extension (WZ-T22, WZ-T2(d), HL-3b)."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from callcenter.ops.methods import Questions
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

CARRIER = "10.0.0.9"
DUTY = "13700137000"
SITE = """
[ivr]
flows = "{flows}"
[[queue]]
name = "forwarded"
skills = {{ sales = 1 }}
on_all_busy = "number:13700137000"
[[queue]]
name = "slow"
skills = {{ sales = 1 }}
max_wait = 5
on_timeout = "number:13700137000"
[[number]]
dnis = "4010"
queue = "forwarded"
[[number]]
dnis = "4011"
queue = "slow"
[[number]]
dnis = "4012"
flow = "welcome"
"""
FLOW = """
start: duty
nodes:
  duty: {kind: dial, number: "8011", on_failed: nobody, next: thanks}
  thanks: {kind: hangup, prompt: Thank you.}
  nobody: {kind: hangup, prompt: Nobody is there.}
"""


def more(folder: Path) -> str:
    flows = folder / "flows"
    flows.mkdir()
    (flows / "welcome.yaml").write_text(FLOW)
    return SITE.format(flows=flows)


async def calls(site: SimSite, dnis: str) -> SimPhone:
    caller = await site.caller()
    caller.dial(dnis)
    await moment()
    return caller


def left(site: SimSite) -> list[str]:
    return [event.outcome for event in site.told(events.QueueLeft)]


@virtual_time
async def test_all_busy_forwards_to_the_outside_number(tmp_path: Path) -> None:
    """WZ-T22"""
    async with running_site(tmp_path, more=more(tmp_path), max_calls=4) as site:
        duty = await site.gateway(CARRIER)
        duty.answer_calls(after=3)
        await site.desk("1001", "8001", state="busy")
        caller = await calls(site, "4010")
        assert left(site) == ["all_busy"]
        await asyncio.sleep(5)
        assert (caller.hears, duty.hears) == ("gateway", "13800138000")
        [reached] = site.told(events.ReachStarted)
        assert reached.number == DUTY
        duty.hang_up()
        await moment()
        assert caller.outcome == ("bye", 200)


@virtual_time
async def test_nobody_at_the_outside_number_and_the_caller_is_told(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=more(tmp_path), max_calls=4) as site:
        duty = await site.gateway(CARRIER)
        duty.on_call = lambda call: call.reject(486)
        caller = await calls(site, "4011")
        await asyncio.sleep(5)
        assert left(site) == ["timeout"]
        assert "Sorry" in caller.hears
        await asyncio.sleep(10)
        assert caller.outcome == ("bye", 200)


@virtual_time
async def test_a_caller_who_leaves_stops_the_ringing(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=more(tmp_path), max_calls=4) as site:
        duty = await site.gateway(CARRIER)
        await site.desk("1001", "8001", state="busy")
        caller = await calls(site, "4010")
        await asyncio.sleep(2)
        assert not duty.idle
        caller.hang_up()
        await moment()
        assert duty.outcome == ("cancelled", 487)


@pytest.mark.parametrize("there", [True, False])
@virtual_time
async def test_a_flow_dials_and_goes_on_as_it_comes(tmp_path: Path, there: bool) -> None:
    async with running_site(tmp_path, more=more(tmp_path)) as site:
        phone = await site.phone("8011")
        phone.answer_calls(after=1) if there else phone.ring_for(1, lambda call: call.reject(480))
        caller = await calls(site, "4012")
        await asyncio.sleep(1)
        if there:
            assert (caller.hears, phone.hears) == ("8011", "13800138000")
            phone.hang_up()
            await moment()
        assert caller.hears == ("Thank you." if there else "Nobody is there.")


@virtual_time
async def test_an_operator_sends_who_waits_to_a_number(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=more(tmp_path)) as site:
        phone = await site.phone("8012")
        phone.answer_calls()
        caller = await calls(site, "4001")
        params = {"call_id": site.call.call_id, "target": "number:8012"}
        await Questions(site.exchange).registry().answer("transfer", params)
        await moment()
        assert (caller.hears, phone.hears) == ("8012", "13800138000")
        assert left(site) == ["transferred"]
