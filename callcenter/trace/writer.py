"""The thread behind the capture: writes segments, and sends the collector its copy."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from callcenter.segments.batch_thread import BatchThread
from callcenter.segments.segment import MEGABYTE
from callcenter.settings import TraceSettings
from callcenter.trace import index
from callcenter.trace.capture import Batch
from callcenter.trace.mirror import Mirror
from callcenter.trace.record import pack
from callcenter.trace.segments import SegmentWriter

PRUNE_S = 600.0


class CaptureWriter(BatchThread[Batch]):
    """Writes messages and events, and mirrors them, as is wanted. Its `lost` are messages."""

    def __init__(
        self, settings: TraceSettings, logger: Any, wall: Callable[[], float] = time.time
    ) -> None:
        super().__init__("trace", "messages", PRUNE_S, logger)
        self.written = 0
        """Messages since the start."""
        self._wall = wall
        self._segments: SegmentWriter | None = None
        if settings.capture:
            bounds = settings.max_mb * MEGABYTE, settings.max_days
            self._segments = SegmentWriter(settings.folder, *bounds, index.header())
        self.mirror = Mirror(settings) if settings.hep is not None else None

    def figures(self) -> dict[str, int]:
        """Messages written and lost; sent to the collector and not."""
        found = {"written": self.written, "lost": self.lost}
        if self.mirror is not None:
            found |= {"mirrored": self.mirror.sent, "not_mirrored": self.mirror.lost}
        return found

    def _close(self) -> None:
        if self._segments is not None:
            self._segments.close()
        if self.mirror is not None:
            self.mirror.close()

    def _prune(self) -> None:
        if self._segments is not None:
            self._segments.prune(self._wall())

    def _take(self, batch: Batch) -> None:
        if self._segments is not None:
            count = len(batch.messages)
            if self._keeps(partial(self._write, self._segments, batch), count):
                self.written += count
        if self.mirror is not None:
            self.mirror.send(batch)

    def _write(self, segments: SegmentWriter, batch: Batch) -> None:
        offset = batch.offset
        records = (
            pack(at + offset, data, remote, local, sent)
            for at, data, remote, local, sent in batch.messages
        )
        segments.write(records, index.line(batch.steps, offset), self._wall())
