"""Replaces (RFC 3891) by SIPp's phones: in an INVITE; in a REFER before anybody has answered."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from callcenter.demo.softphone import Softphone
from tests.support.daemon import serving
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite, write_site
from tests.support.records import cdr_of
from tests.support.rtp import RtpEndpoint
from tests.support.sipp import Sipp, registered_phone

STAYS_HZ, PHONE_HZ, THIRD_HZ = 440, 620, 880
PBX = "127.0.0.7"
TRUNK = f"""
[[trunk]]
name = "pbx"
hosts = ["{PBX}"]
line = "internal"
extensions = ["85*"]
"""


@pytest.fixture(scope="module")
def site(speech_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """One daemon for all, with a PBX beside it."""
    with serving(
        write_site(tmp_path_factory.mktemp("replaces"), speech_cache, more=TRUNK)
    ) as daemon:
        yield daemon.site


def sipp_phone(
    site: LiveSite, behaviour: str, **settings: Any
) -> AbstractAsyncContextManager[Sipp]:
    """At 8011."""
    return registered_phone(site, behaviour, "8011", password="phone-8011", **settings)


def softphone(site: LiveSite, seat_no: str) -> Softphone:
    return Softphone(site.exchange(), seat_no, password=f"phone-{seat_no}")


async def test_a_phone_moves_its_talk_into_another_dialog(site: LiveSite) -> None:
    """It is sent BYE in the first one; in the second one they hear each other, and it ends."""
    async with (
        RtpEndpoint(PHONE_HZ) as voice,
        sipp_phone(site, "phone_moves_its_talk", rtp_port=voice.port) as phone,
        softphone(site, "8012") as stays,
    ):
        call = await stays.call("8011")
        await call.answered()
        call.say(STAYS_HZ)
        await asyncio.gather(call.hears(tone=PHONE_HZ), voice.hears(STAYS_HZ))
        phone.go_on()
        await phone.received("BYE sip:")
        await asyncio.gather(call.hears(tone=PHONE_HZ), voice.hears(STAYS_HZ))
        assert call.end is None
        call.hang_up()
        messages = await phone.passed()
    ended = re.findall(r"^BYE sip:.*?^Call-ID: (\S+)", messages, re.MULTILINE | re.DOTALL)
    assert [call_id.startswith("moves///") for call_id in dict.fromkeys(ended)] == [False, True]


async def test_a_pbx_joins_whom_its_phone_asked(site: LiveSite) -> None:
    """Who talks with its one phone talks with the other, and is one call with both."""
    async with (
        RtpEndpoint(PHONE_HZ, PBX) as voice,
        softphone(site, "8012") as stays,
        Sipp(site, "pbx_joins_two", host=PBX, number="8012", rtp_port=voice.port) as pbx,
    ):
        call = await stays.incoming()
        assert call.caller == "8501"
        call.answer()
        await call.answered()
        call.say(STAYS_HZ)
        await asyncio.gather(call.hears(tone=PHONE_HZ), voice.hears(STAYS_HZ))
        pbx.go_on()
        await pbx.received("BYE sip:")
        await asyncio.gather(call.hears(tone=PHONE_HZ), voice.hears(STAYS_HZ))
        call.hang_up()
        await pbx.passed()
    cdr, _ = await cdr_of(site, "8501")
    assert (cdr.dnis, cdr.cause) == ("8012", "hangup")


async def test_a_call_is_given_on_while_another_phone_rings(site: LiveSite) -> None:
    async with (
        sipp_phone(site, "phone_gives_on_unanswered", number="8013") as phone,
        softphone(site, "8012") as stays,
        softphone(site, "8013") as third,
    ):
        call = await stays.call("8011")
        await call.answered()
        call.say(STAYS_HZ)
        phone.go_on()
        asked = await third.incoming()
        asked.ring()
        await phone.received("SIP/2.0 180")
        phone.go_on()
        await asked.ended()
        given = await third.incoming()
        assert given.caller == "8012"
        given.answer()
        given.say(THIRD_HZ)
        await asyncio.gather(call.hears(tone=THIRD_HZ), given.hears(tone=STAYS_HZ))
        await phone.passed()
        call.hang_up()
        await given.ended()


async def test_a_place_in_a_queue_is_given_on(site: LiveSite) -> None:
    async with (
        sipp_phone(site, "phone_gives_on_unanswered", number="4005") as phone,
        softphone(site, "8012") as stays,
        softphone(site, "8001") as handset,
    ):
        call = await stays.call("8011")
        await call.answered()
        call.say(STAYS_HZ)
        phone.go_on()
        await phone.received("SIP/2.0 180")
        phone.go_on()
        await phone.passed()
        await call.hears("music", within=6)
        async with desk(site) as agent:
            ringing = await agent.wait_for("call.ringing")
            assert ringing.params["ani"] == "8012"
            taken = await handset.incoming()
            taken.answer()
            taken.say(THIRD_HZ)
            await asyncio.gather(call.hears(tone=THIRD_HZ), taken.hears(tone=STAYS_HZ))
            call.hang_up()
            await taken.ended()
