"""What is heard on outgoing calls: where it is asked for, when, and whom it is told (WZ-T26)."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from callcenter.switch.line_ear import CORRECTION_S, LONGEST_S
from callcenter.switch.outside_line import OutsideLine
from callcenter.switch.presented import Presented
from callcenter.switch.trunk_invite import OutsideCall
from media.heard import Heard
from tests.support.fake_media import FakePort
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

CARRIER = "10.0.2.1"
NUMBER = "057188889999"
TRUNK = """
[pbx]
outside_prefix = "0"
dial = "national"
[[trunk]]
name = "east"
hosts = ["10.0.2.1"]
{}
[[route]]
name = "all"
trunks = ["east"]
"""


def _call(site: SimSite, heard: list[Heard] | None = None) -> OutsideLine:
    told = None if heard is None else heard.append
    call = OutsideCall(NUMBER, Presented("4001"), heard=told)
    line = OutsideLine(site.exchange.services, call)
    line.start()
    return line


def _port(line: OutsideLine) -> FakePort:
    assert line.leg is not None
    port = line.leg.port
    assert isinstance(port, FakePort)
    return port


def _told(site: SimSite) -> list[tuple[str, str, bool]]:
    return [(e.sign, e.kind, e.answered) for e in site.told(events.LineHeard)]


@virtual_time
async def test_who_asks_is_told_how_the_call_goes_and_who_answered(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNK.format("")) as site:
        gateway = await site.gateway(CARRIER)
        heard: list[Heard] = []
        line = _call(site, heard)
        port = _port(line)
        await moment()
        assert port.ears == {"progress"}
        await moment()
        port.sounds_like("colour_ringback", "music", 0.85)
        gateway.answer()
        await moment()
        assert port.ears == {"machine", "voice"}
        port.sounds_like("machine")
        port.sounds_like("beep")
        assert port.ears == set()
        assert [(one.sign, one.kind) for one in heard] == [
            ("colour_ringback", "music"),
            ("machine", ""),
            ("beep", ""),
        ]
        line.hang_up()
        await moment()


@virtual_time
async def test_a_trunk_with_progress_is_listened_to_for_the_records(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNK.format("progress = true")) as site:
        phone, gateway = await site.phone("8011"), await site.gateway(CARRIER)
        phone.dial("0" + NUMBER)
        await moment()
        gateway.port.sounds_like("special_information", "vacant", 0.95)
        gateway.answer()
        await moment()
        gateway.port.sounds_like("machine")
        gateway.port.sounds_like("beep")
        assert _told(site) == [
            ("special_information", "vacant", False),
            ("machine", "", True),
            ("beep", "", True),
        ]
        heard = site.told(events.LineHeard)[0]
        assert (heard.call_id, heard.party) == (site.call.call_id, "trunk east")
        assert heard.confidence == 0.95
        phone.hang_up()
        await moment()


@pytest.mark.parametrize(
    ("trunk", "route", "ears"),
    [("false", "true", {"progress"}), ("true", "false", set()), ("true", "true", {"progress"})],
)
@virtual_time
async def test_a_route_says_for_its_numbers_whether_they_are_listened_to(
    tmp_path: Path, trunk: str, route: str, ears: set[str]
) -> None:
    some = f'[[route]]\nname = "some"\nprefix = "0571"\ntrunks = ["east"]\nprogress = {route}\n'
    more = TRUNK.format(f"progress = {trunk}") + some
    async with running_site(tmp_path, more=more) as site:
        await site.gateway(CARRIER)
        line = _call(site)
        await moment()
        assert _port(line).ears == ears
        line.hang_up()
        other = OutsideLine(site.exchange.services, OutsideCall("01062345678", Presented("4001")))
        other.start()
        await moment()
        assert _port(other).ears == ({"progress"} if trunk == "true" else set())
        other.hang_up()
        await moment()


@virtual_time
async def test_nothing_is_listened_to_where_nobody_asks(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNK.format("")) as site:
        await site.gateway(CARRIER)
        line = _call(site)
        await moment()
        assert _port(line).ears == set()
        line.hang_up()
        await moment()


@virtual_time
async def test_the_listening_ends_a_minute_after_the_answer(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNK.format("progress = true")) as site:
        gateway = await site.gateway(CARRIER)
        gateway.answer_calls()
        line = _call(site)
        await asyncio.sleep(1)
        port = _port(line)
        port.sounds_like("machine")
        assert port.ears == {"machine", "voice"}
        await asyncio.sleep(LONGEST_S)
        assert port.ears == set()
        line.hang_up()
        await moment()


@virtual_time
async def test_what_was_taken_for_a_person_may_still_beep(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNK.format("")) as site:
        gateway = await site.gateway(CARRIER)
        gateway.answer_calls()
        heard: list[Heard] = []
        line = _call(site, heard)
        await asyncio.sleep(1)
        port = _port(line)
        port.sounds_like("human", "", 0.65)
        await asyncio.sleep(CORRECTION_S - 1)
        port.sounds_like("machine")
        await asyncio.sleep(2)
        assert port.ears == set()
        assert [one.sign for one in heard] == ["human", "machine"]
        line.hang_up()
        await moment()
