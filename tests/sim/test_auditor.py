"""Agents who are stuck are found, freed and reported; nobody else is touched."""

import asyncio
from pathlib import Path

import pytest

import acd
from callcenter import events
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


def reported(site: SimSite) -> list[str]:
    site.expect_errors()
    assert site.exchange.desk.auditor.healed == len(site.told(events.AgentUnstuck))
    return [event.fault for event in site.told(events.AgentUnstuck)]


@virtual_time
async def test_a_talk_of_a_call_that_is_gone(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(8)
        call_id = desk.call_id
        forgotten = site.exchange.switchboard.calls.pop(call_id)
        await asyncio.sleep(11)
        assert desk.state == "idle"
        assert reported(site) == ["talks_with_nobody"]
        site.exchange.switchboard.calls[call_id] = forgotten
        caller.hang_up()
        await moment()


@virtual_time
async def test_an_offer_that_rings_nowhere_has_a_deadline_and_needs_no_auditor(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        post = site.exchange.dispatcher.post
        post(acd.ContactQueued("nobody", "support", enqueued_at=site.clock.now()))
        await asyncio.sleep(12)
        assert desk.states == ["idle", "ringing", "busy(no_answer)"]
        assert reported(site) == []
        post(acd.ContactLeft("nobody"))


@virtual_time
async def test_an_engagement_and_a_line_without_a_call(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        one, _ = await site.agent("1001", "8001")
        two, _ = await site.agent("1002", "8002")
        site.exchange.dispatcher.post(acd.AgentEngaged("1001", "dialling"))
        site.exchange.services.pbx.lines.take("8002", "talking")
        await asyncio.sleep(4)
        assert (one.state, two.state) == ("dialling", "talking"), "once is not enough"
        await asyncio.sleep(7)
        assert (one.state, two.state) == ("idle", "idle")
        assert sorted(reported(site)) == ["engaged_by_nobody", "line_of_nobody"]


@virtual_time
async def test_who_rings_or_talks_is_left_alone(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(9)
        phone.answer()
        await asyncio.sleep(30)
        assert caller.hears == "8001"
        caller.hang_up()
        await moment()
        phone.dial("4000")
        await asyncio.sleep(12)
        phone.hang_up()
        await moment()
        assert not site.told(events.AgentUnstuck)


@virtual_time
async def test_a_ring_past_its_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.switch.auditor.LEASE_MARGIN_S", -25.0)  # of 30 s
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(4)
        look = site.exchange.desk.auditor.look
        look()
        look()
        assert desk.state == "ringing"
        await asyncio.sleep(3)
        look()
        look()
        await moment()
        assert desk.state == "busy(device_failed)"
        assert reported(site) == ["rung_too_long"]


@virtual_time
async def test_after_call_work_that_never_ends(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller = await site.caller()
        caller.dial("4002")
        await asyncio.sleep(8)
        caller.hang_up()
        await moment()
        acw = site.exchange.dispatcher.engine._floor.agents["1001"].acw
        assert acw is not None
        acw.cancel()
        await asyncio.sleep(16)
        assert desk.state == "acw"
        await asyncio.sleep(15)
        assert desk.state == "idle"
        assert reported(site) == ["wraps_up_for_ever"]


@virtual_time
async def test_a_talk_that_the_queues_know_nothing_of(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(8)
        site.exchange.dispatcher.post(acd.ContactEnded(desk.call_id))
        await asyncio.sleep(11)
        assert (phone.idle, caller.idle, desk.state) == (True, True, "idle")
        assert reported(site) == ["talk_of_nobody"]


@virtual_time
async def test_a_sign_in_that_only_one_side_knows_of(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        dispatcher = site.exchange.dispatcher
        dispatcher.post(acd.AgentSignedOut("1001"))
        dispatcher.post(acd.AgentSignedIn("1002", {"support": 5}))
        await asyncio.sleep(11)
        assert desk.state == "busy(forced)"
        assert dispatcher.engine.agent("1002") is None
        assert sorted(reported(site)) == ["signed_in_nowhere", "unknown_to_the_queues"]
        await desk.ask("agent.set_idle")
