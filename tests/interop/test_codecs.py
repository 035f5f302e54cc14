"""Phones of every codec talk with a caller of G.711, and with each other."""

import asyncio

import pytest

from callcenter.demo.softphone import Softphone
from tests.support.audio import dominant_tone
from tests.support.baresip import Baresip, Codec
from tests.support.daemon import NewDaemon
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite, NewSite

CALLER_HZ, AGENT_HZ = 440, 620
TONES = (350, CALLER_HZ, AGENT_HZ, 880)


@pytest.fixture
def speaking_all(new_site: NewSite, new_daemon: NewDaemon) -> LiveSite:
    """A site whose phones may speak anything."""
    site = new_site(media='codecs = ["opus", "G722", "L16", "PCMA", "PCMU"]\n')
    new_daemon(site)
    return site


@pytest.mark.parametrize("codec", ["opus", "G722", "L16"])
async def test_a_phone_of_another_codec_than_the_callers_is_understood(
    speaking_all: LiveSite, codec: Codec
) -> None:
    site = speaking_all
    async with (
        Baresip(site, "8001", AGENT_HZ, codec=codec) as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800001", laws=["PCMA"]) as caller,
    ):
        call = await caller.call("4001")
        call.say(CALLER_HZ)
        await agent.wait_for("call.answered")
        await call.hears(tone=AGENT_HZ)
        await call.listen(0.8)
        call.hang_up()
        await phone.told("CALL_CLOSED")

    assert dominant_tone(phone.heard()[-4000:], TONES) == CALLER_HZ


@pytest.mark.parametrize("codec", ["opus", "G722"])
async def test_two_phones_of_one_codec_hear_each_other(
    speaking_all: LiveSite, codec: Codec
) -> None:
    site = speaking_all
    async with (
        Baresip(site, "8011", CALLER_HZ, codec=codec) as caller,
        Baresip(site, "8012", AGENT_HZ, codec=codec) as called,
    ):
        await caller.command("dial", f"sip:8012@127.0.0.1:{site.sip_port}")
        await caller.told("CALL_ESTABLISHED")
        await called.told("CALL_ESTABLISHED")
        await asyncio.sleep(1.5)  # as long as they are to be heard
        await caller.command("hangup")
        await called.told("CALL_CLOSED")

    assert dominant_tone(caller.heard()[-4000:], TONES) == AGENT_HZ
    assert dominant_tone(called.heard()[-4000:], TONES) == CALLER_HZ
