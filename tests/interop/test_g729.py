"""G.729 through the real daemon: two phones that speak nothing else get each other's bytes.

What they sound like nobody here can hear: there is no decoder of it.
"""

import asyncio

import pytest

from callcenter.store.rows import CdrLeg
from tests.support.daemon import Daemon, NewDaemon
from tests.support.live_site import LiveSite, NewSite
from tests.support.opaque_phone import KEYS, PAYLOAD_TYPE, OpaquePhone
from tests.support.ports import free_port
from tests.support.records import eventually, records

PACKETS = 50
OUTSIDE = """
[pbx]
dial = "all"
record_outside = false
[[trunk]]
name = "thin"
hosts = ["{carrier}"]
[[route]]
name = "out"
trunks = ["thin"]
[[number]]
dnis = "4100"
extension = "8011"
"""


async def test_two_phones_get_each_others_bytes(site: LiveSite) -> None:
    async with OpaquePhone(site, "8011") as caller, OpaquePhone(site, "8012") as called:
        await exchange(caller, "8012", called)

    legs = await _legs(site)
    assert {leg.party for leg in legs} == {"seat 8011", "seat 8012"}
    for leg in legs:
        assert leg.packets_received >= PACKETS
        assert leg.lost == 0
        assert leg.mos == pytest.approx(4.1, abs=0.05), "at best, by G.107 and G.113"


async def test_a_phone_and_the_outside_get_each_others_bytes(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    carrier = f"127.0.0.8:{free_port()}"
    site = new_site(more=OUTSIDE.format(carrier=carrier))
    new_daemon(site)
    async with (
        OpaquePhone(site, "8011") as phone,
        OpaquePhone(site, "13800138000", listen=carrier) as outside,
    ):
        await exchange(phone, "01062345678", outside)
        for each in (phone, outside):
            each.heard.clear()
        await exchange(outside, "4100", phone)


async def exchange(caller: OpaquePhone, number: str, called: OpaquePhone) -> None:
    """A call in which both say something at once, and the caller presses a key."""
    caller.dial(number)
    await asyncio.gather(caller.until_answered(), called.until_answered())
    assert caller.call is not None
    for described in (called.offered, caller.call.remote_body.decode()):
        assert "RTP/AVP 18 101\r\n" in described
        assert "a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n" in described

    await asyncio.gather(caller.until_joined(called), called.until_joined(caller))
    said = await asyncio.gather(caller.say(2, packets=PACKETS), called.say(3, packets=PACKETS))
    key = caller.press(1)
    await asyncio.gather(
        called.until_heard(KEYS, key), caller.until_heard(PAYLOAD_TYPE, said[1][-1])
    )
    for hears, expected in ((called, said[0]), (caller, said[1])):
        voice = [packet for packet in hears.heard if packet.payload_type == PAYLOAD_TYPE]
        assert [packet.payload for packet in voice] == expected
        numbers = [packet.sequence for packet in voice]
        assert numbers == [(numbers[0] + nth) % 2**16 for nth in range(len(numbers))]
    assert (called.heard[-1].payload_type, called.heard[-1].payload) == (KEYS, key)
    called.end = None
    caller.call.hangup()
    await called.until_ended()


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
