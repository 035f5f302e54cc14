"""The files of a capture: segments in the order of time, the oldest of which give way.

A segment is `TIME-PID.sip` (messages) and `TIME-PID.calls` (the index: events of calls). Files are
written in whole batches without a buffer, so that whoever reads them sees what is there at once.
Mode 0600 in a folder of 0700: telephone numbers are personal data.
"""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PARTS = 16
"""Segments that a full capture has."""
LARGEST_PART = 16_000_000
"""Bytes of a segment however large the capture is: one is read in one piece."""
DAY_S = 86_400.0
_NAME = re.compile(r"(\d{8}T\d{6}\.\d{6})-\d+\.sip")
_TIME = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True, slots=True)
class Segment:
    """Two files with one name; `since` is the wall time of its beginning."""

    since: float
    messages: Path

    @property
    def calls(self) -> Path:
        """The events of calls."""
        return self.messages.with_suffix(".calls")

    def size(self) -> int:
        """Bytes of both."""
        return sum(_size(path) for path in (self.messages, self.calls))

    def last_written(self) -> float:
        """Wall time; 0 when it has just been removed."""
        try:
            return self.messages.stat().st_mtime
        except OSError:
            return 0.0

    def remove(self) -> None:
        """Deletes both."""
        for path in (self.messages, self.calls):
            with suppress(FileNotFoundError):
                path.unlink()


def segments(folder: Path) -> list[Segment]:
    """Those in the folder, oldest first; none where there is no folder."""
    found = []
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    for name in names:
        if match := _NAME.fullmatch(name):
            since = datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)
            found.append(Segment(since.timestamp(), folder / name))
    return sorted(found, key=lambda segment: (segment.since, segment.messages.name))


class SegmentWriter:
    """Writes into the newest segment and keeps the folder within its bounds."""

    def __init__(self, folder: Path, max_bytes: int, max_days: float, header: bytes = b"") -> None:
        """`header` is what every index begins with."""
        self._header = header
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_age = max_days * DAY_S
        self._part = min(max_bytes // PARTS, LARGEST_PART)
        self._current: Segment | None = None
        self._files: tuple[int, int] | None = None
        self._written = 0

    def write(self, messages: Iterable[bytes], calls: bytes, now: float) -> None:
        """Appends records and lines of events. `OSError` when the disk refuses."""
        try:
            self._append(1, calls, now)
            batch: list[bytes] = []
            size = 0
            for record in messages:
                if batch and self._written + size + len(record) > self._part:
                    self._append(0, b"".join(batch), now)
                    batch, size = [], 0
                    self.close()
                batch.append(record)
                size += len(record)
            self._append(0, b"".join(batch), now)
        except OSError:
            self.close()
            raise

    def prune(self, now: float) -> None:
        """Removes what is too old, and the oldest until a new segment has room."""
        old = [each for each in segments(self._folder) if each != self._current]
        room = self._max_bytes - self._part
        total = sum(each.size() for each in old)
        for segment in old:
            if total <= room and now - segment.last_written() <= self._max_age:
                return
            total -= segment.size()
            segment.remove()

    def close(self) -> None:
        """Ends the segment; the next batch begins another."""
        if self._files is not None:
            for file in self._files:
                os.close(file)
        self._files = self._current = None
        self._written = 0

    def _append(self, which: int, data: bytes, now: float) -> None:
        if not data:
            return
        too_old = self._current is not None and now - self._current.since > self._max_age / PARTS
        if self._written >= self._part or too_old:
            self.close()
        if self._files is None:
            self._open(now)
        assert self._files is not None
        view = memoryview(data)
        while view:
            view = view[os.write(self._files[which], view) :]
        self._written += len(data)

    def _open(self, now: float) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.prune(now)
        name = f"{datetime.fromtimestamp(now, UTC).strftime(_TIME)}-{os.getpid()}.sip"
        segment = Segment(now, self._folder / name)
        while segment.messages.exists():  # within a microsecond, or the clock was set back
            now += 1e-6
            name = f"{datetime.fromtimestamp(now, UTC).strftime(_TIME)}-{os.getpid()}.sip"
            segment = Segment(now, self._folder / name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        messages = os.open(segment.messages, flags, 0o600)
        try:
            calls = os.open(segment.calls, flags, 0o600)
        except OSError:
            os.close(messages)
            raise
        self._files = (messages, calls)
        self._current = segment
        os.write(calls, self._header)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
