"""Old recordings go by whole days, and none begins without room."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog

from callcenter.recordings.upkeep import MEGABYTE, Upkeep, days, sweep
from callcenter.settings import RecordingSettings

TODAY = date(2026, 3, 10)


def fill(root: Path, *names: str, size: int = 1000) -> None:
    for name in names:
        (root / name).mkdir(parents=True)
        (root / name / "call.wav").write_bytes(bytes(size))
        (root / name / "call.jsonl").write_bytes(b"")


def there(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({}, ["2026-02-01", "2026-03-01", "2026-03-07", "2026-03-09", "2026-03-10"]),
        ({"keep_days": 9}, ["2026-03-01", "2026-03-07", "2026-03-09", "2026-03-10"]),
        ({"keep_days": 1}, ["2026-03-09", "2026-03-10"]),
        ({"max_gb": 3500e-9}, ["2026-03-07", "2026-03-09", "2026-03-10"]),
        ({"max_gb": 1e-9}, ["2026-03-09", "2026-03-10"]),
    ],
)
def test_whole_days_are_deleted_but_never_the_last_two(
    tmp_path: Path, settings: dict[str, float], left: list[str]
) -> None:
    fill(tmp_path, "2026-02-01", "2026-03-01", "2026-03-07", "2026-03-09", "2026-03-10")

    gone = sweep(tmp_path, TODAY, RecordingSettings.model_validate(settings))

    assert there(tmp_path) == left
    assert gone.days == 5 - len(left)
    assert gone.files == 2 * gone.days
    assert gone.size == 1000 * gone.days


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    fill(tmp_path, "2020-01-01", "archive")
    (tmp_path / "2020-01-01" / "notes.txt").write_text("keep")

    sweep(tmp_path, TODAY, RecordingSettings(keep_days=1))

    assert there(tmp_path) == ["2020-01-01", "archive"]
    assert there(tmp_path / "2020-01-01") == ["notes.txt"]
    assert there(tmp_path / "archive") == ["call.jsonl", "call.wav"]


def test_a_root_that_is_missing_has_no_days(tmp_path: Path) -> None:
    assert days(tmp_path / "none") == []


async def test_the_room_on_the_disk_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [0]
    usage = lambda _: SimpleNamespace(free=free[0] * MEGABYTE)  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", usage)
    watched = Upkeep(
        tmp_path,
        RecordingSettings(least_free_mb=200),
        lambda: datetime(2026, 3, 10, tzinfo=UTC),
        structlog.get_logger(),
    )
    told = []
    with structlog.testing.capture_logs() as logged:
        for free[0] in (300, 150, 150, 250):
            await watched.look()
            told.append(watched.has_room)

    assert told == [True, False, False, True]
    assert [line["log_level"] for line in logged] == ["error", "info"]
