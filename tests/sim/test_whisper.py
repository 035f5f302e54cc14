"""What the agent alone is told before the caller is joined."""

import asyncio
from pathlib import Path

from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

WHISPERS = """
[[queue]]
name = "claims"
skills = { sales = 1 }
whisper = "Claims"
announce_agent = false
[[number]]
dnis = "4005"
queue = "claims"
"""


async def answered(site: SimSite) -> tuple[SimPhone, SimDesk, SimPhone]:
    """Caller and agent, in the moment of the answer."""
    desk, phone = await site.agent("1001", "8001")
    phone.answer_calls(after=1)
    caller = await site.caller()
    caller.dial("4005")
    await asyncio.sleep(1)
    await moment()
    return caller, desk, phone


@virtual_time
async def test_the_agent_is_told_the_queue_s_name_while_the_caller_hears_it_ring(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, more=WHISPERS) as site:
        caller, _, phone = await answered(site)
        assert (phone.hears, caller.hears) == ("Claims", "<ringback>")
        await asyncio.sleep(5)
        assert (phone.hears, caller.hears) == ("13800138000", "8001")


@virtual_time
async def test_who_is_muted_or_held_meanwhile_is_joined_when_the_words_are_over(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, more=WHISPERS) as site:
        caller, desk, phone = await answered(site)
        await desk.about_call("call.mute")
        await moment()
        assert (phone.hears, caller.hears) == ("Claims", "<ringback>")
        await asyncio.sleep(5)
        assert (phone.hears, caller.hears) == ("13800138000", "")


@virtual_time
async def test_either_may_leave_while_it_is_said(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=WHISPERS) as site:
        caller, desk, phone = await answered(site)
        caller.hang_up()
        await moment()
        assert (phone.idle, desk.state) == (True, "idle")
        caller = await site.caller()
        caller.dial("4005")
        await asyncio.sleep(1)
        await moment()
        phone.hang_up()
        await moment()
        assert caller.idle


@virtual_time
async def test_words_that_cannot_be_had_are_left_out(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=WHISPERS) as site:
        site.prompts.missing.add("Claims")
        caller, _, phone = await answered(site)
        await asyncio.sleep(5)
        assert (phone.hears, caller.hears) == ("13800138000", "8001")
        assert len(site.expect_errors()) == 1
