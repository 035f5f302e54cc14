"""Real databases that go away in the middle of work: every row is there in the end."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from callcenter.store import database
from callcenter.store.rows import AgentLogEntry, Recording, Row
from callcenter.store.spool import Spool
from callcenter.store.store import Store
from callcenter.store.writer import WriterConfig
from tests.support.postgres import PostgresCluster

NOON = datetime(2026, 3, 1, 12, 0, 0, 0, UTC)
QUICK = WriterConfig(flush_s=0.001, batch_rows=10, retry_s=0.01, max_retry_s=0.05)


def entries(*numbers: int) -> list[AgentLogEntry]:
    return [
        AgentLogEntry(f"e{n:03}", NOON, "1", "2", "state", None, "idle", "busy", "", None, None)
        for n in numbers
    ]


async def logged(store: Store) -> list[AgentLogEntry]:
    return sorted(await store.agent_log.list(limit=1_000), key=lambda entry: entry.entry_id)


class WatchedSink:
    """The store's own sink, and how often it has failed."""

    def __init__(self, store: Store) -> None:
        self._sink, store.writer._sink = store.writer._sink, self
        self._failures = asyncio.Semaphore(0)

    async def write(self, rows: Sequence[Row]) -> None:
        try:
            await self._sink.write(rows)
        except Exception:
            self._failures.release()
            raise

    async def close(self) -> None:
        await self._sink.close()

    async def failed(self, times: int) -> None:
        """Returns when the writer has failed so often."""
        for _ in range(times):
            await self._failures.acquire()


@pytest.fixture
def sqlite_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database whose writers wait for each other for a moment only."""
    pragmas = [pragma.replace("2000", "1") for pragma in database._PRAGMAS]
    monkeypatch.setattr(database, "_PRAGMAS", pragmas)
    return tmp_path / "store.db"


async def test_sqlite_locked_by_another_program(sqlite_file: Path) -> None:
    store = await Store.open(f"sqlite+aiosqlite:///{sqlite_file}", config=QUICK)
    store.put(entries(*range(5)))
    await store.flush()
    sink = WatchedSink(store)
    other = sqlite3.connect(sqlite_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    store.put(entries(*range(5, 30)))
    await sink.failed(3)
    assert await logged(store) == entries(*range(5))
    other.execute("ROLLBACK")
    other.close()
    await store.flush()

    assert await logged(store) == entries(*range(30))
    await store.close()


async def test_sqlite_still_locked_at_shutdown(sqlite_file: Path) -> None:
    url = f"sqlite+aiosqlite:///{sqlite_file}"
    store = await Store.open(url, config=QUICK)
    other = sqlite3.connect(sqlite_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.put(entries(*range(25)))
    await store.close()
    other.execute("ROLLBACK")
    other.close()

    again = await Store.open(url, config=QUICK)
    again.put(entries(99))
    await again.flush()

    assert await logged(again) == entries(*range(25), 99)
    assert Spool(Path(f"{sqlite_file}.spool")).files() == []
    await again.close()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_postgresql_stopped_and_started_again(
    postgres_cluster: PostgresCluster,
    postgres_url: str,
    tmp_path: Path,
    mode: Literal["fast", "immediate"],
) -> None:
    store = await Store.open(postgres_url, spool=tmp_path, config=QUICK)
    sink = WatchedSink(store)
    store.put(entries(*range(5)))
    await store.flush()
    try:
        await asyncio.to_thread(postgres_cluster.stop, mode)
        store.put(entries(*range(5, 30)))
        await sink.failed(3)
    finally:
        await asyncio.to_thread(postgres_cluster.start)
    await store.flush()

    assert await logged(store) == entries(*range(30))
    await store.close()


async def test_postgresql_away_at_shutdown(
    postgres_cluster: PostgresCluster, postgres_url: str, tmp_path: Path
) -> None:
    store = await Store.open(postgres_url, spool=tmp_path, config=QUICK)
    try:
        await asyncio.to_thread(postgres_cluster.stop)
        store.put(entries(*range(25)))
        await store.close()
    finally:
        await asyncio.to_thread(postgres_cluster.start)

    again = await Store.open(postgres_url, spool=tmp_path, config=QUICK)
    again.put(entries(99))
    await again.flush()

    assert await logged(again) == entries(*range(25), 99)
    await again.close()


async def test_a_crash_after_the_commit_replays_a_file_without_harm(
    url: str, tmp_path: Path
) -> None:
    store = await Store.open(url, spool=tmp_path, config=QUICK)
    store.put(entries(1, 2, 3))
    await store.close()
    store.writer._spool.save(entries(2, 3, 4))

    again = await Store.open(url, spool=tmp_path, config=QUICK)
    again.put(entries(5))
    await again.flush()

    assert await logged(again) == entries(1, 2, 3, 4, 5)
    await again.close()


async def test_values_no_database_takes_hold_up_no_others(url: str, tmp_path: Path) -> None:
    store = await Store.open(url, spool=tmp_path, config=QUICK)
    sound, nul, surrogate, third = entries(1, 2, 3, 4)
    huge = Recording("r1", "c1", "x", "x", NOON, 1.0, 2**70, "", None)
    store.put(
        [sound, replace(nul, reason="a\0b"), huge, replace(surrogate, reason="\ud800"), third]
    )

    await store.flush()

    kept = {entry.entry_id: entry.reason for entry in await logged(store)}
    assert list(kept) == ["e001", "e002", "e003", "e004"]
    assert kept["e003"] == "?"
    assert await store.recordings.for_call("c1") == []
    assert store.writer.counters.refused == 1
    assert "r1" in (tmp_path / "refused.jsonl").read_text()
    assert store.writer.counters.retried == 0
    await store.close()
