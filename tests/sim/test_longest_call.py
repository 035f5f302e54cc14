"""No call lasts longer than `pbx.longest_call`, but one for help."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.sim.test_agent_commands import served
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time

TEN_MINUTES = """
[pbx]
longest_call = 600
[[route]]
name = "out"
trunks = ["carrier"]
"""


@virtual_time
async def test_a_talk_is_ended_and_the_agent_is_free(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TEN_MINUTES) as site:
        caller, desk, phone = await served(site)
        await asyncio.sleep(591)
        assert caller.up
        await asyncio.sleep(1.1)
        assert (caller.outcome, phone.outcome) == (("bye", 200), ("bye", 200))
        assert desk.state == "idle"
        [ended] = site.told(events.CallEnded)
        assert (ended.cause, ended.by) == ("limit", "system")


@virtual_time
async def test_who_still_waits_is_let_go(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TEN_MINUTES) as site:
        caller = await site.caller()
        caller.dial("4002")
        await asyncio.sleep(601)
        assert caller.outcome == ("bye", 200)


@pytest.mark.parametrize(("number", "lasts"), [("01062345678", False), ("110", True)])
@virtual_time
async def test_a_call_for_help_lasts(tmp_path: Path, number: str, lasts: bool) -> None:
    more = (
        TEN_MINUTES
        + '[[seat]]\nseat_no = "8020"\npassword = "phone-8020"\npbx = true\ndial = "all"'
    )
    async with running_site(tmp_path, more=more) as site:
        gateway, phone = await site.gateway("10.0.0.9"), await site.phone("8020")
        gateway.answer_calls()
        phone.dial(number)
        await asyncio.sleep(700)
        assert phone.up is lasts
        phone.hang_up()
        await moment()
