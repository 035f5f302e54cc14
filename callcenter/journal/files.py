"""The files of a journal: `TIME-PID.journal`, compressed once they are complete (`….journal.gz`).

Mode 0600 in a folder of 0700. The oldest give way.
"""

import fcntl
import gzip
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DAY_S = 86_400.0
_NAME = re.compile(r"(\d{8}T\d{6}\.\d{6})-\d+\.journal(\.gz)?")
_TIME = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True, slots=True)
class Segment:
    """One file; `since` is the wall time of its beginning."""

    since: float
    path: Path

    def lines(self) -> Iterator[bytes]:
        """Its complete lines; none where it has just given way. `OSError` when it is damaged."""
        opened = gzip.open if self.path.suffix == ".gz" else open
        try:
            with opened(self.path, "rb") as file:
                yield from (line for line in file if line.endswith(b"\n"))
        except FileNotFoundError:
            return
        except EOFError as error:
            raise OSError(f"{self.path} is cut short") from error

    def size(self) -> int:
        """Bytes; 0 when it has just been removed."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def last_written(self) -> float:
        """Wall time; 0 when it has just been removed."""
        try:
            return self.path.stat().st_mtime
        except OSError:
            return 0.0


def segments(folder: Path) -> list[Segment]:
    """Those in the folder, oldest first; none where there is no folder."""
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    found: dict[str, Segment] = {}
    for name in names:
        if match := _NAME.fullmatch(name):
            since = datetime.strptime(match[1], _TIME).replace(tzinfo=UTC).timestamp()
            # Where both are there, compression was cut short: the first one is whole.
            found.setdefault(name.removesuffix(".gz"), Segment(since, folder / name))
    return sorted(found.values(), key=lambda each: (each.since, each.path.name))


def new_file(folder: Path, now: float) -> tuple[int, Path]:
    """A descriptor to append to, and where it is. `OSError` when the disk refuses.

    As long as it is open, its lock tells other processes that the file is not complete.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        name = f"{datetime.fromtimestamp(now, UTC).strftime(_TIME)}-{os.getpid()}.journal"
        with suppress(FileExistsError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            file = os.open(folder / name, flags, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX)
            return file, folder / name
        now += 1e-6


def compress(path: Path) -> None:
    """Puts `….gz` in the file's place, unless a process still writes to it.

    `OSError` when the disk refuses: then it stays as it is.
    """
    packed = path.with_name(f"{path.name}.gz")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        with path.open("rb") as plain:
            fcntl.flock(plain, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with (
                open(os.open(packed, flags, 0o600), "wb") as file,
                gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6) as writer,
            ):
                shutil.copyfileobj(plain, writer)
    except BlockingIOError:
        return
    except OSError:
        packed.unlink(missing_ok=True)
        raise
    path.unlink()


def prune(folder: Path, max_bytes: int, max_days: float, now: float, current: Path | None) -> None:
    """Removes what is too old, and the oldest until the rest fits; never `current`."""
    old = [each for each in segments(folder) if each.path != current]
    total = sum(each.size() for each in old)
    for segment in old:
        if total <= max_bytes and now - segment.last_written() <= max_days * DAY_S:
            return
        total -= segment.size()
        segment.path.unlink(missing_ok=True)
