"""INVITE with Replaces (RFC 3891): a phone moves a talk to itself, picks up what rings, or takes
the place of somebody behind the same trunk. Its refusals are those of §3.
"""

import asyncio
from pathlib import Path

import pytest

import sip
from callcenter import events
from tests.sim.test_agent_commands import served
from tests.sim.test_transfers import talking
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

GROUP = """
[[seat]]
seat_no = "8021"
password = "phone-8021"
pbx = true
pickup_group = "hall"
[[seat]]
seat_no = "8022"
password = "phone-8022"
pbx = true
pickup_group = "hall"
"""
PBX = """
[[trunk]]
name = "pbx"
hosts = ["10.0.0.7"]
line = "internal"
extensions = ["85*"]
"""


def replacing(call: sip.Call, *, early_only: bool = False) -> tuple[tuple[str, str], ...]:
    """The Replaces field that names what this side of the call knows."""
    named = call.as_replaced
    assert named is not None
    return (("Replaces", str(named._replace(early_only=early_only))),)


# -- a talk moves --------------------------------------------------------------------------------


@virtual_time
async def test_an_invite_that_would_replace_anothers_call_is_refused(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        third.dial("8012", headers=replacing(second.call))
        await moment()
        assert third.outcome == ("rejected", 603)
        assert (first.hears, second.hears) == ("8012", "8011")


@pytest.mark.parametrize("mover", ["caller", "called"])
@virtual_time
async def test_a_talk_moves_to_another_phone_of_the_seat(tmp_path: Path, mover: str) -> None:
    """RFC 3891"""
    async with running_site(tmp_path) as site:
        first, second, _ = await talking(site)
        moves, stays = (first, second) if mover == "caller" else (second, first)
        before = moves.call
        moves.dial(stays.user, headers=replacing(before))
        await moment()
        assert before.end is not None
        assert moves.call is not before
        assert (moves.hears, stays.hears) == (stays.user, moves.user)
        assert len(site.exchange.switchboard.calls) == 1
        stays.hang_up()
        await moment()
        assert moves.idle


@virtual_time
async def test_a_phone_that_gives_up_moving_a_talk_leaves_it_where_it_was(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, second, _ = await talking(site)
        kept = second.call
        second.dial("8011", body=b"nonsense", headers=replacing(kept))
        await moment()
        assert second.outcome == ("rejected", 488)
        assert first.hears == "8012"
        assert kept.end is None


@virtual_time
async def test_who_stays_hangs_up_as_the_talk_moves(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, second, _ = await talking(site)
        kept = second.call
        second.dial("8011", headers=replacing(kept))
        first.hang_up()
        await moment()
        assert (first.idle, second.idle) == (True, True)


@virtual_time
async def test_a_queues_talk_moves_and_stays_the_agents(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        call_id, before = desk.call_id, phone.call
        other = await site.phone("8001", host="10.0.2.1")
        other.dial("4001", headers=replacing(before))
        await moment()
        assert before.end is not None
        assert (caller.hears, other.hears) == ("8001", "13800138000")
        assert (desk.state, site.call.call_id) == ("talking", call_id)
        [span] = site.plane.recordings
        assert span.stopped_at is None, "the recording goes on"
        assert [e.sip_call_id for e in site.told(events.LegOpened)][-1] == other.call.sip_call_id
        await desk.about_call("call.hold")
        await moment()
        assert caller.hears == "<music>"
        await desk.about_call("call.hangup")
        await moment()
        assert (caller.idle, other.idle, desk.state) == (True, True, "idle")


# -- what rings is picked up -----------------------------------------------------------------------


async def ringing(site: SimSite, called: str) -> tuple[SimPhone, SimPhone]:
    """8011 calls a phone, which rings."""
    caller, phone = await site.phone("8011"), await site.phone(called)
    caller.dial(called)
    await asyncio.sleep(1)
    return caller, phone


@pytest.mark.parametrize("early_only", [True, False])
@virtual_time
async def test_a_phone_of_the_group_picks_up(tmp_path: Path, early_only: bool) -> None:
    async with running_site(tmp_path, more=GROUP) as site:
        caller, rung = await ringing(site, "8021")
        neighbour = await site.phone("8022")
        neighbour.dial("8021", headers=replacing(rung.call, early_only=early_only))
        await moment()
        assert rung.outcome == ("cancelled", 487)
        assert "cause=200" in site.network.sent("CANCEL", to=rung.host)[0], "elsewhere"
        assert (caller.hears, neighbour.hears) == ("8022", "8011")
        [ended] = site.told(events.ReachEnded)
        assert (ended.number, ended.outcome) == ("8021", "picked_up")
        [talk] = site.told(events.BridgeStarted)
        assert talk.other == ("8022", "8022")
        rung.dial("8099")
        await moment()
        assert rung.outcome == ("rejected", 403), "it is free"
        neighbour.hang_up()
        await moment()
        assert caller.idle


@virtual_time
async def test_an_agent_whose_call_is_picked_up_is_told_where(tmp_path: Path) -> None:
    agents = GROUP.replace("pbx = true", "")
    async with running_site(tmp_path, more=agents) as site:
        desk, rung = await site.agent("1001", "8021")
        helped, neighbour = await site.agent("1004", "8022")
        caller = await site.phone("8011")
        caller.dial("8021")
        await moment()
        neighbour.dial("8021", headers=replacing(rung.call))
        await moment()
        assert desk.last("call.offer_withdrawn")["cause"] == "answered_elsewhere"
        assert (desk.state, helped.state) == ("idle", "talking")
        assert (caller.hears, neighbour.hears) == ("8022", "8011")
        caller.hang_up()
        await moment()
        assert (desk.state, helped.state) == ("idle", "idle")


@pytest.mark.parametrize("first", ["the caller", "the neighbour"])
@virtual_time
async def test_the_caller_leaves_as_somebody_picks_up(tmp_path: Path, first: str) -> None:
    async with running_site(tmp_path, more=GROUP) as site:
        caller, rung = await ringing(site, "8021")
        neighbour = await site.phone("8022")
        headers = replacing(rung.call)
        if first == "the caller":
            caller.hang_up()
        neighbour.dial("8021", headers=headers)
        caller.hang_up()
        await moment()
        assert (caller.idle, rung.idle, neighbour.idle) == (True, True, True)


@virtual_time
async def test_another_phone_of_the_seat_answers_a_queues_offer(tmp_path: Path) -> None:
    """One that registered after the ringing had begun."""
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        other = await site.phone("8001", host="10.0.2.1")
        other.dial("4001", headers=replacing(phone.call))
        await asyncio.sleep(8)
        assert phone.outcome == ("cancelled", 487)
        assert (desk.state, caller.hears, other.hears) == ("talking", "8001", "13800138000")


# -- behind a trunk ------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["talk", "queue"])
@virtual_time
async def test_a_pbx_joins_whom_its_phone_asked(tmp_path: Path, where: str) -> None:
    """An attended transfer beyond us: the second phone takes the place of the first."""
    async with running_site(tmp_path, more=PBX) as site:
        gateway = await site.gateway("10.0.0.7")
        called = await site.phone("8011")
        called.answer_calls()
        gateway.dial("8011" if where == "talk" else "4001", from_user="8501")
        await moment()
        first = gateway.call
        gateway.dial("8011", headers=replacing(first), from_user="8502")
        await moment()
        assert first.end is not None
        assert len(site.exchange.switchboard.calls) == 1
        if where == "talk":
            assert (gateway.hears, called.hears) == ("8011", gateway.tone)
            [moved] = site.told(events.CallTransferred)
            assert (moved.by, moved.to, moved.how) == ("8501", "8502", "attended")
        else:
            assert gateway.hears == "<music>"
        gateway.hang_up()
        await moment()
        assert called.idle


@virtual_time
async def test_a_pbx_picks_up_what_rings_at_its_own_phone(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=PBX) as site:
        gateway, caller = await site.gateway("10.0.0.7"), await site.phone("8011")
        caller.dial("8501")
        await asyncio.sleep(1)
        rung = gateway.call
        gateway.dial("8501", headers=replacing(rung, early_only=True), from_user="8502")
        await moment()
        assert rung.end is not None
        assert (caller.hears, gateway.hears) == ("gateway", "8011")


# -- refusals ------------------------------------------------------------------------------------


@virtual_time
async def test_what_is_refused(tmp_path: Path) -> None:
    """§3: 481 for no dialog, or an early one that the other side began; 486 with early-only for an
    answered one; 603 for what is another's; 400 for what cannot be read."""
    async with running_site(tmp_path, more=GROUP) as site:
        first, second, third = await talking(site)

        async def refused(headers: tuple[tuple[str, str], ...]) -> object:
            third.dial("8012", headers=headers)
            await moment()
            return third.outcome[1]

        kept = second.call
        unknown = sip.Replaces("nobody", "a", "b")
        assert await refused((("Replaces", str(unknown)),)) == 481
        assert await refused((("Replaces", "nonsense"),)) == 400
        assert await refused(replacing(kept, early_only=True)) == 486
        assert await refused(replacing(kept)) == 603, "another's talk"
        neighbour, rung = await site.phone("8022"), await site.phone("8021")
        neighbour.dial("8021")
        await moment()
        assert await refused(replacing(rung.call)) == 603, "of no group with it"
        assert await refused(replacing(neighbour.call)) == 481, "an early dialog of the caller's"
        neighbour.hang_up()
        assert (first.hears, second.hears) == ("8012", "8011")


@virtual_time
async def test_a_carrier_may_not_put_somebody_else_in_a_talk_unless_trusted(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        caller, _, phone = await served(site)
        talk = caller.call
        caller.dial("4001", headers=replacing(talk))
        await moment()
        assert caller.outcome == ("rejected", 603)
        assert phone.hears == "13800138000"


@virtual_time
async def test_a_group_cannot_pick_up_what_a_queue_offers(tmp_path: Path) -> None:
    agents = GROUP.replace("pbx = true", "")
    async with running_site(tmp_path, more=agents) as site:
        desk, rung = await site.agent("1001", "8021")
        _, neighbour = await site.agent("1002", "8022")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        neighbour.dial("8021", headers=replacing(rung.call))
        await moment()
        assert neighbour.outcome == ("rejected", 603)
        assert desk.state == "ringing"
        caller.hang_up()
        await moment()
