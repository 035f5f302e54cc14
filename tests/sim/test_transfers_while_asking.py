"""REFER with Replaces onto a call that is not answered yet: whoever is given on takes its place."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.sim.test_agent_commands import served
from tests.sim.test_replaces import PBX
from tests.sim.test_transfers import Transfer, talking
from tests.support.sim_phone import HOST
from tests.support.sim_site import CARRIER, moment, running_site
from tests.support.virtual_loop import virtual_time

OUT = """
[[route]]
name = "out"
trunks = ["carrier"]
[pbx]
outside_prefix = "0"
dial = "all"
"""


@pytest.mark.parametrize("leaver", ["caller", "called"])
@virtual_time
async def test_whom_the_phone_asks_still_rings(tmp_path: Path, leaver: str) -> None:
    """They are rung for who stays, who hears it ring."""
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        gives, stays = (first, second) if leaver == "caller" else (second, first)
        kept = gives.call
        gives.dial("8013")
        await asyncio.sleep(1)
        transfer = Transfer(kept, "8013", replaces=gives.call)
        await moment()
        assert transfer.told == [100]
        assert gives.outcome == ("rejected", 487)
        assert third.log == [("incoming", gives.user), ("cancelled", 487), ("incoming", stays.user)]
        assert stays.hears == "<ringback>"
        await asyncio.sleep(2)
        assert transfer.told == [100, 200]
        assert gives.idle
        assert (stays.hears, third.hears) == ("8013", stays.user)
        assert [end.cause for end in site.told(events.CallEnded)] == ["transferred"]
        stays.hang_up()
        await moment()
        assert third.outcome == ("bye", 200)


@virtual_time
async def test_an_agent_gives_a_customer_on_to_a_phone_that_rings(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        call_id, kept = desk.call_id, phone.call
        helped, helper = await site.agent("1004", "8002")
        phone.dial("8002")
        await moment()
        assert (helped.state, desk.state) == ("ringing", "talking")
        Transfer(kept, "8002", replaces=phone.call)
        await moment()
        assert helped.last("call.ringing")["call_id"] == call_id
        helper.answer()
        await moment()
        assert (caller.hears, helper.hears) == ("8002", "13800138000")
        assert phone.idle
        assert (desk.state, helped.state) == ("idle", "talking")
        assert helped.last("call.answered")["call_id"] == call_id
        caller.hang_up()
        await moment()


@virtual_time
async def test_the_only_line_is_free_for_who_is_given_on(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=OUT, max_calls=1) as site:
        first, second, _ = await talking(site)
        mobile = await site.gateway(CARRIER)
        kept = second.call
        second.dial("013900139000")
        await moment()
        asking = mobile.call
        transfer = Transfer(kept, "013900139000", replaces=second.call)
        await moment()
        assert asking.end is not None
        mobile.answer()
        await moment()
        assert transfer.told == [100, 200]
        assert (first.hears, mobile.hears) == ("gateway", "8011")
        first.hang_up()
        await moment()


@virtual_time
async def test_whom_the_phone_asks_does_not_answer(tmp_path: Path) -> None:
    """The talk comes back."""
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        third.ring_for(2, lambda call: call.reject(486))
        kept = second.call
        second.dial("8013")
        await asyncio.sleep(1)
        transfer = Transfer(kept, "8013", replaces=second.call)
        await asyncio.sleep(3)
        assert transfer.told == [100, 486]
        assert first.hears == "8012"
        first.hang_up()
        await moment()
        assert second.idle


@pytest.mark.parametrize("who", ["seat", "pbx"])
@virtual_time
async def test_a_place_in_a_queue_is_given_on(tmp_path: Path, who: str) -> None:
    """Before whoever came after the phone that has waited."""
    async with running_site(tmp_path, more=PBX) as site:
        gives = await site.gateway("10.0.0.7") if who == "pbx" else await site.phone("8012")
        stays = await site.phone("8011")
        stays.answer_calls()
        gives.dial("8011", from_user="8501" if who == "pbx" else "")
        await moment()
        kept = gives.call
        gives.dial("4001", from_user="8501" if who == "pbx" else "")
        await asyncio.sleep(2)
        later = await site.caller()
        later.dial("4001")
        await asyncio.sleep(2)
        transfer = Transfer(kept, "4001", replaces=gives.call)
        await moment()
        assert transfer.told == [100, 200]
        assert gives.idle
        assert stays.hears == "<music>"
        [left] = site.told(events.QueueLeft)
        assert left.outcome == "transferred"
        assert site.told(events.QueueEntered)[-1].waited_s == pytest.approx(4, abs=0.1)
        desk, phone = await site.agent("1001", "8001")
        phone.answer()
        await asyncio.sleep(8)
        assert desk.state == "talking"
        assert (stays.hears, later.hears) == ("8001", "<music>")
        stays.hang_up()
        later.hang_up()
        await moment()


@virtual_time
async def test_it_may_be_asked_for_in_the_call_that_waits(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        kept = first.call
        first.dial("4001")
        third.dial("4001")
        await moment()
        others = Transfer(third.call, "8012", replaces=kept)
        nowhere = Transfer(first.call, "8013")
        await moment()
        assert (others.told, nowhere.told) == ([481], [603])
        Transfer(first.call, "8012", replaces=kept)
        await moment()
        assert first.idle
        assert second.hears == "<music>"
        [given] = site.told(events.CallTransferred)
        assert (given.by, given.how) == ("8011", "blind")
        second.hang_up()
        third.hang_up()
        await moment()


@virtual_time
async def test_an_agent_is_rung_for_the_phone_that_gives_on(tmp_path: Path) -> None:
    """The same agent, for who is given on."""
    async with running_site(tmp_path) as site:
        first, second, _ = await talking(site)
        desk, agent = await site.agent("1001", "8001")
        kept = first.call
        first.dial("4001")
        await moment()
        assert desk.state == "ringing"
        Transfer(kept, "4001", replaces=first.call)
        await moment()
        assert (first.idle, desk.state) == (True, "ringing")
        assert desk.last("call.ringing")["ani"] == "8012"
        agent.answer()
        await asyncio.sleep(8)
        assert (second.hears, agent.hears) == ("8001", "8012")
        second.hang_up()
        await moment()


@virtual_time
async def test_a_menu_begins_anew_for_who_is_given_on(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, second, _ = await talking(site)
        kept = first.call
        first.dial("4000")
        await asyncio.sleep(1)
        transfer = Transfer(kept, "4000", replaces=first.call)
        await moment()
        assert transfer.told == [100, 200]
        assert first.idle
        assert second.hears not in ("", "<music>", "8011"), "the menu"
        second.hang_up()
        await moment()


@virtual_time
async def test_it_is_answered_as_the_phone_gives_on(tmp_path: Path) -> None:
    """Nothing is lost: the phone still has both calls, and may ask again."""
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        third.ring_for(60, lambda call: None)
        kept = second.call
        second.dial("8013")
        await moment()
        asking = second.call
        third.answer()
        transfer = Transfer(kept, "8013", replaces=asking)
        await moment()
        assert transfer.told == [100, 481]
        assert (first.hears, third.hears) == ("8012", "8012")
        again = Transfer(kept, "8013", replaces=asking)
        await moment()
        assert again.told == [100, 200]
        assert (first.hears, third.hears) == ("8013", "8011")
        first.hang_up()
        await moment()


@virtual_time
async def test_it_is_answered_as_the_phone_gives_on_and_leaves(tmp_path: Path) -> None:
    """The customer is first in line again."""
    async with running_site(tmp_path) as site:
        caller, _, phone = await served(site)
        _, helper = await site.agent("1004", "8002")
        kept = phone.call
        phone.dial("8002")
        await moment()
        helper.answer()
        Transfer(kept, "8002", replaces=phone.call)
        kept.hangup()
        await moment()
        assert helper.hears == "8001"
        assert caller.hears == "<music>"
        caller.hang_up()
        phone.hang_up()
        await moment()


@pytest.mark.parametrize("leaver", ["caller", "called"])
@virtual_time
async def test_the_phone_leaves_as_soon_as_it_is_taken_up(tmp_path: Path, leaver: str) -> None:
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        gives, stays = (first, second) if leaver == "caller" else (second, first)
        kept = gives.call
        gives.dial("8013")
        await moment()

        def taken_up(_code: int, _phrase: str) -> None:
            kept.hangup()

        assert kept.refer(f"sip:8013@{HOST}", taken_up, replaces=gives.call)
        await asyncio.sleep(3)
        assert gives.idle
        assert (stays.hears, third.hears) == ("8013", stays.user)
        stays.hang_up()
        await moment()


@virtual_time
async def test_what_is_refused(tmp_path: Path) -> None:
    """With 481, and why in the log: what is another's, and what is over."""
    async with running_site(tmp_path) as site:
        first, _, third = await talking(site)
        third.dial("4001")
        await moment()
        others = Transfer(first.call, "4001", replaces=third.call)
        await moment()
        assert others.told == [481]
        assert third.hears == "<music>"
        third.hang_up()
        await moment()
        gone = Transfer(first.call, "4001", replaces=third.call)
        await moment()
        assert gone.told == [481]
        reasons = [e["reason"] for e in site.logged("info") if e["event"] == "transfer refused"]
        assert reasons == ["names another's call", "names no call of ours"]
        assert first.hears == "8012"
