"""Recordings do not fill the disk: old ones go, and none begins where there is too little room."""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from callcenter.settings import RecordingSettings

MEGABYTE = 1_000_000
GIGABYTE = 1_000 * MEGABYTE
LOOK_S = 30.0
"""How often the room on the disk is looked at."""
_LOOKS_A_SWEEP = 120
"""Old recordings are looked for once an hour."""


@dataclass(frozen=True, slots=True)
class Day:
    """The folder of one day."""

    date: date
    path: Path
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What was deleted."""

    days: int = 0
    files: int = 0
    size: int = 0


def days(root: Path) -> Sequence[Day]:
    """The days of which there are recordings, the oldest first. Other folders are none of ours."""
    found = []
    for path in root.iterdir() if root.is_dir() else ():
        try:
            day = date.fromisoformat(path.name)
        except ValueError:
            continue
        if path.is_dir() and not path.is_symlink():
            found.append(Day(day, path, sum(each.stat().st_size for each in _files(path))))
    return sorted(found, key=lambda each: each.date)


def sweep(root: Path, today: date, settings: RecordingSettings) -> Swept:
    """Deletes whole days: those older than `keep_days`, and the oldest until `max_gb` holds.

    Never today's, nor yesterday's, of which a call may still be recorded.
    """
    there = days(root)
    total = sum(day.size for day in there)
    gone = Swept()
    for day in there:
        if day.date >= today - timedelta(days=1):
            break
        age = (today - day.date).days
        is_old = settings.keep_days is not None and age > settings.keep_days
        is_too_much = settings.max_gb is not None and total > settings.max_gb * GIGABYTE
        if not (is_old or is_too_much):
            break
        files = _delete(day.path)
        total -= day.size
        gone = Swept(gone.days + 1, gone.files + files, gone.size + day.size)
    return gone


def _delete(folder: Path) -> int:
    count = 0
    for path in _files(folder):
        path.unlink(missing_ok=True)
        count += 1
    with suppress(OSError):  # Somebody else's files are in it: they stay, and so does the folder.
        folder.rmdir()
    return count


def _files(folder: Path) -> Iterator[Path]:
    return (each for each in folder.iterdir() if each.suffix in (".wav", ".jsonl"))


class Upkeep:
    """Looks after the recordings' folder; all disk work in threads."""

    def __init__(
        self, root: Path, settings: RecordingSettings, today: Callable[[], datetime], logger: Any
    ) -> None:
        self.has_room = True
        """Whether a recording may begin."""
        self._root = root
        self._settings = settings
        self._today = today
        self._logger = logger

    async def run(self) -> None:
        """Until cancelled."""
        looks = 0
        while True:
            await self.look()
            if looks % _LOOKS_A_SWEEP == 0:
                await self.tidy()
            looks += 1
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Is there room? Told when that changes."""
        try:
            usage = await asyncio.to_thread(shutil.disk_usage, self._root)
        except OSError:
            return  # The recordings themselves will say what is wrong.
        least = self._settings.least_free_mb * MEGABYTE
        had, self.has_room = self.has_room, usage.free >= least
        if had and not self.has_room:
            self._logger.error(
                "no room for recordings: calls go on without", free_mb=usage.free // MEGABYTE
            )
        elif self.has_room and not had:
            self._logger.info("room for recordings again", free_mb=usage.free // MEGABYTE)

    async def tidy(self) -> None:
        """Deletes what is not to be kept any longer."""
        today = self._today().date()
        try:
            gone = await asyncio.to_thread(sweep, self._root, today, self._settings)
        except OSError as error:
            self._logger.error("old recordings not deleted", error=str(error))
            return
        if gone.days:
            self._logger.info(
                "old recordings deleted",
                days=gone.days,
                files=gone.files,
                mb=gone.size // MEGABYTE,
            )
