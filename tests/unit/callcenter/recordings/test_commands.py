"""`callcenter recordings`, on a database and a folder of its own; no daemon runs."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner, Result

from callcenter.cli import app
from callcenter.clock import Clock
from callcenter.store.rows import Recording
from callcenter.store.store import Store

SITE = """
[sip]
listen = ["udp:127.0.0.1:5060"]
domain = "127.0.0.1"
[media]
address = "127.0.0.1"
[store]
url = "sqlite+aiosqlite:///{folder}/store.db"
recordings = "{folder}/recordings"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two recordings: one of today's fashion, one whose file has been deleted."""
    file = tmp_path / "site.toml"
    file.write_text(SITE.format(folder=tmp_path))
    day = tmp_path / "recordings" / "2026-03-02"
    day.mkdir(parents=True)
    sound = np.zeros((8000, 2))
    soundfile.write(day / "c1.wav", sound, 8000, subtype="ALAW")
    (day / "c1.jsonl").write_text(
        '{"at": 0, "what": "begins", "who": "1001"}\n{"at": 2.5, "what": "holds", "who": "1001"}\n'
    )
    asyncio.run(_keep(tmp_path, _row("c1", 2, "1001"), _row("c2", 3, "1002")))
    return file


def _row(call_id: str, day: int, agent_id: str) -> Recording:
    began = datetime(2026, 3, day, 9, 30, tzinfo=UTC)
    path = f"2026-03-0{day}/{call_id}.wav"
    return Recording(call_id, call_id, path, f"{call_id}.wav", began, 1.0, 16058, "", agent_id)


async def _keep(folder: Path, *rows: Recording) -> None:
    clock = Clock(asyncio.get_running_loop().time)
    url = f"sqlite+aiosqlite:///{folder}/store.db"
    store = await Store.open(url, clock=clock, spool=folder / "spool")
    store.put(rows)
    await store.close()


def run(site: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["recordings", *arguments, "--config", str(site)])


@pytest.mark.parametrize(
    ("wanted", "calls"),
    [
        ((), ["c1", "c2"]),
        (("--agent", "1001"), ["c1"]),
        (("--call", "c2"), ["c2"]),
        (("--from", "2026-03-03"), ["c2"]),
        (("--to", "2026-03-02"), ["c1"]),
    ],
)
def test_recordings_are_found(site: Path, wanted: tuple[str, ...], calls: list[str]) -> None:
    listed = run(site, "list", *wanted).stdout
    assert [call for call in ("c1", "c2") if f"{call}.wav" in listed] == calls


def test_a_day_that_is_none_is_told(site: Path) -> None:
    result = run(site, "list", "--from", "yesterday")
    assert (result.exit_code, "'yesterday'" in result.stderr) == (2, True)


def test_the_marks_of_a_recording_are_shown(site: Path) -> None:
    lines = run(site, "show", "2026-03-02/c1.wav").stdout.splitlines()
    assert [line.split() for line in lines if line] == [
        ["second", "what", "who", "whom"],
        ["0.0", "begins", "1001"],
        ["2.5", "holds", "1001"],
    ]


def test_what_can_be_exported_is_and_the_rest_is_told(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    result = run(site, "export", str(out), "--format", "opus")

    assert result.exit_code == 1
    assert "c2.wav" in result.stderr
    assert [path.name for path in out.iterdir()] == ["c1.opus"]
    assert soundfile.info(out / "c1.opus").channels == 2
    again = run(site, "export", str(out), "--format", "opus", "--agent", "1001")
    assert (again.exit_code, again.stdout) == (0, f"0 recordings exported to {out}\n")


def test_a_format_that_is_none_is_told(site: Path, tmp_path: Path) -> None:
    result = run(site, "export", str(tmp_path / "out"), "--format", "mp4")
    assert (result.exit_code, "'mp4'" in result.stderr) == (2, True)
