"""Whole calls between SIPp as the caller and SIPp as the phone of a signed-in agent."""

import pytest

from agent_proto import ProtocolError
from callcenter.demo.softphone import Softphone
from tests.support.daemon import Daemon
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite
from tests.support.records import cdr_of
from tests.support.rtp import RtpEndpoint
from tests.support.sipp import Sipp, Transport, registered_phone, run

CALLER_HZ, AGENT_HZ = 440, 620


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_the_agent_hangs_up(site: LiveSite, transport: Transport) -> None:
    ani = f"1380001{transport}"
    async with (
        RtpEndpoint(CALLER_HZ) as mouth,
        RtpEndpoint(AGENT_HZ) as headset,
        registered_phone(site, "phone_answers", rtp_port=headset.port) as phone,
        desk(site) as agent,
        Sipp(
            site, "exchange_hangs_up", user=ani, transport=transport, rtp_port=mouth.port
        ) as caller,
    ):
        ringing = await agent.wait_for("call.ringing", ani=ani, dnis="4001", queue="sales")
        await agent.wait_for("call.answered", call_id=ringing.call_id)
        await mouth.hears(AGENT_HZ)
        await headset.hears(CALLER_HZ)

        await agent.hangup(ringing.call_id)

        await agent.wait_for("call.ended", call_id=ringing.call_id, by="agent")
        await caller.passed()
        await phone.passed()
    cdr, segments = await cdr_of(site, ani)
    assert (cdr.call_id, cdr.cause, cdr.ended_by) == (ringing.call_id, "hangup", "agent")
    assert (cdr.agent_id, cdr.seat_no, cdr.trunk) == ("1001", "8001", "carrier")
    assert [segment.kind for segment in segments] == ["ivr", "wait", "ring", "talk"]


async def test_the_caller_hangs_up(site: LiveSite) -> None:
    async with (
        registered_phone(site, "phone_answers") as phone,
        desk(site) as agent,
        Sipp(site, "caller_hangs_up", user="13800020", pause_ms=1000) as caller,
    ):
        ended = await agent.wait_for("call.ended", by="caller", cause="hangup")
        await agent.wait_for("agent.state_changed", state="idle", previous="talking")
        await caller.passed()
        await phone.passed()
    cdr, _ = await cdr_of(site, "13800020")
    assert (cdr.call_id, cdr.ended_by) == (ended.call_id, "caller")


async def test_the_phone_hangs_up(site: LiveSite) -> None:
    async with (
        registered_phone(site, "phone_hangs_up", pause_ms=300) as phone,
        desk(site) as agent,
    ):
        await run(site, "exchange_hangs_up")
        await agent.wait_for("call.ended", by="agent", cause="hangup")
        await phone.passed()


async def test_the_menu_takes_a_key_from_a_caller_of_sipp(site: LiveSite) -> None:
    async with (
        RtpEndpoint(CALLER_HZ) as mouth,
        registered_phone(site, "phone_answers"),
        desk(site) as agent,
        Sipp(
            site, "exchange_hangs_up", number="4000", user="13800040", rtp_port=mouth.port
        ) as caller,
    ):
        await mouth.press("1")
        ringing = await agent.wait_for("call.ringing", dnis="4000", queue="sales")
        await agent.wait_for("call.answered")
        await agent.hangup(ringing.call_id)
        await caller.passed()
    cdr, _ = await cdr_of(site, "13800040")
    assert (cdr.flow, cdr.queue) == ("welcome", "sales")


async def test_a_late_offer_is_answered_in_the_ack(site: LiveSite) -> None:
    async with (
        RtpEndpoint(CALLER_HZ) as mouth,
        RtpEndpoint(AGENT_HZ) as headset,
        registered_phone(site, "phone_answers", rtp_port=headset.port),
        desk(site) as agent,
        Sipp(site, "late_offer_answered", rtp_port=mouth.port) as caller,
    ):
        answered = await agent.wait_for("call.answered")
        await mouth.hears(AGENT_HZ)
        await headset.hears(CALLER_HZ)
        await agent.hangup(answered.call_id)
        await caller.passed()


async def test_a_cancel_after_the_answer_changes_nothing(site: LiveSite) -> None:
    await run(site, "cancelled_too_late", number="4000", user="13800050")

    cdr, _ = await cdr_of(site, "13800050")
    assert (cdr.cause, cdr.ended_by, cdr.sip_code) == ("hangup", "caller", 200)


async def test_every_message_may_be_lost_and_is_sent_again(daemon: Daemon, site: LiveSite) -> None:
    before = daemon.count("CallEnded")

    await run(site, "caller_hangs_up", number="4000", calls=20, pause_ms=200, lost=10)

    await daemon.logged_more("CallEnded", before + 19)


