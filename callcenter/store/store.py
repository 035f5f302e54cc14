"""The store: opened once by the daemon, written through `put`, read through its repositories."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.store.database import SQLITE, create_engine, parse_url
from callcenter.store.errors import StoreError
from callcenter.store.inserts import SqlSink
from callcenter.store.repositories import AgentLog, Calls, Recordings, Voicemail, one_line
from callcenter.store.rows import Row
from callcenter.store.schema import ensure_schema
from callcenter.store.spool import Spool
from callcenter.store.writer import BatchWriter, WriterConfig


class Store:
    """`open` gives a ready one; SQLAlchemy stays behind it."""

    def __init__(self, engine: AsyncEngine, spool: Spool, config: WriterConfig | None) -> None:
        self.writer = BatchWriter(SqlSink(engine), spool, config)
        self.calls = Calls(engine)
        self.recordings = Recordings(engine)
        self.voicemail = Voicemail(engine)
        self.agent_log = AgentLog(engine)
        self._engine = engine

    @classmethod
    async def open(
        cls, url: str, *, spool: Path | None = None, config: WriterConfig | None = None
    ) -> Self:
        """Connects, upgrades the schema where needed and starts the writer.

        `url` is SQLAlchemy's, for SQLite relative to the working directory. `spool` is the folder
        for rows while the database is away, by default beside the SQLite file or
        `var/store.spool`. Raises StoreError with one line to show.
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
        store = cls(engine, Spool(spool or _beside(parsed)), config)
        store.writer.start()
        return store

    def put(self, rows: Iterable[Row]) -> None:
        """Hands rows to the writer; never blocks, never raises."""
        self.writer.put(rows)

    async def flush(self) -> None:
        """Returns when all rows put so far can be queried, or are on disk in an outage."""
        await self.writer.flush()

    async def close(self) -> None:
        """Writes what is left, or spools it, and disconnects."""
        await self.writer.close()
        await self._engine.dispose()


def _beside(url: URL) -> Path:
    if url.drivername == SQLITE:
        return Path(f"{url.database}.spool")
    return Path("var/store.spool")
