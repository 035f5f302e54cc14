"""Callers of the trunk beside a flood of strangers' calls: none of theirs fails."""

from pathlib import Path

import pytest

from tests.load.centre import running, silent_phones
from tests.load.flood import flooding

pytestmark = pytest.mark.load

AGENTS = 20
CALLS = 30
RATE = 10.0
HOLD_S = 0.5
SOURCES = 1000
FLOOD_RATE = 2000


def test_a_flood_from_a_thousand_addresses_fails_no_caller_of_the_trunk(tmp_path: Path) -> None:
    with running(tmp_path, AGENTS) as centre, silent_phones() as ports:
        with (
            flooding(centre.site.sip_port, SOURCES, FLOOD_RATE) as flood,
            centre.calls([ports] * CALLS, rate=RATE, hold_s=HOLD_S) as callers,
        ):
            callers.passed(within=30)
        centre.wait_stored(CALLS)
        log = centre.daemon.log.read_text()
    assert flood.result["sent"] > SOURCES
    assert flood.result["answered"] < 4 * SOURCES
    assert log.count("refused ") < 150  # a flood does not fill the log
