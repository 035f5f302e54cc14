"""What a restart does not lose: of the database, and of the phone book beside it.

Where it cannot be read, that is logged, and callers are welcome all the same.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from callcenter.exchange import Exchange
from callcenter.store.callbacks import CallbackKeeper
from callcenter.store.desk_records import restore_days
from callcenter.store.errors import StoreError
from callcenter.store.phone_book import PhoneBook
from callcenter.store.store import Store


async def restore(store: Store, exchange: Exchange, logger: Any) -> None:
    """What the database knows of the days before and of today."""
    for each in (_restore_toll, _restore_days, _restore_customers):
        await each(store, exchange, logger)


@asynccontextmanager
async def kept_callbacks(store: Store, exchange: Exchange, logger: Any) -> AsyncIterator[None]:
    """Those who wait to be called back do so after a restart; what becomes of them is written."""
    keeper = CallbackKeeper(store.callbacks)
    callbacks = exchange.services.callbacks
    callbacks.changed = keeper.note
    try:
        if count := callbacks.restore(await store.callbacks.waiting()):
            logger.info("callbacks restored", callbacks=count)
    except StoreError as error:
        logger.error("callbacks cannot be read", error=str(error))
    writing = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        callbacks.close()
        writing.cancel()
        await asyncio.wait([writing])
        await keeper.close()


def restore_phones(book: PhoneBook, exchange: Exchange, logger: Any) -> None:
    """Phones are where they were before the restart; from now on what changes is written."""
    endpoint, now = exchange.sip.endpoint, exchange.clock.now()
    kept = book.load()
    endpoint.restore(kept.bindings, kept.nonces, now)
    endpoint.registrar.on_written = book.note_bindings
    endpoint.authenticator.on_used = book.note_nonce
    if phones := len(endpoint.registrar.all(now)):
        logger.info("registrations restored", phones=phones)


async def _restore_toll(store: Store, exchange: Exchange, logger: Any) -> None:
    """A restart gives nobody new minutes."""
    midnight = exchange.clock.wall().replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        used = await store.calls.outside_seconds(midnight)
    except StoreError as error:
        logger.error("today's outside minutes cannot be read", error=str(error))
    else:
        exchange.services.pbx.toll.restore(midnight.date(), used)


async def _restore_days(store: Store, exchange: Exchange, logger: Any) -> None:
    """A restart costs no agent the figures of their day."""
    try:
        await restore_days(store, exchange.desk.days, exchange.clock.wall())
    except StoreError as error:
        logger.error("today's figures of agents cannot be read", error=str(error))


async def _restore_customers(store: Store, exchange: Exchange, logger: Any) -> None:
    """Whose number is tied to whom, and who talked with whom last."""
    exchange.reload_customers = partial(_load_customers, store, exchange)
    try:
        await _load_customers(store, exchange)
        if days := [q.last_agent_days for q in exchange.settings.queues if q.last_agent]:
            now, wall = exchange.clock.now(), exchange.clock.wall()
            found = await store.customers.last_agents(wall - timedelta(days=max(days)))
            for number, agent_id, at in found:
                exchange.customers.remember(number, agent_id, now - (wall - at).total_seconds())
    except StoreError as error:
        logger.error("customers cannot be read", error=str(error))


async def _load_customers(store: Store, exchange: Exchange) -> int:
    return exchange.customers.load(await store.customers.all())
