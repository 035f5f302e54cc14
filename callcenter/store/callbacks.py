"""Callbacks in the database: the newest state of each, so that a restart keeps them."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, fields

import structlog
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.store.errors import StoreError
from callcenter.store.repositories import Repository, transaction
from callcenter.store.tables import callback
from callcenter.switch.callbacks import Callback

RETRY_S = 5.0
"""How long a database that did not answer is left alone."""

log = structlog.get_logger(__name__)
_FIELDS = [field.name for field in fields(Callback)]


class CallbackTable(Repository):
    """One row a wish, whatever has become of it."""

    async def waiting(self) -> Sequence[Callback]:
        """Those that are still to be called, in the order of asking."""
        query = (
            select(*(callback.c[name] for name in _FIELDS))
            .where(callback.c.state == "waiting")
            .order_by(callback.c.asked_at, callback.c.callback_id)
        )
        async with transaction(self._engine) as connection:
            return [Callback(*row) for row in await connection.execute(query)]

    async def save(self, callbacks: Sequence[Callback]) -> None:
        """Puts each in the place of what was known of it."""
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        statement = insert(callback)
        changes = {name: statement.excluded[name] for name in _FIELDS if name != "callback_id"}
        statement = statement.on_conflict_do_update(index_elements=["callback_id"], set_=changes)
        async with transaction(self._engine) as connection:
            await connection.execute(statement, [asdict(each) for each in callbacks])


class CallbackKeeper:
    """Writes what changes, behind the calls; a database that is away delays it."""

    def __init__(self, table: CallbackTable) -> None:
        self._table = table
        self._changed: dict[str, Callback] = {}
        self._wake = asyncio.Event()

    def note(self, changed: Callback) -> None:
        """This is the newest state."""
        self._changed[changed.callback_id] = changed
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled; then `flush` writes the rest."""
        while True:
            await self._wake.wait()
            try:
                await self.flush()
            except StoreError as error:
                log.warning("callbacks are not kept yet", error=str(error))
                await asyncio.sleep(RETRY_S)

    async def flush(self) -> None:
        """Writes what has changed. Raises `StoreError`, and keeps it then."""
        self._wake.clear()
        if not self._changed:
            return
        changed, self._changed = self._changed, {}
        try:
            await self._table.save(list(changed.values()))
        except BaseException:
            self._changed = changed | self._changed
            self._wake.set()
            raise

    async def close(self) -> None:
        """Writes the rest if the database answers."""
        with suppress(StoreError):
            await self.flush()
