"""Batches into SQLite, each in one visit to a thread of its own.

aiosqlite visits its thread for every cursor, statement and commit: ten visits a batch, which cost
more than the batch. So the writer has a plain connection; aiosqlite serves the queries.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Dialect

from callcenter.store.database import set_pragmas
from callcenter.store.errors import RowsRefusedError
from callcenter.store.inserts import Inserts
from callcenter.store.rows import Row

_VALUE_ERRORS = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    TypeError,
    ValueError,
)
"""What the same rows would bring again on a healthy database."""


class SqliteSink:
    """See `callcenter.store.writer.Sink`."""

    def __init__(self, file: Path, dialect: Dialect) -> None:
        self._file = file
        self._inserts = Inserts(dialect)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._connection: sqlite3.Connection | None = None

    async def write(self, rows: Sequence[Row]) -> None:
        """One transaction, one statement a table."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)

    async def close(self) -> None:
        """Closes the connection and ends the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    def _write(self, rows: Sequence[Row]) -> None:
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._file)
                set_pragmas(self._connection)
            for sql, parameters in self._inserts.batch(rows):
                self._connection.executemany(sql, parameters)
            self._connection.commit()
        except Exception as error:
            # A new connection for the next attempt: this one's transaction and trouble go with it.
            self._disconnect()
            if isinstance(error, _VALUE_ERRORS):
                raise RowsRefusedError(str(error)) from error
            raise

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
