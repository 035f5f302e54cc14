"""Brings a database to the newest schema; costs one query when it is there already."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.store.errors import StoreError

HEAD: Final = "0001"
"""The newest migration, kept here so that a usual start need not import Alembic."""
MIGRATIONS: Final = Path(__file__).with_name("migrations")

_LOCK_KEY: Final = 0x63616C6C
"""PostgreSQL advisory lock: two daemons that start at once upgrade one after the other."""


async def ensure_schema(engine: AsyncEngine) -> None:
    """Upgrades the schema in one transaction, if it is not at `HEAD`."""
    if await _version(engine) == HEAD:
        return
    async with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # The driver opens transactions before INSERT only, not before DDL.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
        await connection.run_sync(_upgrade)
        await connection.commit()


async def _version(engine: AsyncEngine) -> str | None:
    async with engine.connect() as connection:
        try:
            result = await connection.execute(text("SELECT version_num FROM alembic_version"))
        except DBAPIError as error:
            if not _table_is_missing(error):
                raise
            return None
        return result.scalar()


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
