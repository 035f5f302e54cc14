"""`callcenter simulate`."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callcenter.cli import app
from callcenter.simulation.comparing import Estimate, estimate
from tests.support.simulated_site import SITE

SCENARIO = """
hours = 1
[[arrivals]]
queue = "sales"
per_hour = 60
talk = { mean = 60 }
patience = { mean = 30 }
[[shift]]
count = 1
skills = { sales = 1 }
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    """Two sites, of which the second lets agents off after-call work, and a scenario."""
    one, other, scenario = (tmp_path / name for name in ("a.toml", "b.toml", "s.toml"))
    one.write_text(SITE)
    other.write_text(SITE.replace("acw = 10", "acw = 0"))
    scenario.write_text(SCENARIO)
    return str(one), str(other), str(scenario)


def test_two_sites_are_compared_with_the_same_callers(files: tuple[str, str, str]) -> None:
    one, other, scenario = files
    found = CliRunner().invoke(app, ["simulate", "-c", one, "-c", other, "-s", scenario, "--json"])
    assert found.exit_code == 0, found.output
    rows = {(row["site"], row["queue"]): row for row in json.loads(found.output)}
    assert len(rows) == 6
    before, after = rows[one, "sales"], rows[other, "sales"]
    assert before["presented"] == after["presented"] > 30
    assert before["presented_half"] > 0
    assert after["answered"] > before["answered"]
    assert rows[one, "all"]["occupancy"] > rows[other, "all"]["occupancy"]
    assert rows[one, "backup"]["asa_s"] is None


def test_a_table_a_plot_and_csv(files: tuple[str, str, str]) -> None:
    one, _, scenario = files
    runner = CliRunner()
    found = runner.invoke(app, ["simulate", "-c", one, "-s", scenario, "--runs", "1", "--plot"])
    assert found.exit_code == 0, found.output
    assert "in time %" in found.output
    assert "callers waiting" in found.output
    found = runner.invoke(app, ["simulate", "-c", one, "-s", scenario, "--csv"])
    rows = list(csv.DictReader(io.StringIO(found.output)))
    assert [row["queue"] for row in rows] == ["sales", "backup", "all"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([], "either --scenario or --journal"),
        (["-s", "none.toml"], "No such file"),
        (["--journal", "none"], "no journal of that time"),
        (["-s", "x", "--journal", "y"], "either"),
        (["--journal", "none", "--from", "today"], "'today' is no time"),
    ],
)
def test_mistakes_are_told_in_one_line(
    files: tuple[str, str, str], more: list[str], told: str
) -> None:
    found = CliRunner().invoke(app, ["simulate", "-c", files[0], *more])
    assert found.exit_code == 2
    assert told in found.output


def test_estimates() -> None:
    assert estimate([None, None]) is None
    assert estimate([3.0]) == Estimate(3.0, None)
    assert str(estimate([1.0, 3.0])) == "2.0 ± 12.7"
    many = estimate([float(number % 2) for number in range(100)])
    assert many is not None
    assert many.half == pytest.approx(0.1, abs=0.01)
