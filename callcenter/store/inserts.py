"""Writes batches of rows: one transaction, one prepared statement a table."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.store.errors import RowsRefusedError
from callcenter.store.rows import Row
from callcenter.store.tables import TABLES


class Insert:
    """INSERT … ON CONFLICT DO NOTHING into one table, compiled once for one dialect."""

    def __init__(self, table: Table, row_type: type[Row], dialect: Dialect) -> None:
        make = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
        names = [field.name for field in fields(row_type)]
        compiled = make(table).on_conflict_do_nothing().compile(dialect=dialect, column_keys=names)
        order = compiled.positiontup
        assert order is not None
        self.sql = str(compiled)
        self._values: Callable[[Row], tuple[Any, ...]] = attrgetter(*order)
        types = [table.c[name].type.dialect_impl(dialect) for name in order]
        processors = [(i, type_.bind_processor(dialect)) for i, type_ in enumerate(types)]
        self._processors = [(i, process) for i, process in processors if process is not None]

    def parameters(self, row: Row) -> tuple[Any, ...]:
        """The row as the driver takes it."""
        values = list(self._values(row))
        for i, process in self._processors:
            values[i] = process(values[i])
        return tuple(values)


class SqlSink:
    """The batch writer's sink that is a database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._inserts = {
            row_type: Insert(table, row_type, engine.dialect) for row_type, table in TABLES.items()
        }

    async def write(self, rows: Sequence[Row]) -> None:
        """See `callcenter.store.writer.Sink`."""
        by_type: dict[type[Row], list[tuple[Any, ...]]] = defaultdict(list)
        for row in rows:
            by_type[type(row)].append(self._inserts[type(row)].parameters(row))
        try:
            async with self._engine.begin() as connection:
                for row_type, parameters in by_type.items():
                    await connection.exec_driver_sql(self._inserts[row_type].sql, parameters)
        except Exception as error:
            if _blames_a_value(error):
                raise RowsRefusedError(str(error).partition("\n")[0]) from error
            raise


def _blames_a_value(error: Exception) -> bool:
    """Whether the same rows would fail again on a healthy database."""
    if isinstance(error, ValueError | OverflowError | TypeError):
        return True
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    cause = error.orig
    state = getattr(cause, "sqlstate", None) or ""
    # 22 data exception, 23 integrity constraint violation (SQL standard, PostgreSQL appendix A)
    return state[:2] in ("22", "23") or isinstance(cause, ValueError | TypeError)
