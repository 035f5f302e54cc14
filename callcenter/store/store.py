"""The store: opened once by the daemon, fed by the event stream, read through repositories."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Self

import structlog
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.clock import Clock
from callcenter.events import Event
from callcenter.store.callbacks import CallbackTable
from callcenter.store.cdr import CdrProjection
from callcenter.store.customers import CustomerTable
from callcenter.store.database import SQLITE, create_engine, parse_url
from callcenter.store.errors import StoreError
from callcenter.store.ids import record_ids
from callcenter.store.ledger import LedgerProjection
from callcenter.store.marks import MarksProjection
from callcenter.store.postgres_sink import PostgresSink
from callcenter.store.recorder import Recorder
from callcenter.store.repositories import (
    AgentLog,
    Calls,
    Ledger,
    Recordings,
    Voicemail,
    one_line,
)
from callcenter.store.rows import Row
from callcenter.store.schema import ensure_schema
from callcenter.store.spool import Spool
from callcenter.store.sqlite_sink import SqliteSink
from callcenter.store.writer import BatchWriter, Sink, WriterConfig

RECORDED = CdrProjection.KINDS | LedgerProjection.KINDS | MarksProjection.KINDS
"""The events that records are made of."""
RETRY_S = 30.0
"""How long a database that did not answer is left alone before it is asked again."""

log = structlog.get_logger(__name__)


class Store:
    """`open` gives a ready one; SQLAlchemy stays behind it."""

    def __init__(
        self, engine: AsyncEngine, spool: Spool, clock: Clock, config: WriterConfig | None
    ) -> None:
        ids = record_ids()
        self.projection = CdrProjection(clock.wall, ids)
        self._recorder = Recorder(
            self.projection, LedgerProjection(clock.wall, ids), MarksProjection(clock.wall, ids)
        )
        self._clock = clock
        self.writer = BatchWriter(_sink(engine), spool, config, self._recorder.rows)
        self.calls = Calls(engine)
        self.recordings = Recordings(engine)
        self.voicemail = Voicemail(engine)
        self.agent_log = AgentLog(engine)
        self.ledger = Ledger(engine)
        self.customers = CustomerTable(engine)
        self.callbacks = CallbackTable(engine)
        self._engine = engine
        self._reconciling: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        clock: Clock | None = None,
        spool: Path | None = None,
        config: WriterConfig | None = None,
    ) -> Self:
        """Connects, upgrades the schema where needed and starts the writer.

        `url` is SQLAlchemy's, for SQLite relative to the working directory. `spool` is the folder
        for rows while the database is away, by default beside the SQLite file or
        `var/store.spool`. `clock` is the one that stamps the events. Raises StoreError with one
        line to show.
        """
        parsed = parse_url(url)
        engine = create_engine(parsed)
        try:
            await ensure_schema(engine)
        except StoreError:
            await engine.dispose()
            raise
        except (SQLAlchemyError, OSError) as error:
            await engine.dispose()
            raise StoreError(one_line(engine, error)) from error
        store = cls(engine, Spool(spool or _beside(parsed)), clock or Clock(), config)
        store.writer.start()
        opened_at = store._clock.wall()
        store._reconciling = asyncio.create_task(store._reconcile(opened_at), name="store ledger")
        return store

    async def reconciled(self) -> None:
        """Returns when the visits that an earlier process left open have been closed."""
        assert self._reconciling is not None
        await asyncio.shield(self._reconciling)

    async def _reconcile(self, opened_at: datetime) -> None:
        await self.writer.replayed.wait()  # an outcome may lie in the spool
        while True:
            try:
                lost = await self.ledger.close_lost(opened_at)
            except StoreError as error:
                log.warning("store_lost_visits_not_closed", error=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            if lost:
                log.warning("store_lost_visits_closed", visits=lost)
            return

    def record(self, event: Event) -> None:
        """From the event stream: whatever is `RECORDED`. Never blocks, never raises."""
        if self._recorder.note(event):
            self.writer.wake()

    def put(self, rows: Iterable[Row]) -> None:
        """Writes rows that come from no event; never blocks, never raises."""
        self.writer.put(rows)

    async def flush(self) -> None:
        """Returns when all that was recorded can be queried, or is on disk in an outage."""
        await self.writer.flush()

    async def close(self) -> None:
        """Ends what has not ended, writes or spools what is left, and disconnects.

        To be called when the last event has been emitted.
        """
        if self._reconciling is not None:
            self._reconciling.cancel()
            await asyncio.wait([self._reconciling])
        self.writer.put(self._recorder.close(self._clock.now()))
        await self.writer.close()
        await self._engine.dispose()


def _sink(engine: AsyncEngine) -> Sink:
    if engine.dialect.name == "sqlite":
        return SqliteSink(Path(engine.url.database or ""), engine.dialect)
    return PostgresSink(engine)


def _beside(url: URL) -> Path:
    if url.drivername == SQLITE:
        return Path(f"{url.database}.spool")
    return Path("var/store.spool")
