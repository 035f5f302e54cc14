import asyncio
import dataclasses
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from callcenter.clock import Clock
from callcenter.store import phone_book
from callcenter.store.phone_book import Kept, PhoneBook
from sip import Address, Binding

PHONE = Binding(
    user="8001",
    contact_uri="sip:8001@192.168.1.5",
    source=Address("udp", "192.0.2.1", 4000),
    local=Address("udp", "10.0.0.1", 5060),
    expires_at=160.0,
    user_agent="Phone/1",
    call_id="c",
    cseq=7,
    q=500,
    instance="<urn:uuid:1>",
    path=("<sip:edge;lr>",),
)


def book(folder: Path, now: float = 100.0, wall: float = 5000.0) -> PhoneBook:
    clock = Clock(now=lambda: now, wall_now=lambda: wall)
    return PhoneBook(folder, clock, structlog.get_logger())


def kept(folder: Path, now: float = 100.0, wall: float = 5000.0) -> Kept:
    one = book(folder, now, wall)
    found = one.load()
    asyncio.run(one.close())
    return found


def written(folder: Path, *bindings: Binding) -> PhoneBook:
    one = book(folder)
    one.note_bindings("8001", bindings)
    one.note_nonce("nonce", 3)
    asyncio.run(one.close())
    return one


def test_what_was_noted_is_found_again_at_another_time_of_another_clock(tmp_path: Path) -> None:
    second = dataclasses.replace(PHONE, contact_uri="sip:second", path=())
    written(tmp_path, PHONE, second)
    found = kept(tmp_path, now=3.0, wall=5020.0)
    assert found.bindings == [
        dataclasses.replace(PHONE, expires_at=43.0),
        dataclasses.replace(second, expires_at=43.0),
    ]
    assert found.nonces == [("nonce", 3)]


def test_what_expired_meanwhile_is_gone(tmp_path: Path) -> None:
    written(tmp_path, PHONE)
    assert kept(tmp_path, wall=5060.0).bindings == []


def test_the_last_word_counts(tmp_path: Path) -> None:
    written(tmp_path, PHONE)
    written(tmp_path)
    assert kept(tmp_path).bindings == []


def test_connections_are_not_kept(tmp_path: Path) -> None:
    stream = dataclasses.replace(PHONE, source=Address("tcp", "192.0.2.1", 4000), path=())
    written(tmp_path, stream)
    assert kept(tmp_path).bindings == []


def test_the_secret_stays_and_is_nobody_else_s(tmp_path: Path) -> None:
    first = book(tmp_path)
    assert (book(tmp_path).secret, len(first.secret)) == (first.secret, 32)
    assert stat.S_IMODE((tmp_path / phone_book.KEY).stat().st_mode) == 0o600
    (tmp_path / phone_book.KEY).write_bytes(b"")
    assert len(book(tmp_path).secret) == 32


def test_a_broken_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / phone_book.FILE).write_bytes(b"no database, but longer than a header" * 100)
    with capture_logs() as logs:
        assert kept(tmp_path) == Kept([], [])
    assert [entry["event"] for entry in logs] == ["registrations are lost"]
    written(tmp_path, PHONE)
    assert len(kept(tmp_path).bindings) == 1
    assert (tmp_path / "registrations.broken").exists()


def test_a_disk_that_fails_is_told_once_and_nothing_is_forgotten(tmp_path: Path) -> None:
    one = book(tmp_path)

    async def story() -> None:
        one.note_bindings("8001", [PHONE])
        with closing(sqlite3.connect(tmp_path / phone_book.FILE)) as database:
            database.execute("PRAGMA user_version = 99")
        await one.flush()
        one.note_bindings("8002", [dataclasses.replace(PHONE, user="8002")])
        await one.flush()
        with closing(sqlite3.connect(tmp_path / phone_book.FILE)) as database:
            database.execute("PRAGMA user_version = 0")
        await one.close()

    with capture_logs() as logs:
        asyncio.run(story())
    assert [entry["event"] for entry in logs] == ["registrations are not kept"]
    assert [b.user for b in kept(tmp_path).bindings] == ["8001", "8002"]


def test_a_file_somebody_else_has_locked_is_left_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_book, "LOCKED_S", 0.0)
    written(tmp_path, PHONE)
    with closing(sqlite3.connect(tmp_path / phone_book.FILE)) as other, capture_logs() as logs:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert kept(tmp_path) == Kept([], [])
    assert [entry["event"] for entry in logs] == ["registrations are not read"]
    assert len(kept(tmp_path).bindings) == 1


class Flushed(PhoneBook):
    """Tells when changes were written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Clock(lambda: 100.0, lambda: 5000.0), structlog.get_logger())
        self.once = asyncio.Event()

    async def flush(self) -> None:
        await super().flush()
        self.once.set()


def test_changes_are_written_by_and_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_book, "INTERVAL_S", 0.0)
    one = Flushed(tmp_path)

    async def story() -> list[Binding]:
        running = asyncio.create_task(one.run())
        one.note_bindings("8001", [PHONE])
        async with asyncio.timeout(30):
            await one.once.wait()
        found = await asyncio.to_thread(kept, tmp_path)
        running.cancel()
        await one.close()
        return found.bindings

    assert len(asyncio.run(story())) == 1
