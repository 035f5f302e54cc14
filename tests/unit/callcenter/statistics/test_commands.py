"""`callcenter report queues`, on a database of its own."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from callcenter.cli import app
from callcenter.statistics.shown import COLUMNS
from callcenter.store.rows import QueueEntry, QueueVisit
from callcenter.store.store import Store

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SITE = """
[sip]
listen = ["udp:127.0.0.1:5060"]
domain = "127.0.0.1"
[media]
address = "127.0.0.1"
[store]
url = "sqlite+aiosqlite:///{database}"
[[queue]]
name = "sales"
skills = {{ sales = 1 }}
answer_within = 10
"""


def run(site: Path, *arguments: str) -> Result:
    day = ("--from", "2026-03-01", "--to", "2026-03-02", "--zone", "UTC")
    command = ["report", "queues", "--config", str(site), *day, *arguments]
    return CliRunner().invoke(app, command)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.toml"
    file.write_text(SITE.format(database=tmp_path / "store.db"))
    return file


@pytest.fixture
def visited(site: Path) -> Path:
    """Three callers of 08:00 and one of 09:00, who still waits."""
    rows: list[QueueEntry | QueueVisit] = []
    stories = [("answered", 5.0), ("answered", 25.0), ("abandoned", 12.0)]
    for number, (outcome, waited) in enumerate(stories):
        entry = QueueEntry(f"v{number}", f"c{number}", "sales", START, 0, 0.0)
        rows += [
            entry,
            QueueVisit(
                visit_id=entry.visit_id,
                call_id=entry.call_id,
                queue="sales",
                entered_at=START,
                left_at=START + timedelta(seconds=waited),
                outcome=outcome,
                cause=outcome,
                agent_id=None,
                waited_s=waited,
                rang_s=0.0,
                offers=0,
                expected_min_s=None,
                expected_max_s=None,
            ),
        ]
    rows.append(QueueEntry("v9", "c9", "sales", START + timedelta(hours=1), 0, 0.0))

    async def write() -> None:
        store = await Store.open(f"sqlite+aiosqlite:///{site.parent / 'store.db'}")
        await store.reconciled()
        store.put(rows)
        await store.close()

    asyncio.run(write())
    return site


def test_the_table_has_a_line_an_interval_and_a_total(visited: Path) -> None:
    result = run(visited, "--by", "hour", "--level", "negative")
    assert result.exit_code == 0
    told = [line.split() for line in result.stdout.splitlines() if "sales" in line]
    assert told[0][:5] == ["2026-03-01", "08:00", "sales", "3", "2"]
    assert told[1][:5] == ["2026-03-01", "09:00", "sales", "1", "0"]
    assert told[2][:4] == ["total", "sales", "4", "2"]
    assert "33.3" in told[0]  # one of three within ten seconds
    assert "level = HW/P" in result.stdout


def test_json_has_every_figure(visited: Path) -> None:
    [record] = json.loads(run(visited, "--json").stdout)
    assert list(record) == list(COLUMNS)
    assert record["interval"] == "2026-03-01T00:00:00+00:00"
    assert (record["presented"], record["answered"], record["open"]) == (4, 2, 1)
    assert (record["sl_handled"], record["asa_s"]) == (0.5, 15.0)


def test_csv_has_the_same(visited: Path) -> None:
    result = run(visited, "--by", "hour", "--csv")
    records = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(each["presented"], each["asa_s"]) for each in records] == [("3", "15.0"), ("1", "")]


def test_only_the_queues_asked_for(visited: Path) -> None:
    assert run(visited, "--queue", "other").stdout == "no caller entered a queue\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--from", "yesterday"), 2, "'yesterday' is no time"),
        (("--from", "2026-03-03"), 2, "--from must be before --to"),
        (("--zone", "Mars/North"), 2, "no time zone 'Mars/North'"),
        (("--level", "golden"), 2, "no formula 'golden'"),
        (("--from", "1990-01-01", "--by", "15min"), 2, "too many intervals"),
        (("--queue", "sales"), 1, "there is no database"),
    ],
)
def test_what_cannot_be_told_is_one_line(
    site: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    result = run(site, *arguments)
    assert result.exit_code == code
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1
