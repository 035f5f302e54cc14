"""Busy and idle asked for in a call: refused, or kept for afterwards where the site says (A-05)."""

import asyncio
from pathlib import Path

import pytest

from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

KEPT = "[agent_proto]\nkeep_requests = true\n"


async def talking(site: SimSite, number: str = "4001") -> tuple[SimDesk, SimPhone]:
    desk, phone = await site.agent("1001", "8001")
    phone.answer_calls()
    caller = await site.caller()
    caller.dial(number)
    await asyncio.sleep(8)
    assert desk.state == "talking"
    return desk, caller


@virtual_time
async def test_they_are_refused_by_default(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, caller = await talking(site)
        for method in ("agent.set_busy", "agent.set_idle"):
            assert await desk.refusal(method) == (1101, "wrong_state")
        caller.hang_up()
        await moment()
        assert desk.state == "idle"


@pytest.mark.parametrize(("reason", "told"), [("", "pending"), ("lunch", "lunch")])
@virtual_time
async def test_busy_is_kept_until_the_call_is_over(tmp_path: Path, reason: str, told: str) -> None:
    async with running_site(tmp_path, more=KEPT) as site:
        desk, caller = await talking(site)
        answer = await desk.ask("agent.set_busy", reason=reason)
        assert answer == {"state": "talking", "reason": "", "pending": "busy"}
        assert (await desk.ask("agent.get"))["pending"] == "busy"
        caller.hang_up()
        await moment()
        assert desk.states[-2:] == ["talking", f"busy({told})"]
        assert "pending" not in await desk.ask("agent.get")


@virtual_time
async def test_it_waits_for_after_call_work(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=KEPT) as site:
        desk, caller = await talking(site, "4002")
        await desk.ask("agent.set_busy")
        caller.hang_up()
        await moment()
        changed = desk.last("agent.state_changed")
        assert (changed["state"], changed["pending"]) == ("acw", "busy")
        await asyncio.sleep(16)
        assert desk.state == "busy(pending)"


@virtual_time
async def test_idle_takes_it_back(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=KEPT) as site:
        desk, caller = await talking(site)
        await desk.ask("agent.set_busy")
        assert "pending" not in await desk.ask("agent.set_idle")
        caller.hang_up()
        await moment()
        assert desk.state == "idle"


@virtual_time
async def test_an_offer_is_no_call_yet(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=KEPT) as site:
        desk, _ = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        assert await desk.refusal("agent.set_busy") == (1101, "wrong_state")


@virtual_time
async def test_a_call_of_ones_own_leads_back_to_busy_or_where_one_asked_to_idle(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, more=KEPT) as site:
        desk, phone = await site.agent("1001", "8001")
        other = await site.phone("8011")
        for each in (phone, other):
            each.answer_calls()
        for asks in (False, True):
            await desk.ask("agent.set_busy", reason="lunch")
            await desk.ask("call.dial", number="8011")
            await moment()
            assert desk.last("agent.state_changed")["pending"] == "busy"
            if asks:
                await desk.ask("agent.set_idle")
            other.hang_up()
            await moment()
            assert desk.state == ("idle" if asks else "busy(lunch)")
