"""Batches into PostgreSQL, over a connection of the engine's pool."""

from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.store.errors import RowsRefusedError
from callcenter.store.inserts import Inserts
from callcenter.store.rows import Row


class PostgresSink:
    """See `callcenter.store.writer.Sink`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._inserts = Inserts(engine.dialect)

    async def write(self, rows: Sequence[Row]) -> None:
        """One transaction, one prepared statement a table."""
        try:
            batch = self._inserts.batch(rows)
            async with self._engine.begin() as connection:
                for sql, parameters in batch:
                    await connection.exec_driver_sql(sql, parameters)
        except Exception as error:
            if _blames_a_value(error):
                raise RowsRefusedError(str(error).partition("\n")[0]) from error
            raise

    async def close(self) -> None:
        """Nothing: the pool is the engine's."""


def _blames_a_value(error: Exception) -> bool:
    """Whether the same rows would fail again on a healthy database."""
    if isinstance(error, ValueError | TypeError):
        return True
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    cause = error.orig
    state = getattr(cause, "sqlstate", None) or ""
    # 22 data exception, 23 integrity constraint violation (SQL standard, PostgreSQL appendix A)
    return state[:2] in ("22", "23") or isinstance(cause, ValueError | TypeError)
