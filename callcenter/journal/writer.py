"""The thread behind the journal."""

import os
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from callcenter.journal import files
from callcenter.journal.journal import Batch
from callcenter.journal.record import head_line, input_line
from callcenter.settings import JournalSettings

MEGABYTE = 1_000_000
PRUNE_S = 3600.0


class JournalWriter:
    """One thread; `put` from the loop."""

    def __init__(
        self, settings: JournalSettings, logger: Any, wall: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._logger = logger
        self._wall = wall
        self._taken = self._lost = 0
        self._batches: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._file: int | None = None
        self._path: Path | None = None
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="journal writer", daemon=True)

    @property
    def taken(self) -> int:
        """Inputs that are done with."""
        return self._taken

    @property
    def lost(self) -> int:
        """Inputs that the disk refused."""
        return self._lost

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
        self._guarded(self._tidy)
        while True:
            try:
                batch = self._batches.get(timeout=PRUNE_S)
            except queue.Empty:
                self._guarded(self._prune)
                continue
            if batch is None:
                break
            self._guarded(self._take, batch)
            self._taken += len(batch.inputs)
        self._guarded(self._close)

    def _guarded(self, what: Callable[..., None], *arguments: Any) -> None:
        """A fault costs a batch, never the thread."""
        try:
            what(*arguments)
        except Exception:
            self._logger.exception("journal: a batch is lost")

    def _take(self, batch: Batch) -> None:
        try:
            if batch.head is not None:
                self._close()
                self._prune()
                self._file, self._path = files.new_file(self._settings.folder, batch.head.wall)
                self._append(head_line(batch.head))
            if self._file is None:  # what is lost already makes the loop begin anew
                self._lost += len(batch.inputs)
                return
            self._append(b"".join(map(input_line, batch.inputs)))
        except OSError as error:
            # After a gap nothing can be replayed: the loop begins a new segment when it sees it.
            self._lost += max(len(batch.inputs), 1)
            self._close()
            if not self._failing:
                self._logger.warning("journal: nothing is kept", error=str(error))
            self._failing = True
            return
        if self._failing:
            self._failing = False
            self._logger.info("journal: inputs are kept again", lost=self._lost)

    def _append(self, data: bytes) -> None:
        assert self._file is not None
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def _close(self) -> None:
        if self._file is None:
            return
        os.close(self._file)
        path, self._file, self._path = self._path, None, None
        assert path is not None
        with suppress(OSError):
            files.compress(path)

    def _prune(self) -> None:
        kept = self._settings
        files.prune(kept.folder, kept.max_mb * MEGABYTE, kept.max_days, self._wall(), self._path)

    def _tidy(self) -> None:
        """Compresses what a process that was killed left."""
        for segment in files.segments(self._settings.folder):
            if segment.path.suffix != ".gz" and segment.path != self._path:
                with suppress(OSError):
                    files.compress(segment.path)
