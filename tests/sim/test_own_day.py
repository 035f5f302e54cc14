"""`agent.statistics` on live calls."""

import asyncio
from pathlib import Path

import pytest

from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time


@virtual_time
async def test_the_day_of_an_agent(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller = await site.caller()
        caller.dial("4002")
        await asyncio.sleep(30)
        caller.hang_up()
        await asyncio.sleep(20)  # 15 of them after-call work
        await desk.ask("agent.request_break")
        await asyncio.sleep(60)
        day = await desk.ask("agent.statistics")
        assert (day["offered"], day["answered"], day["no_answer"], day["outgoing"]) == (1, 1, 0, 0)
        assert (day["state"], day["reason"]) == ("busy", "break")
        expected = {"talk_s": 30, "acw_s": 15, "idle_s": 5, "break_s": 60, "state_s": 60}
        expected |= {"average_talk_s": 30, "average_handling_s": 45, "signed_in_s": 110}
        assert {name: day[name] for name in expected} == pytest.approx(expected, abs=0.2)
        assert (day["breaks"], day["busy"]) == (1, 0)
        assert [each["queue"] for each in day["queues"]] == ["sales", "support"]
        await moment()


@virtual_time
async def test_nobody_has_a_day_before_they_sign_in(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.links.connect()
        assert await desk.refusal("agent.statistics") == (1001, "not_logged_in")
