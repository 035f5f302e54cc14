"""The files of a capture: segments of two files, `….sip` (messages) and `….calls` (the index:
events of calls). Whole batches are written: telephone numbers and all, for their owner alone.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from callcenter.segments import segment

PARTS = 16
"""Segments that a full capture has."""
LARGEST_PART = 16_000_000
"""Bytes of a segment however large the capture is: one is read in one piece."""


@dataclass(frozen=True, slots=True)
class Segment(segment.Segment):
    """Two files with one name; `path` is the messages'."""

    @property
    def calls(self) -> Path:
        """The events of calls."""
        return self.path.with_suffix(".calls")

    @property
    def files(self) -> Sequence[Path]:
        """Both."""
        return self.path, self.calls


def segments(folder: Path) -> list[Segment]:
    """Those in the folder, oldest first."""
    return segment.listed(folder, Segment, ".sip")


class SegmentWriter:
    """Writes into the newest segment and keeps the folder within its bounds."""

    def __init__(self, folder: Path, max_bytes: int, max_days: float, header: bytes = b"") -> None:
        """`header` is what every index begins with."""
        self._header = header
        self._folder = folder
        self._max_age = max_days * segment.DAY_S
        self._part = min(max_bytes // PARTS, LARGEST_PART)
        self._room = max_bytes - self._part
        self._current: Segment | None = None
        self._files: tuple[int, int] | None = None
        self._written = 0

    def write(self, messages: Iterable[bytes], calls: bytes, now: float) -> None:
        """Appends records and lines of events. `OSError` when the disk refuses.

        After any fault the next batch begins a segment.
        """
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
        except Exception:
            self.close()
            raise

    def prune(self, now: float) -> None:
        """Removes what is too old, and the oldest until a new segment has room."""
        current = None if self._current is None else self._current.path
        segment.prune(segments(self._folder), current, self._room, self._max_age, now)

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
        segment.append(self._files[which], data)
        self._written += len(data)

    def _open(self, now: float) -> None:
        self.prune(now)
        messages, begun = segment.begin(self._folder, Segment, ".sip", now)
        try:
            calls = segment.appending(begun.calls)
        except OSError:
            os.close(messages)
            raise
        self._files = (messages, calls)
        self._current = begun
        segment.append(calls, self._header)
