"""The batch writer against a sink that fails when it is told to: nothing is lost, nobody waits."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from callcenter.store.errors import RowsRefusedError
from callcenter.store.rows import AgentLogEntry, Row
from callcenter.store.spool import Spool
from callcenter.store.writer import BatchWriter, WriterConfig

NOON = datetime(2026, 3, 1, 12, 0, 0, 0, UTC)
QUICK = WriterConfig(flush_s=0.0, batch_rows=10, retry_s=0.0, max_retry_s=0.0)
NEVER = 3600.0


def entry(n: int, reason: str = "") -> AgentLogEntry:
    return AgentLogEntry(
        f"e{n}", NOON, "1001", "8001", "state", None, "idle", "busy", reason, None, None
    )


class FakeSink:
    """Remembers batches; fails while `away`, refuses rows whose reason is in `refuses`."""

    def __init__(self) -> None:
        self.batches: list[list[Row]] = []
        self.away = False
        self.closed = False
        self.refuses: tuple[str, ...] = ()
        self.tried = asyncio.Event()
        self.attempts = 0

    async def write(self, rows: Iterable[Row]) -> None:
        self.attempts += 1
        self.tried.set()
        batch = list(rows)
        if self.away:
            raise OSError("no route to the database")
        for row in batch:
            assert isinstance(row, AgentLogEntry)
            if row.reason in self.refuses:
                raise RowsRefusedError(f"bad reason in {row.entry_id}")
        self.batches.append(batch)

    async def close(self) -> None:
        self.closed = True

    async def attempted(self, times: int) -> None:
        """Returns after so many more attempts."""
        until = self.attempts + times
        while self.attempts < until:
            self.tried.clear()
            await self.tried.wait()

    @property
    def written(self) -> list[str]:
        return [
            row.entry_id
            for batch in self.batches
            for row in batch
            if isinstance(row, AgentLogEntry)
        ]


def names(numbers: Iterable[int]) -> list[str]:
    return [f"e{n}" for n in numbers]


async def test_rows_gather_and_are_written_in_order(tmp_path: Path) -> None:
    sink = FakeSink()
    writer = BatchWriter(sink, Spool(tmp_path), replace(QUICK, flush_s=NEVER))
    writer.start()
    writer.put([entry(1), entry(2)])
    writer.put([])
    writer.put([entry(3)])
    assert (writer.depth, sink.batches) == (3, [])

    await writer.flush()

    assert sink.batches == [[entry(1), entry(2), entry(3)]]
    assert (writer.depth, writer.counters.written) == (0, 3)
    await writer.close()


async def test_the_source_is_asked_when_it_has_said_so_and_once_more_at_the_end(
    tmp_path: Path,
) -> None:
    sink = FakeSink()
    ready: list[Row] = [entry(1)]

    def source() -> list[Row]:
        taken = ready[:]
        ready.clear()
        return taken

    writer = BatchWriter(sink, Spool(tmp_path), QUICK, source)
    writer.start()
    writer.wake()
    await writer.flush()
    assert sink.written == ["e1"]

    ready.append(entry(2))
    await writer.close()
    assert sink.written == ["e1", "e2"]


async def test_a_full_batch_does_not_wait_for_the_clock(tmp_path: Path) -> None:
    sink = FakeSink()
    writer = BatchWriter(sink, Spool(tmp_path), replace(QUICK, flush_s=NEVER))
    writer.start()

    writer.put(entry(n) for n in range(25))
    await sink.attempted(1)
    await writer.close()

    assert [len(batch) for batch in sink.batches] == [10, 10, 5]
    assert sink.written == names(range(25))


async def test_what_comes_after_a_full_batch_gathers_again(tmp_path: Path) -> None:
    sink = FakeSink()
    ready: list[Row] = [entry(n) for n in range(10)]

    def source() -> list[Row]:
        taken = ready[:]
        ready.clear()
        return taken

    writer = BatchWriter(sink, Spool(tmp_path), replace(QUICK, flush_s=NEVER), source)
    writer.start()
    writer.wake()
    await writer.flush()
    for n in range(10, 20):
        ready.append(entry(n))
        writer.wake()
        await asyncio.sleep(0)
    await writer.close()

    assert [len(batch) for batch in sink.batches] == [10, 10]


async def test_rows_are_written_after_the_flush_time_without_being_asked(tmp_path: Path) -> None:
    sink = FakeSink()
    writer = BatchWriter(sink, Spool(tmp_path), QUICK)
    writer.start()

    writer.put([entry(1)])
    await sink.attempted(1)

    assert sink.written == ["e1"]
    await writer.close()


async def test_nothing_is_written_while_nothing_is_put(tmp_path: Path) -> None:
    sink = FakeSink()
    writer = BatchWriter(sink, Spool(tmp_path), QUICK)
    writer.start()

    await writer.flush()
    writer.put([])
    await writer.close()

    assert sink.attempts == 0


async def test_closing_writes_everything(tmp_path: Path) -> None:
    sink = FakeSink()
    writer = BatchWriter(sink, Spool(tmp_path), replace(QUICK, flush_s=NEVER))
    writer.start()
    writer.put(entry(n) for n in range(35))

    await writer.close()

    assert sink.written == names(range(35))
    assert sink.closed


async def test_an_outage_keeps_rows_and_their_order(tmp_path: Path) -> None:
    sink = FakeSink()
    writer = BatchWriter(sink, Spool(tmp_path), QUICK)
    writer.start()
    sink.away = True
    writer.put(entry(n) for n in range(15))
    await sink.attempted(3)
    writer.put(entry(n) for n in range(15, 20))

    sink.away = False
    await writer.flush()

    assert sink.written == names(range(20))
    assert writer.counters.written == 20
    assert writer.counters.retried >= 3
    assert (writer.counters.spooled, Spool(tmp_path).files()) == (0, [])
    await writer.close()


async def test_too_many_rows_in_an_outage_go_to_disk_and_come_back(tmp_path: Path) -> None:
    sink = FakeSink()
    writer = BatchWriter(sink, Spool(tmp_path), replace(QUICK, spool_rows=20))
    writer.start()
    sink.away = True
    writer.put(entry(n) for n in range(30))

    await writer.flush()

    assert (writer.depth, writer.counters.spooled) == (0, 30)
    assert len(Spool(tmp_path).files()) == 1
    sink.away = False
    writer.put([entry(99)])
    await writer.flush()
    await writer.close()
    assert sorted(sink.written) == sorted(names([*range(30), 99]))
    assert Spool(tmp_path).files() == []
    assert (writer.counters.written, writer.counters.replayed) == (1, 30)


async def test_a_long_outage_goes_to_disk_though_rows_are_few(tmp_path: Path) -> None:
    sink = FakeSink()
    sink.away = True
    writer = BatchWriter(sink, Spool(tmp_path), replace(QUICK, spool_after_s=0.0))
    writer.start()
    writer.put([entry(1)])

    await writer.flush()

    assert writer.counters.spooled == 1
    await writer.close()


async def test_at_shutdown_in_an_outage_rows_wait_on_disk_for_the_next_start(
    tmp_path: Path,
) -> None:
    sink = FakeSink()
    sink.away = True
    writer = BatchWriter(sink, Spool(tmp_path), replace(QUICK, flush_s=NEVER))
    writer.start()
    writer.put(entry(n) for n in range(25))
    await writer.close()
    assert writer.counters.spooled == 25

    sink.away = False
    again = BatchWriter(sink, Spool(tmp_path), QUICK)
    again.start()
    await sink.attempted(3)
    again.put([entry(99)])
    await again.flush()
    await again.close()

    assert sink.written == [*names(range(25)), "e99"]
    assert Spool(tmp_path).files() == []
    assert (again.counters.replayed, again.counters.written) == (25, 1)


async def test_shutdown_does_not_wait_for_a_backoff(tmp_path: Path) -> None:
    sink = FakeSink()
    sink.away = True
    writer = BatchWriter(sink, Spool(tmp_path), replace(QUICK, retry_s=NEVER, max_retry_s=NEVER))
    writer.start()
    writer.put([entry(1)])
    await sink.attempted(1)

    async with asyncio.timeout(5):
        await writer.close()

    assert writer.counters.spooled == 1


async def test_a_row_the_database_refuses_holds_up_no_other(tmp_path: Path) -> None:
    sink = FakeSink()
    sink.refuses = ("poison",)
    writer = BatchWriter(sink, Spool(tmp_path), QUICK)
    writer.start()
    writer.put(entry(n, "poison" if n in (3, 7) else "") for n in range(10))

    await writer.flush()
    await writer.close()

    assert sorted(sink.written) == names(n for n in range(10) if n not in (3, 7))
    assert (writer.counters.written, writer.counters.refused) == (8, 2)
    assert len((tmp_path / "refused.jsonl").read_text().splitlines()) == 2


async def test_characters_a_database_refuses_are_replaced(tmp_path: Path) -> None:
    sink = FakeSink()
    sink.refuses = ("a\0b\ud800",)
    writer = BatchWriter(sink, Spool(tmp_path), QUICK)
    writer.start()
    writer.put([entry(1, "a\0b\ud800")])

    await writer.flush()
    await writer.close()

    assert sink.batches == [[entry(1, "a�b?")]]
    assert writer.counters.refused == 0


async def test_a_damaged_spool_file_gives_its_good_rows(tmp_path: Path) -> None:
    sink = FakeSink()
    file = Spool(tmp_path).save([entry(1), entry(2)])
    file.write_text("not json\n" + file.read_text())
    writer = BatchWriter(sink, Spool(tmp_path), QUICK)
    writer.start()

    await sink.attempted(1)
    writer.put([entry(3)])
    await writer.flush()
    await writer.close()

    assert sink.written == names((1, 2, 3))
    assert writer.counters.refused == 1
    assert (tmp_path / "refused.jsonl").read_text() == "not json\n"


async def test_with_database_and_disk_away_memory_stays_bounded_and_losses_are_counted(
    tmp_path: Path,
) -> None:
    sink = FakeSink()
    sink.away = True
    blocked = tmp_path / "file"
    blocked.touch()
    writer = BatchWriter(sink, Spool(blocked / "spool"), replace(QUICK, spool_rows=10, max_rows=50))
    writer.start()

    writer.put(entry(n) for n in range(80))
    assert (writer.depth, writer.counters.lost) == (50, 30)
    await sink.attempted(2)
    await writer.close()

    assert writer.counters.lost == 80
