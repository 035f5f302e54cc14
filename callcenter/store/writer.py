"""Takes rows off the call path and puts them into the database in batches.

`put` only appends to memory. One task collects what its source has and writes what has gathered;
while the database is away it keeps the rows, tries again ever more slowly, and moves them to the
spool on disk when there are too many, when the outage lasts, or at shutdown. The spool is replayed
when the database answers.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import structlog

from callcenter.store.errors import RowsRefusedError
from callcenter.store.rows import Row
from callcenter.store.spool import Spool, encode

_SPOOL_FILE_ROWS = 5_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriterConfig:
    """Sizes in rows, times in seconds."""

    flush_s: float = 0.5
    """How long rows gather before they are written."""
    batch_rows: int = 1_000
    """So many are written without waiting, and at most so many in one transaction."""
    spool_rows: int = 20_000
    """Kept in memory while the database is away."""
    spool_after_s: float = 10.0
    """How long an outage may last before memory is no longer trusted to outlive it."""
    max_rows: int = 200_000
    """When the disk is away as well, the oldest beyond these are given up and counted."""
    retry_s: float = 0.2
    max_retry_s: float = 5.0


@dataclass(slots=True)
class WriterCounters:
    """Rows since the start; `retried` counts attempts."""

    written: int = 0
    retried: int = 0
    spooled: int = 0
    replayed: int = 0
    refused: int = 0
    """Set aside in the spool's refused.jsonl: the database refuses the value."""
    lost: int = 0


class Sink(Protocol):
    """Where the batch writer puts rows."""

    async def write(self, rows: Sequence[Row]) -> None:
        """Inserts all rows or none; rows that are there already are left as they are.

        Raises RowsRefusedError when a value is to blame and any other error when the database is
        away, locked or ill, so that the same rows may be tried again.
        """

    async def close(self) -> None:
        """Disconnects."""


