"""Three in a call: by command and by keys; whoever leaves, the two others go on (WZ-T19)."""

import asyncio
from pathlib import Path

import pytest

import sip
from tests.sim.test_agent_commands import served
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


def heard(phone: SimPhone) -> set[str]:
    """All whom the phone hears at once."""
    return set(phone.hears.split("+")) if phone.hears else set()


async def three(
    site: SimSite, *, invited: bool = False
) -> tuple[SimPhone, tuple[SimDesk, SimPhone], tuple[SimDesk, SimPhone]]:
    """Caller, the agent at 8001 and the one at 8002, in conference."""
    caller, desk, phone = await served(site)
    helped, helper = await site.agent("1004", "8002")
    helper.answer_calls()
    target = {"agent": "1004"}
    if invited:
        await desk.ask("call.conference", call_id=desk.call_id, target=target)
        await asyncio.sleep(1)
    else:
        await desk.ask("call.consult", call_id=desk.call_id, target=target)
        await asyncio.sleep(1)
        await desk.about_call("call.conference")
        await moment()
    assert heard(caller) == {"8001", "8002"}
    assert heard(phone) == {"13800138000", "8002"}
    assert heard(helper) == {"13800138000", "8001"}
    for each in (desk, helped):
        roles = [who["role"] for who in each.last("call.conferenced")["participants"]]
        assert roles == ["caller", "agent", "consulted"]
    return caller, (desk, phone), (helped, helper)


@pytest.mark.parametrize("invited", [True, False])
@pytest.mark.parametrize("by", ["command", "phone"])
@virtual_time
async def test_the_agent_leaves(tmp_path: Path, by: str, invited: bool) -> None:
    async with running_site(tmp_path) as site:
        caller, (desk, phone), (helped, helper) = await three(site, invited=invited)
        assert await desk.refusal_about_call("call.conference") == (1101, "wrong_state")
        assert await desk.refusal_about_call("call.toggle") == (1101, "wrong_state")
        if by == "command":
            await desk.about_call("call.hangup")
        else:
            phone.hang_up()
        await moment()
        assert phone.idle
        assert desk.state == "idle"
        assert (caller.hears, helper.hears) == ("8002", "13800138000")
        await helped.about_call("call.hangup")
        await moment()
        assert caller.outcome == ("bye", 200)
        assert [each.names.count("call.ended") for each in (desk, helped)] == [1, 1]


@pytest.mark.parametrize("by", ["command", "phone", "keep"])
@virtual_time
async def test_who_was_asked_leaves(tmp_path: Path, by: str) -> None:
    async with running_site(tmp_path) as site:
        caller, (desk, phone), (helped, helper) = await three(site)
        if by == "command":
            await helped.about_call("call.hangup")
        elif by == "phone":
            helper.hang_up()
        else:
            await desk.about_call("call.keep")
        await moment()
        assert helper.idle
        assert helped.state == "idle"
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        assert "call.participant_left" in desk.names
        assert "call.consult_failed" not in desk.names
        await desk.about_call("call.hold")
        await moment()
        assert caller.hears == "<music>"


@virtual_time
async def test_the_caller_leaves(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, (desk, phone), (helped, helper) = await three(site)
        caller.hang_up()
        await moment()
        assert (phone.idle, helper.idle) == (True, True)
        assert (desk.state, helped.state) == ("idle", "idle")


@virtual_time
async def test_a_conference_by_keys(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, _, phone = await served(site)
        other = await site.phone("8011")
        other.answer_calls()
        phone.press(sip.FLASH + "8011*")
        await asyncio.sleep(1)
        phone.press("*")
        await moment()
        assert heard(caller) == {"8001", "8011"}
        other.hang_up()
        await moment()
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
