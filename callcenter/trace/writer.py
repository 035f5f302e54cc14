"""The thread behind the capture: writes segments, and sends the collector its copy."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callcenter.settings import TraceSettings
from callcenter.trace import index
from callcenter.trace.capture import Batch
from callcenter.trace.mirror import Mirror
from callcenter.trace.record import pack
from callcenter.trace.segments import SegmentWriter

MEGABYTE = 1_000_000
PRUNE_S = 600.0


@dataclass(slots=True)
class WriterCounters:
    """Messages since the start."""

    written: int = 0
    lost: int = 0
    """The disk refused them."""


class CaptureWriter:
    """One thread; `put` from the loop."""

    def __init__(
        self,
        settings: TraceSettings,
        logger: Any,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.counters = WriterCounters()
        self._logger = logger
        self._wall = wall
        self._segments = (
            SegmentWriter(
                settings.folder, settings.max_mb * MEGABYTE, settings.max_days, index.header()
            )
            if settings.capture
            else None
        )
        self.mirror = Mirror(settings) if settings.hep is not None else None
        self._batches: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._taken = 0
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="trace writer", daemon=True)

    @property
    def taken(self) -> int:
        """Bytes of all batches that are done with."""
        return self._taken

    def figures(self) -> dict[str, int]:
        """Messages written and lost; sent to the collector and not."""
        found = {"written": self.counters.written, "lost": self.counters.lost}
        if self.mirror is not None:
            found |= {"mirrored": self.mirror.sent, "not_mirrored": self.mirror.lost}
        return found

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def put(self, batch: Batch) -> None:
        """Takes a batch; never waits."""
        self._batches.put(batch)

    def stop(self, within: float = 5.0) -> None:
        """Writes what is left, but does not wait for a disk that hangs."""
        self._batches.put(None)
        self._thread.join(within)

    def _run(self) -> None:
        while True:
            try:
                batch = self._batches.get(timeout=PRUNE_S)
            except queue.Empty:
                self._guarded(self._prune)
                continue
            if batch is None:
                break
            self._guarded(self._take, batch)
            self._taken += batch.size
        if self._segments is not None:
            self._segments.close()
        if self.mirror is not None:
            self.mirror.close()

    def _guarded(self, what: Callable[..., None], *arguments: Any) -> None:
        """A fault costs a batch, never the thread."""
        try:
            what(*arguments)
        except Exception:
            self._logger.exception("trace: a batch is lost")

    def _prune(self) -> None:
        if self._segments is not None:
            self._segments.prune(self._wall())

    def _take(self, batch: Batch) -> None:
        if self._segments is not None:
            self._write(self._segments, batch)
        if self.mirror is not None:
            self.mirror.send(batch)

    def _write(self, segments: SegmentWriter, batch: Batch) -> None:
        offset, count = batch.offset, len(batch.messages)
        records = (
            pack(at + offset, data, remote, local, sent)
            for at, data, remote, local, sent in batch.messages
        )
        try:
            segments.write(records, index.line(batch.steps, offset), self._wall())
        except OSError as error:
            self.counters.lost += count
            if not self._failing:
                self._logger.warning("trace: nothing is kept", error=str(error))
            self._failing = True
            return
        self.counters.written += count
        if self._failing:
            self._failing = False
            self._logger.info("trace: messages are kept again", lost=self.counters.lost)