class BatchWriter:
    """One task between the event stream and the database; `put` from the loop's thread only."""

    def __init__(
        self,
        sink: Sink,
        spool: Spool,
        config: WriterConfig | None = None,
        source: Callable[[], Sequence[Row]] = tuple,
    ) -> None:
        """`source` is asked for rows before each batch; `wake` says that it has some."""
        self.counters = WriterCounters()
        self.replayed = asyncio.Event()
        """Set once what an earlier process had spooled is in the database."""
        self._source = source
        self._sink = sink
        self._spool = spool
        self._config = config or WriterConfig()
        self._rows: deque[Row] = deque()
        self._files: deque[Path] = deque()
        self._failures = 0
        self._away_since = 0.0
        self._wake = asyncio.Event()
        self._full = asyncio.Event()
        self._stop = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    @property
    def depth(self) -> int:
        """Rows in memory that nobody has yet begun to write."""
        return len(self._rows)

    def start(self) -> None:
        """Starts the task; what an earlier process left in the spool is replayed first."""
        self._files.extend(self._spool.files())
        if not self._files:
            self.replayed.set()
        self._task = asyncio.get_running_loop().create_task(self._run(), name="store writer")

    def put(self, rows: Iterable[Row]) -> None:
        """Hands rows over. Never blocks, never raises."""
        self._rows.extend(rows)
        depth = len(self._rows)
        if depth == 0:
            return
        self.wake()
        if depth >= self._config.batch_rows:
            self._full.set()
            while len(self._rows) > self._config.max_rows:
                self._rows.popleft()
                self.counters.lost += 1

    def wake(self) -> None:
        """The source has something to write."""
        self._idle.clear()
        self._wake.set()

    async def flush(self) -> None:
        """Returns when all rows put so far are in the database, or on disk if it is away."""
        if not self._idle.is_set():
            self._full.set()
            self._wake.set()
            await self._idle.wait()

    async def close(self) -> None:
        """Writes or spools what is left, and ends the task and the sink."""
        self._stop.set()
        self._full.set()
        self._wake.set()
        if self._task is not None:
            await self._task
            self._task = None
        await self._sink.close()

    async def _run(self) -> None:
        while not self._stop.is_set():
            if not self._files:
                await self._wake.wait()
            await self._pause(self._full, self._config.flush_s)
            await self._turn()
        await self._turn()
        if self._rows and not await self._spill():
            self.counters.lost += len(self._rows)
            log.error("store_rows_lost", rows=len(self._rows))
        self._idle.set()

    async def _turn(self) -> None:
        """Writes all rows there are, then one file of the spool."""
        try:
            self.put(self._source())
            # All that there is now is written in this turn, however much it is.
            self._wake.clear()
            self._full.clear()
            while self._rows:
                await self._write_batch()
            if self._files and not self._stop.is_set():
                await self._replay(self._files[0])
            if not self._files:
                self.replayed.set()
        except Exception as error:
            await self._database_away(error)
        else:
            if self._failures:
                log.info("store_database_back", attempts=self._failures, files=len(self._files))
            self._failures = 0
        if self._rows:
            self._wake.set()
        elif not self._wake.is_set():
            self._idle.set()

    async def _write_batch(self) -> None:
        size = min(len(self._rows), self._config.batch_rows)
        batch = [self._rows.popleft() for _ in range(size)]
        try:
            self.counters.written += await self._write(batch)
        except BaseException:
            self._rows.extendleft(reversed(batch))
            raise

    async def _write(self, rows: Sequence[Row]) -> int:
        """Writes what the database accepts and returns how many rows that were."""
        try:
            await self._sink.write(rows)
        except RowsRefusedError as error:
            if len(rows) == 1:
                return await self._write_cleaned(rows[0], error)
            half = len(rows) // 2
            return await self._write(rows[:half]) + await self._write(rows[half:])
        return len(rows)

    async def _write_cleaned(self, row: Row, error: RowsRefusedError) -> int:
        """A second chance without the characters that databases refuse, else it is set aside."""
        cleaned = _cleaned(row)
        if cleaned != row:
            with suppress(RowsRefusedError):
                await self._sink.write([cleaned])
                return 1
        await asyncio.to_thread(self._spool.refuse, [encode(row)])
        self.counters.refused += 1
        log.error("store_row_refused", error=str(error))
        return 0

    async def _replay(self, file: Path) -> None:
        try:
            rows, bad = await asyncio.to_thread(self._spool.load, file)
        except OSError as error:
            log.error("store_spool_unreadable", file=str(file), error=str(error))
            self._files.popleft()
            return
        for start in range(0, len(rows), self._config.batch_rows):
            chunk = rows[start : start + self._config.batch_rows]
            self.counters.replayed += await self._write(chunk)
        if bad:
            await asyncio.to_thread(self._spool.refuse, bad)
            self.counters.refused += len(bad)
            log.error("store_spool_bad_lines", file=str(file), lines=len(bad))
        await asyncio.to_thread(file.unlink, missing_ok=True)
        self._files.popleft()

    async def _database_away(self, error: Exception) -> None:
        now = asyncio.get_running_loop().time()
        if self._failures == 0:
            self._away_since = now
            log.warning("store_database_away", error=str(error).partition("\n")[0])
        self._failures += 1
        self.counters.retried += 1
        if self._stop.is_set():
            return
        lasting = now - self._away_since >= self._config.spool_after_s
        if lasting or len(self._rows) >= self._config.spool_rows:
            await self._spill()
        delay = self._config.retry_s * 2 ** min(self._failures - 1, 10)
        await self._pause(self._stop, min(delay, self._config.max_retry_s))

    async def _spill(self) -> bool:
        """Moves the rows to disk; False when the disk does not take them."""
        while self._rows:
            size = min(len(self._rows), _SPOOL_FILE_ROWS)
            rows = [self._rows.popleft() for _ in range(size)]
            try:
                file = await asyncio.to_thread(self._spool.save, rows)
            except OSError as error:
                self._rows.extendleft(reversed(rows))
                log.error("store_spool_failed", error=str(error))
                return False
            self._files.append(file)
            self.counters.spooled += size
        return True

    @staticmethod
    async def _pause(until: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await until.wait()


def _cleaned(row: Row) -> Row:
    """Without NUL, which PostgreSQL refuses, and lone surrogates, which no UTF-8 has."""
    changed: dict[str, Any] = {
        name: value.replace("\0", "�").encode(errors="replace").decode()
        for name, value in asdict(row).items()
        if isinstance(value, str)
    }
    return replace(row, **changed)
