"""Phones of every codec talk with a caller of G.711, and with each other."""

import pytest

from callcenter.demo.softphone import Softphone
from tests.support.baresip import Baresip, Codec
from tests.support.daemon import NewDaemon
from tests.support.live_desk import desk, served_call
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
        await served_call(caller, agent, says=CALLER_HZ, hears=AGENT_HZ, for_s=0.8)
        await phone.told("CALL_CLOSED")

    assert phone.last_tone(TONES) == CALLER_HZ


@pytest.mark.parametrize("codec", ["opus", "G722"])
async def test_two_phones_of_one_codec_hear_each_other(
    speaking_all: LiveSite, codec: Codec
) -> None:
    site = speaking_all
    async with (
        Baresip(site, "8011", CALLER_HZ, codec=codec) as caller,
        Baresip(site, "8012", AGENT_HZ, codec=codec) as called,
    ):
        await caller.talk(called)

    assert caller.last_tone(TONES) == AGENT_HZ
    assert called.last_tone(TONES) == CALLER_HZ
