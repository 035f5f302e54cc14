"""The caller hangs up, at every point of the way: everybody is freed at once."""

import asyncio
from pathlib import Path

import pytest

import acd
import sip
from callcenter import events
from sip import Address, CallEnd
from tests.support.sim_phone import HOST
from tests.support.sim_site import CARRIER, SimSite, moment, running_site
from tests.support.sip_messages import SDP, request
from tests.support.virtual_loop import virtual_time


def end_of_call(site: SimSite) -> tuple[str, str, int]:
    """Cause, who and code of the only call."""
    [end] = site.told(events.CallEnded)
    return end.cause, end.by, end.sip_code


@virtual_time
async def test_in_the_menu(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4000")
        await asyncio.sleep(1.5)
        caller.hang_up()
        await moment()

        assert end_of_call(site) == ("hangup", "caller", 200)
        assert not site.plane.ports


@virtual_time
async def test_the_network_s_cause_is_kept_and_ours_is_told(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, other = await site.caller(), await site.caller()
        caller.dial("4000")
        other.dial("4000")
        await asyncio.sleep(1.5)
        caller.call.hangup([sip.reason_header(sip.q850(31))])
        await moment()
        other.die()
        await asyncio.sleep(60)

        assert [end.q850 for end in site.told(events.CallEnded)] == [31, 102]
        bye = site.network.sent("BYE", to=other.host)[0]
        assert 'Reason: Q.850;cause=102;text="Recovery on timer expiry"' in bye


@virtual_time
async def test_in_the_queue(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(5)
        caller.hang_up()
        await moment()

        assert end_of_call(site) == ("hangup", "caller", 200)
        [left] = site.told(events.QueueLeft)
        assert (left.outcome, left.at) == ("abandoned", 1005)


@virtual_time
async def test_while_the_phone_rings_and_the_agent_keeps_the_place(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        await asyncio.sleep(10)
        other, _ = await site.agent("1004", "8002")
        await asyncio.sleep(10)
        for _ in range(2):  # longest idle, both times
            caller = await site.caller()
            caller.dial("4001")
            await asyncio.sleep(5)
            assert desk.state == "ringing"
            caller.hang_up()
            await moment()

            assert phone.outcome == ("cancelled", 487)
            assert desk.last("call.offer_withdrawn")["cause"] == "caller_left"
            assert desk.last("call.offer_withdrawn")["call_id"] == desk.call_id
            assert desk.state == "idle"
        assert other.states == ["idle"]


@virtual_time
async def test_during_the_talk(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        phone.answer()
        await asyncio.sleep(5)
        caller.hang_up()
        await moment()

        assert end_of_call(site) == ("hangup", "caller", 200)
        assert phone.outcome == ("bye", 200)
        ended = desk.last("call.ended")
        assert (ended["by"], ended["cause"]) == ("caller", "hangup")
        assert desk.state == "idle"


@virtual_time
async def test_in_the_very_moment_of_the_answer(tmp_path: Path) -> None:
    """The BYE and the phone's 200 arrive in one turn of the loop, the BYE first."""
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        caller.hang_up()
        phone.answer()
        await moment()

        assert end_of_call(site) == ("hangup", "caller", 200)
        assert phone.idle
        assert desk.last("call.offer_withdrawn")["cause"] == "caller_left"
        assert desk.state == "idle"
        assert not site.told(events.TalkStarted)


@virtual_time
async def test_a_turn_of_the_loop_after_the_answer(tmp_path: Path) -> None:
    """The phone's 200 and the BYE arrive in one turn of the loop, the 200 first."""
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        phone.answer()
        caller.hang_up()
        await moment()

        assert phone.idle
        assert desk.state == "idle"
        assert desk.names.count("call.offer_withdrawn") + desk.names.count("call.ended") == 1


@pytest.mark.parametrize("caller_first", [True, False])
@virtual_time
async def test_when_the_queue_has_wrap_up_and_nobody_talked(
    tmp_path: Path, caller_first: bool
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1002", "8001")
        caller = await site.caller()
        caller.dial("4002")
        await moment()
        for leaves in (caller_first, not caller_first):
            (caller.hang_up if leaves else phone.answer)()
        await moment()

        assert desk.state == "idle"
        assert desk.last("call.offer_withdrawn")["cause"] == "caller_left"
        assert phone.idle
        assert not site.told(events.TalkStarted)
        assert not site.told(events.WrapUpStarted)


@virtual_time
async def test_the_agent_is_gone_in_the_very_moment_of_the_answer(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()

        def drop(event: events.Event) -> None:
            if isinstance(event, events.AgentStateChanged) and event.state == "talking":
                asyncio.get_running_loop().call_soon(phone.call.hangup)
                entry = site.exchange.roster.of_agent("1001")
                assert entry is not None
                ring = site.call.ring_of(entry)
                assert ring is not None
                assert ring.leg is not None
                assert ring.leg.session is not None
                end = CallEnd("bye", "remote", 200, "OK")
                asyncio.get_running_loop().call_soon(ring.leg.on_ended, ring.leg.session, end)

        site.exchange.stream.subscribe(drop)
        phone.answer()
        await moment()

        assert caller.outcome == ("bye", 200)
        assert desk.last("call.ended")["by"] == "agent"
        assert desk.state == "idle"


@virtual_time
async def test_with_cancel_before_the_answer(tmp_path: Path) -> None:
    """The CANCEL is there before the call's task has taken its first step."""
    async with running_site(tmp_path) as site:
        wire = site.network.transport(f"udp:{CARRIER}:5060")
        exchange = Address("udp", HOST, 5060)
        for method, body in (("INVITE", SDP), ("CANCEL", b"")):
            site.network.carry(
                request(method, uri="sip:4000@10.0.0.1", body=body), wire.local, exchange
            )
        await moment()

        assert end_of_call(site) == ("abandoned", "caller", 487)
        assert not site.told(events.CallAnswered)
        assert not site.plane.ports


@virtual_time
async def test_with_a_cancel_that_crosses_the_answer(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4000")
        caller.hang_up()
        await asyncio.sleep(1)

        assert not site.exchange.switchboard.calls
        assert end_of_call(site)[1] == "caller"


@virtual_time
async def test_the_next_caller_is_offered_to_the_agent_at_once(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        first, second = await site.caller("1"), await site.caller("2")
        first.dial("4001")
        await asyncio.sleep(1)
        second.dial("4001")
        await asyncio.sleep(1)
        first.hang_up()
        await moment()

        assert desk.last("call.ringing")["ani"] == "2"
        assert desk.last("call.ringing")["waited_s"] == pytest.approx(1, abs=0.1)
        view: acd.AgentView = site.exchange.dispatcher.view("1001")
        assert view.contact_id == desk.call_id
