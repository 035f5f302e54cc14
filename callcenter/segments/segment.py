"""Files that follow one another in a folder, named `TIME-PID.SUFFIX` by their beginning.

Mode 0600 in a folder of 0700. The oldest give way.
"""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

MEGABYTE = 1_000_000
DAY_S = 86_400.0
_NAME = re.compile(r"((\d{8}T\d{6}\.\d{6})-\d+)(\..+)")
_TIME = "%Y%m%dT%H%M%S.%f"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Segment:
    """One, which is a file; `since` is the wall time of its beginning."""

    since: float
    path: Path

    @property
    def files(self) -> Sequence[Path]:
        """All that it consists of."""
        return (self.path,)

    def size(self) -> int:
        """Bytes; 0 when it has just been removed."""
        return sum(found.st_size for path in self.files if (found := _stat(path)))

    def last_written(self) -> float:
        """Wall time; 0 when it has just been removed."""
        found = _stat(self.path)
        return found.st_mtime if found else 0.0

    def remove(self) -> None:
        """Deletes it; harmless when it is gone."""
        for path in self.files:
            path.unlink(missing_ok=True)


S = TypeVar("S", bound=Segment)


def listed(folder: Path, kind: type[S], *suffixes: str) -> list[S]:
    """Those in the folder, oldest first; none where there is no folder.

    Where one is there under several suffixes, the first in the alphabet counts.
    """
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    found: dict[str, S] = {}
    for name in names:
        if (match := _NAME.fullmatch(name)) and match[3] in suffixes:
            since = datetime.strptime(match[2], _TIME).replace(tzinfo=UTC).timestamp()
            found.setdefault(match[1], kind(since, folder / name))
    return sorted(found.values(), key=lambda each: (each.since, each.path.name))


def begin(folder: Path, kind: type[S], suffix: str, now: float) -> tuple[int, S]:
    """A descriptor to append to, and the segment. `OSError` when the disk refuses."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        time = datetime.fromtimestamp(now, UTC).strftime(_TIME)
        path = folder / f"{time}-{os.getpid()}{suffix}"
        with suppress(FileExistsError):  # within a microsecond, or the clock was set back
            return appending(path, os.O_EXCL), kind(now, path)
        now += 1e-6


def appending(path: Path, more: int = 0) -> int:
    """A descriptor to append to a file, which is made where need be."""
    return os.open(path, _FLAGS | more, 0o600)


def append(file: int, data: bytes) -> None:
    """Writes all of it, without a buffer: whoever reads sees what is there at once."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def prune(
    every: Sequence[Segment], current: Path | None, room: int, max_age: float, now: float
) -> None:
    """Removes what is too old, and the oldest until the rest has room; never `current`."""
    old = [each for each in every if each.path != current]
    total = sum(each.size() for each in old)
    for segment in old:
        if total <= room and now - segment.last_written() <= max_age:
            return
        total -= segment.size()
        segment.remove()


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
