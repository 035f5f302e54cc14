"""Callbacks are kept, the newest state of each, on both engines."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.store.callbacks import CallbackKeeper
from callcenter.store.errors import StoreError
from callcenter.store.store import Store
from callcenter.switch.callbacks import Callback

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WISH = Callback(
    callback_id="1",
    number="13800138000",
    queue="sales",
    dnis="4001",
    language="zh",
    priority=2,
    asked_at=NOON,
    waiting_since=NOON - timedelta(seconds=30),
    due_at=NOON,
    call_id="c1",
)


async def test_the_newest_state_is_kept(store: Store) -> None:
    later = replace(WISH, callback_id="2", number="10086", asked_at=NOON + timedelta(seconds=1))
    await store.callbacks.save([later, WISH])
    assert await store.callbacks.waiting() == [WISH, later]
    again = replace(WISH, attempts=1, due_at=NOON + timedelta(minutes=10))
    await store.callbacks.save([again, replace(later, state="reached")])
    assert await store.callbacks.waiting() == [again]


class Table:
    """A database that may be away."""

    def __init__(self) -> None:
        self.away = True
        self.saved: list[Callback] = []

    async def save(self, callbacks: Sequence[Callback]) -> None:
        if self.away:
            raise StoreError("away")
        self.saved += callbacks


async def test_what_cannot_be_written_is_written_later_in_its_newest_state() -> None:
    table = Table()
    keeper = CallbackKeeper(table)  # type: ignore[arg-type]
    keeper.note(WISH)
    with pytest.raises(StoreError):
        await keeper.flush()
    newest = replace(WISH, attempts=1)
    keeper.note(newest)
    await keeper.close()
    table.away = False
    await keeper.close()
    assert table.saved == [newest]
    await keeper.flush()
    assert table.saved == [newest]


async def test_the_keeper_writes_as_it_comes() -> None:
    table = Table()
    table.away = False
    keeper = CallbackKeeper(table)  # type: ignore[arg-type]
    running = asyncio.create_task(keeper.run())
    keeper.note(WISH)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert table.saved == [WISH]
    running.cancel()
