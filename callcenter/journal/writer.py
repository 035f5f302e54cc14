"""The thread behind the journal."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from callcenter.journal import files
from callcenter.journal.journal import Batch
from callcenter.journal.record import head_line, input_line
from callcenter.segments import segment
from callcenter.segments.batch_thread import BatchThread
from callcenter.settings import JournalSettings

PRUNE_S = 3600.0


class JournalWriter(BatchThread[Batch]):
    """Appends inputs to the segment of the newest head. Its `lost` are inputs."""

    def __init__(
        self, settings: JournalSettings, logger: Any, wall: Callable[[], float] = time.time
    ) -> None:
        super().__init__("journal", "inputs", PRUNE_S, logger)
        self._settings = settings
        self._wall = wall
        self._file: int | None = None
        self._path: Path | None = None

    def _begin(self) -> None:
        """Compresses what a process that was killed left."""
        for left in files.segments(self._settings.folder):
            if left.path.suffix != ".gz":
                with suppress(OSError):
                    files.compress(left.path)

    def _take(self, batch: Batch) -> None:
        if not self._keeps(partial(self._write, batch), max(len(batch.inputs), 1)):
            # After a gap nothing can be replayed: the loop begins a new segment when it sees it.
            self._close()

    def _write(self, batch: Batch) -> None:
        if batch.head is not None:
            self._close()
            self._prune()
            self._file, self._path = files.new_file(self._settings.folder, batch.head.wall)
            segment.append(self._file, head_line(batch.head))
        if self._file is None:
            raise OSError("the segment has a gap")
        segment.append(self._file, b"".join(map(input_line, batch.inputs)))

    def _close(self) -> None:
        if self._file is None:
            return
        os.close(self._file)
        path, self._file, self._path = self._path, None, None
        assert path is not None
        with suppress(OSError):
            files.compress(path)

    def _prune(self) -> None:
        kept, every = self._settings, files.segments(self._settings.folder)
        room, max_age = kept.max_mb * segment.MEGABYTE, kept.max_days * segment.DAY_S
        segment.prune(every, self._path, room, max_age, self._wall())
