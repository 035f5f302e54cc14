"""Brings a database to the newest schema; costs one query when it is there already."""

import asyncio
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import NullPool

from callcenter.store.database import set_pragmas
from callcenter.store.errors import StoreError

HEAD: Final = "0009"
"""The newest migration, kept here so that a usual start need not import Alembic."""
MIGRATIONS: Final = Path(__file__).with_name("migrations")

_LOCK_KEY: Final = 0x63616C6C
"""PostgreSQL advisory lock: two daemons that start at once upgrade one after the other."""


async def ensure_schema(engine: AsyncEngine) -> None:
    """Upgrades the schema in one transaction, if it is not at `HEAD`."""
    if engine.dialect.name == "sqlite":
        # Through the plain driver: aiosqlite leaves a thread behind when a file cannot be opened.
        await asyncio.to_thread(_ensure_sqlite, engine.url.set(drivername="sqlite"))
    else:
        async with engine.connect() as connection:
            await connection.run_sync(_ensure)


def _ensure_sqlite(url: URL) -> None:
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", lambda connection, _record: set_pragmas(connection))
    with engine.connect() as connection:
        _ensure(connection)


def _ensure(connection: Connection) -> None:
    if _version(connection) == HEAD:
        return
    connection.rollback()
    if connection.dialect.name == "sqlite":
        # The driver opens transactions before INSERT only, not before DDL.
        connection.execute(text("BEGIN IMMEDIATE"))
    else:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
    _upgrade(connection)
    connection.commit()


def _version(connection: Connection) -> str | None:
    try:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        if not _table_is_missing(error):
            raise
        return None


def _table_is_missing(error: DBAPIError) -> bool:
    # 42P01 undefined_table; SQLite has only its text.
    state = getattr(error.orig, "sqlstate", None)
    return state == "42P01" or "no such table" in str(error.orig)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except CommandError as error:
        raise StoreError(f"the database's schema is not this program's: {error}") from error
