"""PRACK, UPDATE, session timers, early media and new codecs against SIPp."""

import pytest

from tests.support.live_desk import desk
from tests.support.live_site import LiveSite
from tests.support.records import cdr_of
from tests.support.rtp import RtpEndpoint
from tests.support.sipp import Sipp, registered_phone, run

CALLER_HZ, AGENT_HZ = 440, 620
NOT_BEFORE = "SIP/2.0 200"


async def test_no_200_before_the_agent_answers_and_the_music_is_heard_till_then(
    site: LiveSite,
) -> None:
    async with (
        RtpEndpoint(CALLER_HZ) as mouth,
        RtpEndpoint(AGENT_HZ) as headset,
        registered_phone(site, "phone_obeys_talk", rtp_port=headset.port) as phone,
        desk(site) as agent,
        Sipp(
            site,
            "early_media_then_answered",
            number="4004",
            user="13800071",
            rtp_port=mouth.port,
        ) as caller,
    ):
        ringing = await agent.wait_for("call.ringing")
        await mouth.hears_something()
        assert NOT_BEFORE not in caller.messages
        assert "SIP/2.0 183" in caller.messages

        await agent.answer(ringing.call_id)
        await agent.wait_for("call.answered")
        await mouth.hears(AGENT_HZ)
        await headset.hears(CALLER_HZ)
        await agent.hangup(ringing.call_id)
        await caller.passed()
        await phone.passed()
    cdr, segments = await cdr_of(site, "13800071")
    (talk,) = [segment for segment in segments if segment.kind == "talk"]
    assert cdr.answered_at is not None
    assert abs((cdr.answered_at - talk.started_at).total_seconds()) < 1


async def test_ring_back_until_the_agent_answers(site: LiveSite) -> None:
    """The scenario takes 180 and 200 only: there is no 183."""
    async with (
        RtpEndpoint(CALLER_HZ) as mouth,
        registered_phone(site, "phone_obeys_talk"),
        desk(site) as agent,
        Sipp(site, "exchange_hangs_up", number="4005", rtp_port=mouth.port) as caller,
    ):
        ringing = await agent.wait_for("call.ringing")
        assert NOT_BEFORE not in caller.messages
        assert mouth.peer is None  # nothing was sent
        await agent.answer(ringing.call_id)
        await agent.wait_for("call.answered")
        await agent.hangup(ringing.call_id)
        await caller.passed()


async def test_a_caller_who_requires_100rel_and_updates_before_the_answer(site: LiveSite) -> None:
    async with (
        RtpEndpoint(CALLER_HZ) as mouth,
        RtpEndpoint(AGENT_HZ) as headset,
        registered_phone(site, "phone_obeys_talk", rtp_port=headset.port),
        desk(site) as agent,
        Sipp(site, "reliable_caller", number="4004", rtp_port=mouth.port) as caller,
    ):
        ringing = await agent.wait_for("call.ringing")
        await caller.received("CSeq: 4 UPDATE")
        await mouth.hears_something()
        await agent.answer(ringing.call_id)
        await agent.wait_for("call.answered")
        await mouth.hears(AGENT_HZ)
        await headset.hears(CALLER_HZ)
        await agent.hangup(ringing.call_id)
        await caller.passed()


async def test_a_phone_whose_183_is_reliable(site: LiveSite) -> None:
    """Its session description is in the 183 alone."""
    async with (
        RtpEndpoint(CALLER_HZ) as mouth,
        RtpEndpoint(AGENT_HZ) as headset,
        registered_phone(site, "phone_rings_reliably", rtp_port=headset.port) as phone,
        desk(site) as agent,
        Sipp(site, "exchange_hangs_up", rtp_port=mouth.port) as caller,
    ):
        answered = await agent.wait_for("call.answered")
        await mouth.hears(AGENT_HZ)
        await headset.hears(CALLER_HZ)
        await agent.hangup(answered.call_id)
        await caller.passed()
        await phone.passed()


async def test_a_session_timer_too_short_then_long_enough_then_refreshed(site: LiveSite) -> None:
    messages = await run(site, "session_timer_422", number="4000")
    assert "refresher=uac" in messages


@pytest.mark.parametrize("method", ["invite", "update"])
async def test_a_caller_changes_the_codec(site: LiveSite, method: str) -> None:
    """From PCMA to PCMU while they talk: both go on hearing each other."""
    async with (
        RtpEndpoint(CALLER_HZ) as mouth,
        RtpEndpoint(AGENT_HZ) as headset,
        registered_phone(site, "phone_answers", rtp_port=headset.port),
        desk(site) as agent,
        Sipp(site, f"codec_changed_by_{method}", pause_ms=1500, rtp_port=mouth.port) as caller,
    ):
        answered = await agent.wait_for("call.answered")
        await mouth.hears(AGENT_HZ)
        await headset.hears(CALLER_HZ)
        assert mouth.coding() == "PCMA"

        await caller.received("RTP/AVP 0 101", times=2)  # our answer to theirs
        mouth.mouth.law = "PCMU"
        await mouth.hears(AGENT_HZ)
        await headset.hears(CALLER_HZ)
        assert mouth.coding() == "PCMU"
        await agent.hangup(answered.call_id)
        await caller.passed()


async def test_a_caller_who_holds_hears_nothing_until_they_come_back(site: LiveSite) -> None:
    async with (
        RtpEndpoint(CALLER_HZ) as mouth,
        RtpEndpoint(AGENT_HZ) as headset,
        registered_phone(site, "phone_answers", rtp_port=headset.port),
        desk(site) as agent,
        Sipp(site, "held_and_retrieved", pause_ms=1500, rtp_port=mouth.port) as caller,
    ):
        answered = await agent.wait_for("call.answered")
        await mouth.hears(AGENT_HZ)
        await caller.received("a=recvonly")
        await mouth.hears_nothing()
        await caller.received("CSeq: 3 ACK")
        await mouth.hears(AGENT_HZ)
        await headset.hears(CALLER_HZ)
        await agent.hangup(answered.call_id)
        await caller.passed()
