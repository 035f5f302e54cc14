"""Each requirement on the queues has a row in docs/acd.md, and each row tests that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROWS = dict(
    re.findall(
        r"^\| ((?:WZ|IP|GD|GX|HL|A)-[\w.]+) \| [^|]* \| ([^|]*) \|$",
        (ROOT / "docs" / "acd.md").read_text(),
        re.MULTILINE,
    )
)
CITED = """
WZ-1.4 WZ-3.1a WZ-3.3.3 WZ-3.3.6.7 WZ-3.5a WZ-T2 WZ-T18 WZ-T22
IP-2.1.1a IP-2.1.1b IP-2.1.1c IP-2.1.1d IP-2.1.1e IP-2.1.2a IP-2.1.2b IP-2.1.5b IP-2.1.5c IP-2.1.6a
IP-2.2.1 IP-2.2.2 IP-2.2.3
GD-2.1.10 GD-5.2e GD-5.2f
GX-M2.6 GX-M2.7 GX-O1
HL-2 HL-3 HL-6a HL-11
A-05 A-06 A-07 A-12 A-14 A-24 A-29 A-30 A-33
"""
"""What the queues, calendars and callbacks are to do."""
CASES = "unit/acd/test_requirements"


def test_every_requirement_has_a_row() -> None:
    assert sorted(ROWS) == sorted(CITED.split())


@pytest.mark.parametrize("requirement", ROWS)
def test_the_tests_of_a_row_are_there(requirement: str) -> None:
    names = re.findall(r"`([\w/]+)`", ROWS[requirement])
    assert names
    for name in names:
        found = list((ROOT / "tests").rglob(f"{name}.py"))
        assert len(found) == 1, name
        if name == CASES:
            named = re.findall(r'^    "((?:[A-Z]+-[\w.()]+(?:, )?)+) ', found[0].read_text(), re.M)
            ids = {each for text in named for each in text.split(", ")}
            assert any(each.startswith(requirement) for each in ids), "no case of that name"