async def test_a_busy_phone_makes_the_agent_busy_and_the_caller_waits_on(site: LiveSite) -> None:
    async with (
        registered_phone(site, "phone_busy_486") as phone,
        desk(site) as agent,
        Sipp(site, "caller_hangs_up", pause_ms=1000) as caller,
    ):
        await agent.wait_for("call.offer_withdrawn", cause="device_busy")
        await agent.wait_for("agent.state_changed", state="busy", reason="device_busy")
        await phone.passed()
        await caller.passed()


async def test_a_phone_stops_ringing_when_the_agent_rejects(site: LiveSite) -> None:
    async with (
        registered_phone(site, "phone_rings_until_cancelled") as phone,
        desk(site) as agent,
        Sipp(site, "caller_hangs_up", pause_ms=1000) as caller,
    ):
        ringing = await agent.wait_for("call.ringing")
        await agent.reject(ringing.call_id)
        await agent.wait_for("call.offer_withdrawn", cause="rejected")
        await agent.wait_for("agent.state_changed", state="busy", reason="rejected")
        await phone.passed()
        await caller.passed()


async def test_a_phone_stops_ringing_when_the_caller_gives_up(site: LiveSite) -> None:
    async with (
        registered_phone(site, "phone_rings_until_cancelled") as phone,
        desk(site) as agent,
    ):
        await run(site, "caller_hangs_up", pause_ms=300)
        await agent.wait_for("call.offer_withdrawn", cause="caller_left")
        await agent.wait_for("agent.state_changed", state="idle", previous="ringing")
        await phone.passed()


async def test_the_desk_answers_a_phone_that_obeys_notify_talk(site: LiveSite) -> None:
    async with (
        registered_phone(site, "phone_obeys_talk") as phone,
        desk(site) as agent,
        Sipp(site, "exchange_hangs_up") as caller,
    ):
        ringing = await agent.wait_for("call.ringing")
        await agent.answer(ringing.call_id)
        await agent.wait_for("call.answered")
        await agent.hangup(ringing.call_id)
        await phone.passed()
        await caller.passed()


async def test_the_desk_answers_where_the_seat_is_answered_by_protocol(site: LiveSite) -> None:
    async with (
        registered_phone(site, "phone_obeys_auto_answer", "8004") as phone,
        desk(site, seat_no="8004") as agent,
        Sipp(site, "exchange_hangs_up") as caller,
    ):
        ringing = await agent.wait_for("call.ringing")
        await agent.answer(ringing.call_id)
        await agent.wait_for("call.answered")
        await agent.hangup(ringing.call_id)
        await phone.passed()
        await caller.passed()


async def test_a_phone_that_does_not_answer_itself_fails_the_desk(site: LiveSite) -> None:
    async with (
        registered_phone(site, "phone_rings_until_cancelled", "8004") as phone,
        desk(site, seat_no="8004") as agent,
        Sipp(site, "caller_hangs_up", pause_ms=5000) as caller,
    ):
        ringing = await agent.wait_for("call.ringing")
        with pytest.raises(ProtocolError) as refused:
            await agent.answer(ringing.call_id)
        assert refused.value.name == "media_failed"
        await agent.wait_for("agent.state_changed", state="busy", reason="device_failed")
        await phone.passed()
        await caller.passed()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_signed_in_agents_phone_may_call(site: LiveSite, transport: Transport) -> None:
    phone = {"user": "8002", "password": "phone-8002", "transport": transport}
    await run(site, "registered", **phone)
    async with desk(site, "1002", "8002"):
        await run(site, "phone_call_answered", number="4000", pause_ms=200, **phone)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_phone_is_reached_by_the_transport_it_registered_with(
    site: LiveSite, transport: Transport
) -> None:
    exchange = site.exchange(transport)
    async with (
        Softphone(exchange, "8001", password="phone-8001") as phone,
        desk(site) as agent,
        Sipp(site, "exchange_hangs_up", transport=transport) as caller,
    ):
        call = await phone.incoming()
        call.answer()
        answered = await agent.wait_for("call.answered")
        await agent.hangup(answered.call_id)
        await call.ended()
        await caller.passed()


async def test_a_phone_of_sipp_is_called_over_the_connection_it_registered_on(
    site: LiveSite,
) -> None:
    async with Sipp(
        site,
        "registered_and_connected",
        user="8001",
        password="phone-8001",
        transport="tcp",
        out_of_call="phone_answers",
        pause_ms=20_000,
    ) as phone:
        # The seat's phones of earlier tests are still known: that one is idle says nothing.
        await phone.received("SIP/2.0 200 OK")
        async with desk(site) as agent, Sipp(site, "exchange_hangs_up", transport="tcp") as caller:
            answered = await agent.wait_for("call.answered")
            await agent.hangup(answered.call_id)
            await agent.wait_for("call.ended", by="agent", cause="hangup")
            await caller.passed()
