"""IP-2.1.2b: what callers who wait are told, what they may press, and where flows look first."""

import asyncio
from pathlib import Path

from callcenter import events
from callcenter.statistics.forecast import SAMPLES
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

TELLING = """
[ivr]
flows = "{flows}"
[[queue]]
name = "telling"
skills = {{ support = 1 }}
announce_after = 10
announce_every = 30
keys = {{ 0 = "queue:support", 7 = "flow:again", 9 = "flow:bye" }}
max_wait = 600
[[number]]
dnis = "4005"
queue = "telling"
[[number]]
dnis = "4006"
flow = "look"
"""
BYE = """
start: bye
nodes:
  bye: {kind: hangup, prompt: Bye.}
"""
AGAIN = """
variables: {asked: again}
start: again
nodes:
  again: {kind: queue, queue: telling}
"""
LOOK = """
start: look
nodes:
  look:
    kind: branch
    queue: telling
    cases:
      - {waiting: ">= 2", next: "queue:support"}
    otherwise: queue:telling
"""


def site_text(folder: Path) -> str:
    flows = folder / "flows"
    flows.mkdir()
    for name, text in (("again", AGAIN), ("bye", BYE), ("look", LOOK), ("welcome", BYE)):
        (flows / f"{name}.yaml").write_text(text)
    return TELLING.format(flows=flows)


def entered(site: SimSite) -> list[str]:
    return [event.queue for event in site.told(events.QueueEntered)]


@virtual_time
async def test_callers_are_told_their_place_in_turn_and_only_when_it_is_better(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, more=site_text(tmp_path)) as site:
        first, second = await site.caller("1"), await site.caller("2")
        first.dial("4005")
        await moment()
        second.dial("4005")
        await asyncio.sleep(10.5)
        assert first.hears == "You are the next in line."
        assert second.hears == "You are number 2 in line."
        await asyncio.sleep(1)
        assert second.hears == "<music>"
        await asyncio.sleep(30)  # nothing has changed
        assert second.hears == "<music>"
        first.hang_up()
        await asyncio.sleep(30.2)
        assert second.hears == "You are the next in line."
        told = [(each.position, each.longest_s) for each in site.told(events.WaitAnnounced)]
        assert told == [(1, None), (2, None), (1, None)]


@virtual_time
async def test_an_answer_ends_what_is_being_said(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_text(tmp_path)) as site:
        caller = await site.caller()
        caller.dial("4005")
        await asyncio.sleep(9.9)
        _, phone = await site.agent("1002", "8002")
        await asyncio.sleep(1)
        phone.answer()
        await asyncio.sleep(9)
        assert caller.hears == "8002"
        assert not site.told(events.WaitAnnounced)
        await asyncio.sleep(60)
        assert caller.hears == "8002"


@virtual_time
async def test_a_key_without_meaning_brings_the_music_back(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_text(tmp_path)) as site:
        caller = await site.caller()
        caller.dial("4005")
        await asyncio.sleep(10.5)
        assert caller.hears == "You are the next in line."
        caller.press("5")
        await moment()
        assert caller.hears == "<music>"


@virtual_time
async def test_a_key_leads_out_of_the_queue_with_the_place_kept(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_text(tmp_path)) as site:
        caller = await site.caller()
        caller.dial("4005")
        await asyncio.sleep(5)
        caller.press("0")
        await moment()
        assert entered(site) == ["telling", "support"]
        assert round(site.told(events.QueueEntered)[-1].waited_s) == 5
        assert [left.outcome for left in site.told(events.QueueLeft)] == ["key_exit"]


@virtual_time
async def test_a_key_leads_to_a_flow_that_hears_keys_again(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_text(tmp_path)) as site:
        caller = await site.caller()
        caller.dial("4005")
        await asyncio.sleep(5)
        caller.press("9")
        await moment()
        assert caller.hears == "Bye."
        await asyncio.sleep(2)
        assert caller.outcome == ("bye", 200)


@virtual_time
async def test_what_a_flow_adds_to_the_call_is_not_told_of_offers_before(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_text(tmp_path)) as site:
        await site.agent("1002", "8002")
        caller = await site.caller()
        caller.dial("4005")
        await moment()
        caller.press("7")
        await moment()
        assert entered(site) == ["telling", "telling"]
        told = [offered.data for offered in site.told(events.AgentOffered)]
        assert told == [{}, {"asked": "again"}]


@virtual_time
async def test_a_flow_looks_at_the_queue_before_it_sends_anybody_there(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_text(tmp_path)) as site:
        for name in "123":
            (await site.caller(name)).dial("4006")
            await moment()
        assert entered(site) == ["telling", "telling", "support"]


@virtual_time
async def test_the_wait_is_told_once_waits_have_proved_it(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_text(tmp_path), max_calls=5) as site:
        _, phone = await site.agent("1002", "8002")
        phone.answer_calls()
        talker = await site.caller("0")
        talker.dial("4005")
        for number in range(2 * SAMPLES + 2):
            waiter = await site.caller(str(number + 1))
            await moment()
            waiter.dial("4005")
            await asyncio.sleep(119)  # a talk takes two minutes: the next one waits as long
            talker.hang_up()
            await asyncio.sleep(1)
            talker = waiter
        ranges = {(each.least_s, each.longest_s) for each in site.told(events.WaitAnnounced)[-2:]}
        assert len(ranges) == 1
        [(least, longest)] = ranges
        assert least is not None
        assert longest is not None
        assert least <= 120 <= longest
