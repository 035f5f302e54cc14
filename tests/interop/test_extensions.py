"""Phones at seats call each other through the real daemon, and give their calls on."""

import asyncio

import pytest

from callcenter.demo.phone_call import CallFailedError, PhoneCall
from callcenter.demo.softphone import Softphone
from tests.support.baresip import Baresip
from tests.support.daemon import NewDaemon
from tests.support.live_site import LiveSite, NewSite
from tests.support.ports import free_port
from tests.support.records import records

FIRST_HZ, SECOND_HZ, THIRD_HZ = 440, 620, 880
TONES = (350, FIRST_HZ, SECOND_HZ, THIRD_HZ)


def softphone(site: LiveSite, seat_no: str, transport: str = "udp") -> Softphone:
    """A seat's phone of our own making."""
    return Softphone(site.exchange(transport), seat_no, password=f"phone-{seat_no}")


async def connect(caller: Softphone, called: Softphone, hz: int) -> tuple[PhoneCall, PhoneCall]:
    """The one has called the other; both speak, the called one at `hz`."""
    ours = await caller.call(called.user)
    theirs = await called.incoming()
    theirs.ring()
    await ours.ringing()
    theirs.answer()
    await asyncio.gather(ours.answered(), theirs.answered())
    ours.say(FIRST_HZ)
    theirs.say(hz)
    await asyncio.gather(ours.hears(tone=hz), theirs.hears(tone=FIRST_HZ))
    return ours, theirs


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_two_extensions_hear_each_other(site: LiveSite, transport: str) -> None:
    async with softphone(site, "8011", transport) as first, softphone(site, "8012") as second:
        ours, theirs = await connect(first, second, SECOND_HZ)
        assert theirs.caller == "8011"
        theirs.hang_up()
        end = await ours.ended()
        assert (end.cause, end.by) == ("bye", "remote")


async def test_two_baresips_hear_each_other(site: LiveSite) -> None:
    async with (
        Baresip(site, "8011", FIRST_HZ) as first,
        Baresip(site, "8012", SECOND_HZ) as second,
    ):
        await first.talk(second)

    assert first.last_tone(TONES) == SECOND_HZ
    assert second.last_tone(TONES) == FIRST_HZ


async def test_refusals_reach_the_calling_phone(site: LiveSite) -> None:
    async with softphone(site, "8011") as first, softphone(site, "8012") as second:
        call = await first.call("8013")
        with pytest.raises(CallFailedError, match="480"):
            await call.answered()
        call = await first.call("8012")
        (await second.incoming()).reject(486)
        with pytest.raises(CallFailedError, match="486"):
            await call.answered()
        call = await first.call("13800138000")
        with pytest.raises(CallFailedError, match="403"):
            await call.answered()


async def test_baresip_transfers_a_call_blind(site: LiveSite) -> None:
    async with (
        Baresip(site, "8012", SECOND_HZ) as gives,
        softphone(site, "8011") as first,
        softphone(site, "8013") as third,
    ):
        ours = await first.call("8012")
        ours.say(FIRST_HZ)
        await ours.hears(tone=SECOND_HZ)
        await gives.command("transfer", f"sip:8013@127.0.0.1:{site.sip_port}")
        theirs = await third.incoming()
        assert theirs.caller == "8011"
        theirs.answer()
        theirs.say(THIRD_HZ)
        await asyncio.gather(ours.hears(tone=THIRD_HZ), theirs.hears(tone=FIRST_HZ))
        await gives.told("CALL_CLOSED")
        ours.hang_up()
        await theirs.ended()


async def test_a_phone_asks_and_then_joins_the_two(site: LiveSite) -> None:
    async with (
        softphone(site, "8011") as first,
        softphone(site, "8012") as gives,
        softphone(site, "8013") as third,
    ):
        ours, kept = await connect(first, gives, SECOND_HZ)
        asked = await gives.call("8013")
        theirs = await third.incoming()
        theirs.answer()
        await asked.answered()
        theirs.say(THIRD_HZ)
        await asked.hears(tone=THIRD_HZ)

        told: list[int] = []
        target = f"sip:8013@127.0.0.1:{site.sip_port}"
        assert kept.session.refer(target, lambda code, _: told.append(code), replaces=asked.session)
        await asyncio.gather(kept.ended(), asked.ended())
        await asyncio.gather(ours.hears(tone=THIRD_HZ), theirs.hears(tone=FIRST_HZ))
        assert told[-1] == 200
        theirs.hang_up()
        await ours.ended()


OUTSIDE = """
[[trunk]]
name = "far"
hosts = ["127.0.0.6:{port}"]
[[trunk]]
name = "house"
hosts = ["127.0.0.7:{port}"]
line = "internal"
extensions = ["85*"]
[[route]]
name = "out"
trunks = ["far"]
[[seat]]
seat_no = "8021"
password = "phone-8021"
pbx = true
dial = "national"
[pbx]
outside_prefix = "0"
"""


async def test_seats_talk_with_the_outside_and_with_the_houses_pbx(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    port = free_port()
    site = new_site(more=OUTSIDE.format(port=port))
    daemon = new_daemon(site)
    async with (
        Softphone(site.exchange(), "13800138000", host="127.0.0.6", port=port) as carrier,
        Softphone(site.exchange(), "8501", host="127.0.0.7", port=port) as house,
        softphone(site, "8021") as phone,
    ):
        for dialled, other in (("013800138000", carrier), ("8501", house)):
            ours = await phone.call(dialled)
            theirs = await other.incoming()
            theirs.answer()
            await ours.answered()
            ours.say(FIRST_HZ)
            theirs.say(SECOND_HZ)
            await asyncio.gather(ours.hears(tone=SECOND_HZ), theirs.hears(tone=FIRST_HZ))
            assert theirs.caller == ("8021" if other is house else "anonymous")
            ours.hang_up()
            await theirs.ended()
        call = await phone.call("0001441632960960")
        with pytest.raises(CallFailedError, match="403"):
            await call.answered()
        ours, theirs = await connect(house, phone, THIRD_HZ)
        assert theirs.caller == "8501"
        theirs.hang_up()
        await ours.ended()
    daemon.stop()

    async with records(site) as store:
        kept = [(cdr.direction, cdr.dnis, cdr.trunk) for cdr in await store.calls.list()]
    assert sorted(kept) == [
        ("internal", "8021", "house"),
        ("internal", "8501", "house"),
        ("out", "013800138000", "far"),
    ]
