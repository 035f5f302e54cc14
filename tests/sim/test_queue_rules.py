"""What `[[queue]]` says, in whole calls: ring-all, steps, full and closed queues, the wait kept."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from callcenter.ops.methods import Questions
from callcenter.ops.registry import AskError
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

ALL = """
[[queue]]
name = "all"
skills = { sales = 1 }
strategy = "ring_all"
[[queue]]
name = "short"
skills = { sales = 1 }
max_length = 0
on_full = "queue:sales"
[[queue]]
name = "now"
skills = { sales = 1 }
on_all_busy = "queue:all"
[[number]]
dnis = "4005"
queue = "all"
[[number]]
dnis = "4006"
queue = "short"
[[number]]
dnis = "4007"
queue = "now"
"""


async def ringing(site: SimSite) -> tuple[tuple[SimDesk, SimPhone], tuple[SimDesk, SimPhone]]:
    """Two agents whose phones ring for one caller."""
    ann, dai = await site.agent("1001", "8001"), await site.agent("1004", "8002")
    caller = await site.caller()
    caller.dial("4005")
    await moment()
    assert [desk.state for desk, _ in (ann, dai)] == ["ringing", "ringing"]
    assert [phone.idle for _, phone in (ann, dai)] == [False, False]
    return ann, dai


@virtual_time
async def test_the_first_to_pick_up_talks_and_the_other_is_told(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=ALL) as site:
        (ann, first), (dai, second) = await ringing(site)
        second.answer()
        await moment()
        assert (dai.state, ann.state) == ("talking", "idle")
        assert first.outcome == ("cancelled", 487)
        assert ann.last("call.offer_withdrawn")["cause"] == "answered_elsewhere"
        outcomes = {each.agent_id: each.outcome for each in site.told(events.OfferEnded)}
        assert outcomes == {"1001": "lost_race", "1004": "accepted"}
        second.hang_up()
        await moment()
        assert dai.state == "idle"


@virtual_time
async def test_two_who_pick_up_in_the_same_moment(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=ALL) as site:
        (ann, first), (dai, second) = await ringing(site)
        first.answer()
        second.answer()
        await moment()
        assert sorted([ann.state, dai.state]) == ["idle", "talking"]
        assert [each.up for each in (first, second)].count(True) == 1
        assert len(site.told(events.TalkStarted)) == 1


@virtual_time
async def test_one_declines_and_the_other_rings_on(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=ALL) as site:
        (ann, first), (dai, second) = await ringing(site)
        await ann.ask("call.reject", call_id=ann.call_id)
        await moment()
        assert (ann.state, dai.state) == ("busy(rejected)", "ringing")
        assert first.idle
        await dai.ask("call.answer", call_id=dai.call_id)
        second.answer()
        await moment()
        assert dai.state == "talking"


@virtual_time
async def test_a_caller_who_leaves_stops_all_phones(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=ALL) as site:
        (ann, first), (dai, second) = await ringing(site)
        site.call.end("hangup", "caller")
        await moment()
        assert (ann.state, dai.state) == ("idle", "idle")
        assert (first.outcome, second.outcome) == (("cancelled", 487), ("cancelled", 487))


@virtual_time
async def test_a_full_queue_gives_on_to_another(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=ALL) as site:
        caller = await site.caller()
        caller.dial("4006")
        await moment()
        left = [(each.queue, each.outcome) for each in site.told(events.QueueLeft)]
        entered = [each.queue for each in site.told(events.QueueEntered)]
        assert (left, entered) == ([("short", "full")], ["short", "sales"])
        caller.hang_up()
        await moment()


@virtual_time
async def test_all_busy_gives_on_to_another_queue_in_the_old_place(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=ALL) as site:
        caller = await site.caller()
        caller.dial("4007")
        await moment()
        entered = [each.queue for each in site.told(events.QueueEntered)]
        assert entered == ["now", "all"]
        assert site.call.waiting_since == site.told(events.QueueEntered)[0].at
        caller.hang_up()
        await moment()


@virtual_time
async def test_a_long_wait_brings_agents_of_another_queue_and_is_told(tmp_path: Path) -> None:
    steps = 'skills = { sales = 1 }\nsteps = [{ after = 5, queues = ["support"] }]\nacw = 0'
    more = ALL.replace("skills = { sales = 1 }", steps, 1)
    async with running_site(tmp_path, more=more) as site:
        desk, phone = await site.agent("1002", "8001")
        caller = await site.caller()
        caller.dial("4005")
        await asyncio.sleep(4)
        assert (desk.state, phone.idle) == ("idle", True)
        await asyncio.sleep(2)
        assert (desk.state, phone.idle) == ("ringing", False)
        (taken,) = site.told(events.QueueStepTaken)
        assert (taken.queue, taken.step) == ("all", 1)
        phone.answer()
        await moment()
        caller.hang_up()
        await moment()
        assert desk.state == "idle"


@virtual_time
async def test_a_closed_queue_sends_everybody_away_until_it_is_opened(tmp_path: Path) -> None:
    more = ALL.replace("on_full = ", 'on_closed = "queue:support"\non_full = ').replace(
        "max_length = 0", "max_length = 5"
    )
    async with running_site(tmp_path, more=more) as site:
        questions = Questions(site.exchange).registry()
        caller = await site.caller()
        caller.dial("4006")
        await moment()
        await questions.answer("close_queue", {"queue": "short", "clear": True})
        await moment()
        told = [(each.queue, each.outcome) for each in site.told(events.QueueLeft)]
        assert told == [("short", "closed")]
        assert [each.queue for each in site.told(events.QueueEntered)] == ["short", "support"]
        caller.hang_up()
        await moment()
        opened = await questions.answer("open_queue", {"queue": "short"})
        assert opened == {"open": "short", "still": None}
        again = await site.caller("13900139000")
        again.dial("4006")
        await moment()
        assert site.told(events.QueueEntered)[-1].queue == "short"
        again.hang_up()
        await moment()
        for method in ("close_queue", "open_queue"):
            with pytest.raises(AskError, match="no queue is named 'nowhere'"):
                await questions.answer(method, {"queue": "nowhere"})


@virtual_time
async def test_the_wait_counts_from_the_first_queue(tmp_path: Path) -> None:
    more = ALL.replace('strategy = "ring_all"', 'max_wait = 5\non_timeout = "queue:support"')
    async with running_site(tmp_path, more=more) as site:
        caller = await site.caller()
        caller.dial("4005")
        await asyncio.sleep(7)
        desk, phone = await site.agent("1002", "8001")
        await moment()
        assert 7 <= site.told(events.AgentOffered)[0].waited_s < 8
        phone.answer()
        await moment()
        assert site.call.waiting_since is not None
        caller.hang_up()
        await moment()
        assert desk.state == "acw"
