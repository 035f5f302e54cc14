"""Opens the database a URL names: SQLite through aiosqlite, PostgreSQL through asyncpg."""

import os
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from callcenter.store.errors import StoreError

SQLITE: Final = "sqlite+aiosqlite"
POSTGRESQL: Final = "postgresql+asyncpg"

BUSY_TIMEOUT_MS = 2_000
"""How long SQLite waits for another writer before the batch is put back and tried again."""
_CONNECT_S = 5.0
_COMMAND_S = 10.0
"""A PostgreSQL that does not answer must fail a batch in bounded time, else nothing is spooled."""
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",
    # One fsync a batch, five a second, outside the call path: a CDR outlives a power cut.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


class _HasCursor(Protocol):
    """What aiosqlite's adapter and the plain driver have in common."""

    def cursor(self) -> Any:
        """A new cursor."""


def parse_url(text: str) -> URL:
    """The URL of a supported database; StoreError says what is wrong with it."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise StoreError(f"{text!r} is not a database URL") from None
    if url.drivername not in (SQLITE, POSTGRESQL):
        raise StoreError(f"{url.drivername}: not supported; use {SQLITE} or {POSTGRESQL}")
    if url.drivername == SQLITE and url.database in (None, "", ":memory:"):
        raise StoreError(f"{SQLITE}: the URL must name a file, as in {SQLITE}:///var/callcenter.db")
    return url


def create_engine(url: URL) -> AsyncEngine:
    """An engine that has not connected yet; makes the folder of a SQLite file."""
    if url.drivername == POSTGRESQL:
        limits = {"timeout": _CONNECT_S, "command_timeout": _COMMAND_S}
        return create_async_engine(url, connect_args=limits, pool_size=2, max_overflow=2)
    _make_folder(Path(url.database or ""))
    engine = create_async_engine(url, pool_size=2, max_overflow=2)
    event.listen(engine.sync_engine, "connect", lambda connection, _record: set_pragmas(connection))
    return engine


def _make_folder(file: Path) -> None:
    folder = file.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot create the folder {folder}: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreError(f"cannot write in the folder {folder} of the database")


def set_pragmas(connection: _HasCursor) -> None:
    """Makes a SQLite connection safe and patient; for every connection that is opened."""
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
