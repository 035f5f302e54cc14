"""G.729 through the real daemon: two phones that speak nothing else get each other's bytes.

What they sound like nobody here can hear: there is no decoder of it.
"""

import asyncio

import pytest

from callcenter.store.rows import CdrLeg
from tests.support.daemon import Daemon
from tests.support.live_site import LiveSite
from tests.support.opaque_phone import KEYS, PAYLOAD_TYPE, OpaquePhone
from tests.support.records import eventually, records

FRAMES = {"8011": 2, "8012": 3}
"""Of 10 ms in a packet: the two need not be alike."""
PACKETS = 100


async def test_two_phones_get_each_others_bytes(site: LiveSite) -> None:
    async with OpaquePhone(site, "8011") as caller, OpaquePhone(site, "8012") as called:
        caller.dial("8012")
        await asyncio.gather(caller.until_answered(), called.until_answered())
        assert caller.call is not None
        for described in (called.offered, caller.call.remote_body.decode()):
            assert "RTP/AVP 18 101\r\n" in described
            assert "a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n" in described

        await asyncio.gather(caller.until_joined(called), called.until_joined(caller))
        said = await asyncio.gather(
            caller.say(FRAMES["8011"], packets=PACKETS), called.say(FRAMES["8012"], packets=PACKETS)
        )
        key = caller.press(1)
        await asyncio.gather(
            called.until_heard(KEYS, key), caller.until_heard(PAYLOAD_TYPE, said[1][-1])
        )
        for hears, expected in ((called, said[0]), (caller, said[1])):
            voice = [packet for packet in hears.heard if packet.payload_type == PAYLOAD_TYPE]
            assert [packet.payload for packet in voice] == expected
            numbers = [packet.sequence for packet in voice]
            assert numbers == [(numbers[0] + nth) % 2**16 for nth in range(len(numbers))]
        assert called.heard[-1].payload_type == KEYS
        assert called.heard[-1].payload == key
        caller.call.hangup()
        await called.until_ended()

    legs = await _legs(site)
    assert {leg.party for leg in legs} == {"seat 8011", "seat 8012"}
    for leg in legs:
        assert leg.packets_received >= PACKETS
        assert leg.lost == 0
        assert leg.mos == pytest.approx(4.1, abs=0.05), "at best, by G.107 and G.113"


async def _legs(site: LiveSite) -> list[CdrLeg]:
    async with records(site) as store:

        async def look() -> list[CdrLeg] | None:
            for cdr in await store.calls.list(ani="8011"):
                legs = list(await store.calls.legs(cdr.call_id))
                if len(legs) == 2:
                    return legs
            return None

        return await eventually(look)


async def test_a_call_that_cannot_be_passed_on_is_refused(site: LiveSite, daemon: Daemon) -> None:
    async with (
        OpaquePhone(site, "8011") as caller,
        OpaquePhone(site, "8012", formats="8 101"),
    ):
        for number, cause in (
            ("8012", "the called phone takes no G729, and the caller nothing else"),
            ("4001", "G729 alone"),
        ):
            caller.end = None
            caller.dial(number)
            end = await caller.until_ended()
            assert (end.cause, end.code) == ("rejected", 488)
            event = "call refused" if number == "4001" else "call not put through"
            await daemon.logged(event, reason=cause)
