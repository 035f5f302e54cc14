"""From rows to INSERT statements: compiled once, one a table and batch."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeAlias

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite

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


Batch: TypeAlias = list[tuple[str, list[tuple[Any, ...]]]]
"""Statements with the parameters of all their rows."""


class Inserts:
    """The statements of all tables for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._inserts = {
            row_type: Insert(table, row_type, dialect) for row_type, table in TABLES.items()
        }

    def batch(self, rows: Iterable[Row]) -> Batch:
        """The rows sorted by table."""
        by_type: dict[type[Row], list[tuple[Any, ...]]] = defaultdict(list)
        for row in rows:
            by_type[type(row)].append(self._inserts[type(row)].parameters(row))
        return [
            (self._inserts[row_type].sql, parameters) for row_type, parameters in by_type.items()
        ]
