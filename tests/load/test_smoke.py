"""The load smoke of CI: calls in quick succession, then voice both ways, and nothing left over."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.load import concurrent, proc
from tests.load.centre import Centre, running, silent_phones
from tests.load.storm import storm

pytestmark = pytest.mark.load

AGENTS = 20
CALLS = 30
RATE = 10.0
HOLD_S = 0.5
VOICE_CALLS = 10
VOICE_S = 5


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    with running(tmp_path_factory.mktemp("load"), AGENTS) as centre:
        yield centre


def _complaints(centre: Centre) -> list[str]:
    log = centre.daemon.log.read_text().splitlines()
    return [line for line in log if json.loads(line)["level"] not in ("debug", "info")]


def test_thirty_calls_in_three_seconds_are_all_answered_and_recorded(centre: Centre) -> None:
    ports_before = proc.udp_ports(centre.daemon.pid)
    with (
        silent_phones() as ports,
        centre.calls([ports] * CALLS, rate=RATE, hold_s=HOLD_S) as callers,
    ):
        callers.passed(within=20)
    centre.wait_stored(CALLS)
    assert proc.udp_ports(centre.daemon.pid) == ports_before
    assert _complaints(centre) == []


def test_no_packet_is_lost_between_twenty_voices(centre: Centre) -> None:
    seen = concurrent.talk(centre, VOICE_CALLS, VOICE_S, rate=RATE, optimised=False)
    assert seen.voice["sent"] == 2 * VOICE_CALLS * 50 * VOICE_S
    assert (seen.voice["lost"], seen.voice["misdelivered"]) == (0, 0)
    assert seen.ports_left == 0


def test_a_hundred_phones_register_in_a_second(tmp_path: Path) -> None:
    assert storm(tmp_path, 100, 1.0).registered == 100
