"""Agents are told how their queues stand, and what the house posts."""

import asyncio
from pathlib import Path

from callcenter.event_stream import FOLLOW_S
from callcenter.ops.methods import Questions
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


def often(site: SimSite, seconds: float) -> None:
    """As if the site file had `queue_updates_s`."""
    limits = site.settings.agent_proto.model_copy(update={"queue_updates_s": seconds})
    object.__setattr__(site.exchange.services.settings, "agent_proto", limits)


@virtual_time
async def test_agents_are_told_of_their_own_queues_when_these_change(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        often(site, 1.0)
        desk = await site.desk("1004", "8004", state="busy")
        other = await site.desk("1002", "8002")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1 + 2 * FOLLOW_S)
        told = desk.last("queue.updated")
        assert (told["queue"], told["waiting"], told["idle"], told["talking"]) == ("sales", 1, 0, 0)
        assert 0.9 < told["longest_wait_s"] < 1.2
        count = desk.names.count("queue.updated")
        await asyncio.sleep(10)
        assert desk.names.count("queue.updated") == count, "nothing has changed"
        caller.hang_up()
        await asyncio.sleep(1 + 2 * FOLLOW_S)
        assert desk.last("queue.updated")["waiting"] == 0
        queues = {t.params["queue"] for t in other.told if t.name == "queue.updated"}
        assert queues <= {"support"}


@virtual_time
async def test_a_crowd_of_changes_is_told_once(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        often(site, 2.0)
        desk = await site.desk("1004", "8004", state="busy")
        await asyncio.sleep(3)
        before = desk.names.count("queue.updated")
        callers = [await site.caller(f"1380000000{n}") for n in range(3)]
        for caller in callers:
            caller.dial("4001")
            await asyncio.sleep(0.2)
        await asyncio.sleep(2)
        assert desk.names.count("queue.updated") == before + 1
        assert desk.last("queue.updated")["waiting"] == 3
        for caller in callers:
            caller.hang_up()


@virtual_time
async def test_nothing_is_told_where_the_site_does_not_want_it(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        often(site, 0.0)
        desk = await site.desk("1004", "8004")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(5)
        assert "queue.updated" not in desk.names
        caller.hang_up()


@virtual_time
async def test_the_house_posts_a_notice(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.desk("1001", "8001")
        questions = Questions(site.exchange)
        assert questions.post_notice("Cake in the kitchen.") == {"told": 1}
        assert questions.post_notice("Not for you.", team="other") == {"told": 0}
        await moment()
        assert desk.last("notice.posted")["text"] == "Cake in the kitchen."
        assert desk.names.count("notice.posted") == 1


@virtual_time
async def test_an_agent_takes_their_calls_and_messages_to_another_seat(tmp_path: Path) -> None:
    """Hot-desking."""
    async with running_site(tmp_path) as site:
        desk, first = await site.agent("1001", "8001")
        second = await site.phone("8002")
        await desk.ask("agent.logout")
        site.records.put("m1", "1001")
        assert (await desk.login("1001", "8002"))["unheard_messages"] == 1
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        assert (len(first.calls), len(second.calls)) == (0, 1)
        second.answer()
        await asyncio.sleep(9)
        assert (caller.hears, second.hears) == ("8002", "13800138000")
        first.dial("4000")
        await moment()
        assert first.outcome[0] == "rejected", "nobody sits there any more"
