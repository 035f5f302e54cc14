"""The exchange drains: nobody new comes in, those who talk may finish, within limits."""

import asyncio
from pathlib import Path

import sip
from callcenter import events
from tests.support.sim_site import LINGER_S, moment, running_site
from tests.support.virtual_loop import elapsed, virtual_time


@virtual_time
async def test_calls_in_progress_go_on_and_new_ones_are_refused(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller, late = await site.caller("1"), await site.caller("2")
        caller.dial("4001")
        await asyncio.sleep(8)
        site.stop.set()
        await moment()
        late.dial("4001")
        await moment()
        assert late.outcome == ("rejected", 503)
        [refusal] = site.network.sent("SIP/2.0 503")
        assert "\r\nRetry-After: 5\r\n" in refusal

        await asyncio.sleep(20)
        assert (caller.hears, phone.hears) == ("8001", "1")
        caller.hang_up()
    [end] = site.told(events.CallEnded)
    assert (end.cause, end.by) == ("hangup", "caller")
    assert elapsed() < 30 + LINGER_S


@virtual_time
async def test_a_carrier_that_asks_is_told_when_no_more_calls_are_taken(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, asking = await site.caller("1"), await site.caller("2")
        caller.dial("4001")
        await asyncio.sleep(1)
        told: list[sip.Pong] = []
        ping = sip.OutgoingPing("sip:127.0.0.1", asking.exchange, f"sip:{asking.host}")
        asking.stack.endpoint.ping(ping, told.append)
        await moment()
        site.stop.set()
        await moment()
        asking.stack.endpoint.ping(ping, told.append)
        await moment()
        assert [pong.code for pong in told] == [200, 503]
        assert 5 <= told[1].retry_after <= 10
        caller.hang_up()


@virtual_time
async def test_what_has_not_ended_after_the_drain_time_is_ended(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        talker, waiter = await site.caller("1"), await site.caller("2")
        talker.dial("4001")
        waiter.dial("4002")
        await asyncio.sleep(8)
        site.stop.set()
        await asyncio.sleep(29.9)
        assert (talker.hears, waiter.hears) == ("8001", "<music>")
        await asyncio.sleep(0.2)

        assert talker.outcome == waiter.outcome == phone.outcome == ("bye", 200)
        ends = {(end.cause, end.by, end.sip_code) for end in site.told(events.CallEnded)}
        assert ends == {("shutdown", "system", 200)}
        ended = desk.last("call.ended")
        assert (ended["cause"], ended["by"]) == ("shutdown", "system")
        assert len(site.told(events.RecordingStopped)) == 1
        assert len(site.told(events.AgentOffered)) == 1
        [left] = site.told(events.QueueLeft)[-1:]
        assert left.outcome == "system_error"  # not the caller's doing


@virtual_time
async def test_a_message_being_left_at_the_end_is_kept(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4000")
        await asyncio.sleep(1.5)
        caller.press("0")
        await asyncio.sleep(3)
        site.stop.set()
    [message] = site.told(events.VoicemailLeft)
    assert message.duration_s > 5
