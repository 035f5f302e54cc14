"""WZ-T2, A-24: whole calls to the agent whom the caller's number or keys name."""

import asyncio
from pathlib import Path

from callcenter import events
from callcenter.routing.customers import Customer
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

LAST = """
[[queue]]
name = "again"
skills = { sales = 1 }
last_agent = true
last_agent_wait = 30
max_wait = 60
[[number]]
dnis = "4005"
queue = "again"
"""
VIP = "13800138000"


def offered(site: SimSite) -> list[str]:
    return [event.agent_id for event in site.told(events.AgentOffered)]


@virtual_time
async def test_a_number_tied_to_an_extension_rings_there_first(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        site.exchange.customers.load([Customer(VIP, agent="8002")])
        await site.agent("1001", "8001")
        await site.agent("1004", "8002")
        (await site.caller("10086")).dial("4001")
        await moment()
        (await site.caller(VIP)).dial("4001")
        await moment()
        assert offered(site) == ["1001", "1004"]


@virtual_time
async def test_the_last_agent_is_waited_for(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=LAST) as site:
        ann, first = await site.agent("1001", "8001")
        caller = await site.caller(VIP)
        caller.dial("4005")
        await moment()
        first.answer()
        await moment()
        caller.hang_up()
        await moment()
        await ann.ask("agent.set_busy", reason="paperwork")
        await site.agent("1004", "8002")
        again = await site.caller(VIP)
        again.dial("4005")
        await moment()
        assert offered(site) == ["1001"]
        await ann.ask("agent.set_idle")
        await moment()
        assert offered(site) == ["1001", "1001"]


@virtual_time
async def test_an_important_customer_goes_before_who_came_earlier(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        site.exchange.customers.load([Customer(VIP, priority=1)])
        (await site.caller("10086")).dial("4001")
        await moment()
        (await site.caller(VIP)).dial("4001")
        await moment()
        assert [event.priority for event in site.told(events.QueueEntered)] == [0, 1]
        await site.agent("1001", "8001")
        await moment()
        [ring] = site.told(events.AgentOffered)
        assert ring.ani == VIP


@virtual_time
async def test_who_is_given_on_to_a_queue_keeps_what_they_had_waited(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller(VIP)
        caller.dial("4001")
        await asyncio.sleep(15)
        ann, phone = await site.agent("1001", "8001")
        await moment()
        phone.answer()
        await asyncio.sleep(60)
        await ann.ask("call.transfer", call_id=ann.call_id, target={"queue": "support"})
        await moment()
        entered = site.told(events.QueueEntered)
        told = [(each.queue, round(each.waited_s)) for each in entered]
        assert told == [("sales", 0), ("support", 15)]
