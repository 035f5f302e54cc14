"""linphonec over UDP and TCP as the phone of an agent and of an extension; TLS: test_transports."""

import asyncio

import pytest

from callcenter.demo.softphone import CallFailedError, NotHeardError, Softphone
from tests.support.linphone import Linphone
from tests.support.live_desk import desk, served_call
from tests.support.live_site import LiveSite
from tests.support.sipp import Transport

CALLER_HZ, PHONE_HZ = 440, 620
TONES = (350, CALLER_HZ, PHONE_HZ, 880)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_caller_and_agent_hear_each_other(site: LiveSite, transport: Transport) -> None:
    async with (
        Linphone(site, "8001", PHONE_HZ, transport=transport) as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800001") as caller,
    ):
        await served_call(caller, agent, says=CALLER_HZ, hears=PHONE_HZ, for_s=1.0)
        await phone.shows("ended (No error)")
    assert phone.tones_heard(TONES) == {CALLER_HZ}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_it_calls_holds_retrieves_and_hangs_up(site: LiveSite, transport: Transport) -> None:
    async with (
        Linphone(site, "8011", PHONE_HZ, transport=transport) as phone,
        Softphone(site.exchange(), "8012", password="phone-8012") as called,
    ):
        phone.command("call 8012")
        call = await called.incoming()
        assert call.caller == "8011"
        call.ring()
        await phone.shows("ringing")
        call.answer()
        await phone.shows("connected")
        await call.hears(tone=PHONE_HZ)
        phone.command("pause")
        await phone.shows("paused")
        with pytest.raises(NotHeardError):
            await call.hears(tone=PHONE_HZ, within=0.6)
        phone.command("resume")
        await call.hears(tone=PHONE_HZ)
        phone.command("terminate")
        assert (await call.ended()).by == "remote"


async def test_a_person_declines_and_the_caller_is_told(site: LiveSite) -> None:
    async with (
        Linphone(site, "8011", PHONE_HZ, picks_up=False) as phone,
        Softphone(site.exchange(), "8012", password="phone-8012") as caller,
    ):
        call = await caller.call("8011")
        await call.ringing()
        await phone.shows("Receiving new incoming call")
        phone.command("terminate")
        with pytest.raises(CallFailedError, match="603"):
            await call.answered()


async def test_it_transfers_a_call_blind(site: LiveSite) -> None:
    async with (
        Linphone(site, "8011", PHONE_HZ) as gives,
        Softphone(site.exchange(), "8012", password="phone-8012") as first,
        Softphone(site.exchange(), "8013", password="phone-8013") as third,
    ):
        ours = await first.call("8011")
        ours.say(CALLER_HZ)
        await ours.hears(tone=PHONE_HZ)
        gives.command(f"transfer 1 sip:8013@127.0.0.1:{site.sip_port}")
        theirs = await third.incoming()
        assert theirs.caller == "8012"
        theirs.answer()
        theirs.say(880)
        await ours.hears(tone=880)
        await theirs.hears(tone=CALLER_HZ)
        ours.hang_up()
        await theirs.ended()


@pytest.mark.parametrize("asked", ["talks", "rings", "is a queue"])
async def test_it_joins_whom_it_asked(site: LiveSite, asked: str) -> None:
    """By REFER with Replaces, whatever has become of its second call."""
    number = "4001" if asked == "is a queue" else "8001"
    async with (
        Linphone(site, "8011", PHONE_HZ) as gives,
        Softphone(site.exchange(), "8012", password="phone-8012") as first,
        Softphone(site.exchange(), "8001", password="phone-8001") as third,
        desk(site) as agent,
    ):
        ours = await first.call("8011")
        ours.say(CALLER_HZ)
        await ours.hears(tone=PHONE_HZ)
        gives.command("pause 1")
        await gives.shows("paused")
        gives.command(f"call {number}")
        theirs = await third.incoming()
        theirs.ring()
        await gives.shows("ringing")
        if asked == "talks":
            theirs.answer()
            theirs.say(880)
            await theirs.hears(tone=PHONE_HZ)
        gives.command("transfer 1 --to-call 2")
        if asked != "talks":
            await theirs.ended()
            theirs = await third.incoming()
            theirs.answer()
            theirs.say(880)
            await agent.wait_for("call.ringing", ani="8012")
        await asyncio.gather(ours.hears(tone=880), theirs.hears(tone=CALLER_HZ))
        await gives.shows("has been transfered")
        ours.hang_up()
        await theirs.ended()
