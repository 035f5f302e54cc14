"""Asterisk as the house's IP-PBX: its extensions and ours call each other (WZ-T12)."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from callcenter.demo.phone_call import PhoneCall
from callcenter.demo.softphone import Softphone
from tests.support import asterisk
from tests.support.audio import alaw_encode, tone
from tests.support.daemon import Daemon
from tests.support.live_site import LiveSite, write_site
from tests.support.ports import free_port

pytestmark = pytest.mark.skipif(
    not asterisk.installed(), reason="Asterisk is not there: scripts/install-asterisk.sh"
)

HOST = "127.0.0.7"
HOUSE_HZ, CENTRE_HZ, THIRD_HZ, MUSIC_HZ = 440, 620, 880, 350
_TRUNK = """
[[trunk]]
name = "house"
hosts = ["{host}:{port}"]
line = "internal"
trusted = true
extensions = ["85*"]
"""


@dataclass(frozen=True)
class House:
    """A daemon, and the PBX of the house."""

    daemon: Daemon
    port: int

    @property
    def site(self) -> LiveSite:
        return self.daemon.site

    def extension(self) -> Softphone:
        """The phone of the PBX's only extension."""
        return Softphone(f"udp:{HOST}:{self.port}", "8501", password="phone-8501", host=HOST)

    def seat(self, seat_no: str) -> Softphone:
        """One of our phones."""
        return Softphone(self.site.exchange(), seat_no, password=f"phone-{seat_no}")


@pytest.fixture(scope="module")
def _house(speech_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    port = free_port()
    more = _TRUNK.format(host=HOST, port=port)
    daemon = Daemon(write_site(tmp_path_factory.mktemp("site"), speech_cache, more=more))
    folder = tmp_path_factory.mktemp("pbx")
    values = {"host": HOST, "port": port, "centre_port": daemon.site.sip_port}
    asterisk.write(folder, Path(__file__).parent / "asterisk", values)
    (folder / "music" / "tone.alaw").write_bytes(alaw_encode(tone(MUSIC_HZ, 10)))
    pbx = asterisk.Asterisk(folder)
    try:
        daemon.wait_ready()
        pbx.wait_serving()
        yield House(daemon, port)
        pbx.stop()
        daemon.stop()
    finally:
        pbx.kill()
        daemon.remove()


@pytest.fixture
def house(_house: House) -> Iterator[House]:
    """The two; each test must leave the daemon without calls and errors."""
    yield _house
    _house.daemon.wait_quiet()
    _house.daemon.assert_healthy()


async def _connected(caller: Softphone, called: Softphone) -> tuple[PhoneCall, PhoneCall]:
    """The one has called the other; each hears its tone, that of the house or of the centre."""
    ours = await caller.call(called.user)
    theirs = await called.incoming()
    theirs.answer()
    await asyncio.gather(ours.answered(), theirs.answered())
    for call, phone in ((ours, caller), (theirs, called)):
        call.say(HOUSE_HZ if phone.user == "8501" else CENTRE_HZ)
    await asyncio.gather(
        ours.hears(tone=HOUSE_HZ if called.user == "8501" else CENTRE_HZ),
        theirs.hears(tone=HOUSE_HZ if caller.user == "8501" else CENTRE_HZ),
    )
    return ours, theirs


async def _offered(call: PhoneCall, direction: bytes) -> int:
    code = asyncio.get_running_loop().create_future()
    offer = call.offer().replace(b"sendrecv", direction)
    assert call.session.reinvite(offer, lambda status, _: code.set_result(status))
    return int(await code)


async def test_its_extension_calls_one_of_ours_holds_and_retrieves(house: House) -> None:
    async with house.extension() as extension, house.seat("8011") as seat:
        theirs, ours = await _connected(extension, seat)
        assert ours.caller == "8501"
        assert await _offered(theirs, b"sendonly") == 200
        await ours.hears(tone=MUSIC_HZ)
        assert await _offered(theirs, b"sendrecv") == 200
        await asyncio.gather(ours.hears(tone=HOUSE_HZ), theirs.hears(tone=CENTRE_HZ))
        ours.hang_up()
        assert (await theirs.ended()).by == "remote"


async def test_one_of_ours_calls_its_extension_holds_and_retrieves(house: House) -> None:
    async with house.extension() as extension, house.seat("8011") as seat:
        ours, theirs = await _connected(seat, extension)
        assert theirs.caller == "8011"
        assert await _offered(ours, b"sendonly") == 200
        await theirs.hears("music")
        assert await _offered(ours, b"sendrecv") == 200
        await asyncio.gather(ours.hears(tone=HOUSE_HZ), theirs.hears(tone=CENTRE_HZ))
        theirs.hang_up()
        assert (await ours.ended()).by == "remote"


async def test_its_extension_transfers_one_of_ours_to_another(house: House) -> None:
    """By REFER to the PBX, which calls us once more and stays between the two calls."""
    async with (
        house.extension() as extension,
        house.seat("8011") as seat,
        house.seat("8012") as other,
    ):
        gives, ours = await _connected(extension, seat)
        told: list[int] = []
        target = f"sip:8012@{HOST}:{house.port}"
        assert gives.session.refer(target, lambda code, _: told.append(code))
        third = await other.incoming()
        assert third.caller == "8011"
        third.answer()
        third.say(THIRD_HZ)
        await asyncio.gather(ours.hears(tone=THIRD_HZ), third.hears(tone=CENTRE_HZ))
        assert told[-1] == 200
        gives.hang_up()
        await gives.ended()
        ours.hang_up()
        await third.ended()


async def test_it_refers_one_of_ours_to_another(house: House) -> None:
    async with house.seat("8011") as seat, house.seat("8012") as other:
        ours = await seat.call("8599")
        third = await other.incoming()
        assert third.caller == "8011"
        third.answer()
        third.say(THIRD_HZ)
        ours.say(CENTRE_HZ)
        await asyncio.gather(ours.hears(tone=THIRD_HZ), third.hears(tone=CENTRE_HZ))
        ours.hang_up()
        await third.ended()
