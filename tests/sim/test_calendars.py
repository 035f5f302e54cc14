"""Closing time, in whole calls: it is Thursday 16:53 in Shanghai when a simulation begins."""

import asyncio
from pathlib import Path

from callcenter import events
from callcenter.ops.methods import Questions
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time

OFFICE = """
[[calendar]]
name = "office"
workday = { work = ["09:00-17:00", "17:30-18:00"], break = ["17:00-17:30"] }
[[queue]]
name = "hours"
skills = { sales = 1 }
calendar = "office"
on_closed = "flow:closed"
on_break = "voicemail"
[[queue]]
name = "clears"
skills = { nobody = 1 }
calendar = "office"
clear_when_closed = true
on_closed = "voicemail"
[[number]]
dnis = "4005"
queue = "hours"
[[number]]
dnis = "4006"
queue = "clears"
[[number]]
dnis = "4007"
queue = "sales"
calendar = "office"
on_closed = "flow:closed"
on_break = "queue:support"
"""
TO_BREAK = 400.0 + 1
TO_CLOSING = 4000.0 + 1


@virtual_time
async def test_a_queue_is_closed_by_its_calendar(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=OFFICE) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4005")
        await moment()
        phone.answer()
        await moment()
        assert desk.state == "talking"
        await asyncio.sleep(TO_BREAK)
        assert desk.state == "talking"  # a talk goes on
        phone.hang_up()
        await moment()
        late = await site.caller("13800000002")
        late.dial("4005")
        await asyncio.sleep(30)
        assert desk.state == "idle"
        assert site.told(events.QueueLeft)[-1].outcome == "closed"
        late.hang_up()
        assert [each["closed"] for each in Questions(site.exchange).status()["queues"]][
            2
        ] == "break"
        await asyncio.sleep(TO_CLOSING - TO_BREAK)
        assert site.exchange.opening.reason("hours") == "off"
        later = await site.caller("13800000003")
        later.dial("4005")
        await asyncio.sleep(5)
        assert site.told(events.FlowStarted)[-1].flow == "closed"
        said = [str(prompt) for prompt in site.prompts.loaded]
        assert any("from 9 a.m. to 5 p.m. and from 5:30 p.m. to 6 p.m." in text for text in said)
        later.hang_up()


@virtual_time
async def test_who_waits_at_closing_time_may_have_to_leave(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=OFFICE) as site:
        await asyncio.sleep(TO_BREAK + 1800)
        caller = await site.caller()
        caller.dial("4006")
        await asyncio.sleep(TO_CLOSING - TO_BREAK - 1800)
        assert site.told(events.QueueLeft)[-1].outcome == "closed"
        caller.hang_up()


@virtual_time
async def test_a_number_leads_elsewhere_by_its_calendar(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=OFFICE) as site:
        for wait, queue in ((0.0, "sales"), (TO_BREAK, "support")):
            await asyncio.sleep(wait)
            caller = await site.caller()
            caller.dial("4007")
            await moment()
            assert site.told(events.QueueEntered)[-1].queue == queue
            caller.hang_up()
            await moment()
        await asyncio.sleep(TO_CLOSING - TO_BREAK)
        caller = await site.caller()
        caller.dial("4007")
        await asyncio.sleep(5)
        assert site.told(events.FlowStarted)[-1].flow == "closed"
        caller.hang_up()


@virtual_time
async def test_the_operator_closes_beside_the_calendar(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=OFFICE) as site:
        questions = Questions(site.exchange)
        questions.close_queue("hours")
        await asyncio.sleep(TO_BREAK)
        assert questions.open_queue("hours") == {"open": "hours", "still": "break"}
        (office,) = questions.calendars()
        assert (office["kind"], office["band"]) == ("workday", "break")
        await asyncio.sleep(1800)
        assert site.exchange.opening.reason("hours") is None
