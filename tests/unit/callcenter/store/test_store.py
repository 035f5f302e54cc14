"""What is put can be asked for again, the same on both engines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from callcenter.clock import Clock
from callcenter.event_stream import EventStream
from callcenter.events import CallAnswered, CallEnded, CallStarted
from callcenter.store.errors import StoreError
from callcenter.store.rows import (
    AgentLogEntry,
    Cdr,
    CdrLeg,
    CdrSegment,
    Recording,
    Row,
    VoicemailMessage,
)
from callcenter.store.store import RECORDED, Store

NOON = datetime(2026, 3, 1, 12, 0, 0, 123000, UTC)
CALL = Cdr(
    call_id="c1",
    direction="in",
    ani="",
    dnis="4001",
    trunk="carrier",
    started_at=NOON,
    answered_at=NOON + timedelta(milliseconds=20),
    ended_at=NOON + timedelta(seconds=61),
    cause="hangup",
    ended_by="caller",
    sip_code=200,
    flow="welcome",
    queue="sales",
    agent_id="1001",
    seat_no="8001",
    waited_s=1.5,
    rang_s=1.25,
    talked_s=57.001,
    billable_s=60.98,
    recording="2026/03/01/c1.wav",
)
REFUSED = replace(CALL, call_id="c2", answered_at=None, flow=None, queue=None, agent_id=None)
SEGMENT = CdrSegment(
    "c1", 1, "wait", NOON, NOON + timedelta(seconds=2), "sales", None, None, None, "answered"
)
LEG = CdrLeg(
    "c1",
    "a@b",
    "trunk carrier",
    NOON,
    900,
    880,
    7,
    1.5,
    9.0,
    31.0,
    4.2,
    3,
    None,
    2.5,
    True,
    "busy",
    "machine:beep",
)
RECORDING = Recording("r1", "c1", "2026/03/01/c1.wav", "c1.wav", NOON, 57.0, 3_000_000_000, "", "1")
MESSAGE = VoicemailMessage("m1", "c1", "sales", "c1.wav", "13800000000", None, 7.5, NOON, None)
ENTRY = AgentLogEntry(
    "e1", NOON, "1001", "8001", "no_answer", None, None, None, "no_answer", "sales", "c1"
)


async def put(store: Store, *rows: Row) -> None:
    store.put(rows)
    await store.flush()


async def test_every_record_comes_back_as_it_was_put(store: Store) -> None:
    await put(store, CALL, REFUSED, SEGMENT, LEG, RECORDING, MESSAGE, ENTRY)

    assert await store.calls.get("c1") == CALL
    assert await store.calls.get("c2") == REFUSED
    assert await store.calls.segments("c1") == [SEGMENT]
    assert await store.calls.legs("c1") == [LEG]
    assert await store.recordings.for_call("c1") == [RECORDING]
    assert await store.voicemail.list("sales") == [MESSAGE]
    assert await store.agent_log.list() == [ENTRY]


async def test_times_come_back_aware_and_in_utc(store: Store) -> None:
    shanghai = NOON.astimezone(timezone(timedelta(hours=8)))
    await put(store, replace(CALL, started_at=shanghai))

    call = await store.calls.get("c1")

    assert call is not None
    assert call.started_at == NOON
    assert call.started_at.tzinfo is UTC


async def test_an_unknown_call_is_none_and_lists_are_empty(store: Store) -> None:
    assert await store.calls.get("nobody") is None
    assert await store.calls.segments("nobody") == []
    assert await store.recordings.for_call("nobody") == []
    assert await store.voicemail.unheard(["nobody"]) == 0


async def test_the_same_rows_put_twice_are_there_once_and_unchanged(store: Store) -> None:
    await put(store, CALL, SEGMENT, RECORDING, MESSAGE, ENTRY)
    await put(store, replace(CALL, cause="other"), SEGMENT, RECORDING, MESSAGE, ENTRY)

    assert await store.calls.list() == [CALL]
    assert await store.calls.segments("c1") == [SEGMENT]
    assert await store.agent_log.list() == [ENTRY]


async def test_seconds_of_calls_out_are_added_up_by_seat_and_trunk(store: Store) -> None:
    kinds = [("8001", "out", 0), ("8001", "out", 0), (None, "out", 0), ("8001", "in", 0)]
    kinds.append(("8001", "out", 1))
    calls = [
        replace(
            CALL,
            call_id=str(number),
            seat_no=seat_no,
            direction=direction,
            started_at=NOON - timedelta(days=days),
            billable_s=10.5,
        )
        for number, (seat_no, direction, days) in enumerate(kinds)
    ]
    await put(store, *calls)

    found = await store.calls.outside_seconds(NOON - timedelta(hours=12))
    assert sorted(found) == [("", "carrier", 10.5), ("8001", "carrier", 21.0)]


async def test_calls_are_listed_newest_first_within_limits(store: Store) -> None:
    calls = [
        replace(
            CALL,
            call_id=f"c{n}",
            started_at=NOON + timedelta(minutes=n),
            agent_id="1001" if n % 2 else "1002",
            ani=str(n),
        )
        for n in range(6)
    ]
    await put(store, *calls)
    since, until = NOON + timedelta(minutes=1), NOON + timedelta(minutes=5)

    async def listed(limit: int = 100, **where: datetime | str) -> list[str]:
        return [call.call_id for call in await store.calls.list(limit, **where)]  # type: ignore[arg-type]

    assert await listed() == ["c5", "c4", "c3", "c2", "c1", "c0"]
    assert await listed(2) == ["c5", "c4"]
    assert await listed(since=since, until=until) == ["c4", "c3", "c2", "c1"]
    assert await listed(agent_id="1001") == ["c5", "c3", "c1"]
    assert await listed(ani="3") == ["c3"]


async def test_a_message_is_unheard_until_it_is_heard_for_the_first_time(store: Store) -> None:
    other = replace(MESSAGE, message_id="m2", box="support")
    later = replace(MESSAGE, message_id="m3", left_at=NOON + timedelta(hours=1))
    await put(store, MESSAGE, other, later)

    assert await store.voicemail.unheard(["sales", "nobody"]) == 2
    await store.voicemail.mark("m1", NOON + timedelta(hours=2))
    await store.voicemail.mark("nothing", NOON)

    assert await store.voicemail.unheard(["sales"]) == 1
    assert [each.message_id for each in await store.voicemail.of(["sales", "support"], 2)] == [
        "m3",
        "m2",
    ]
    assert await store.voicemail.count("sales") == (1, 1)
    assert await store.voicemail.count("nobody") == (0, 0)
    heard = replace(MESSAGE, heard_at=NOON + timedelta(hours=2))
    assert await store.voicemail.list("sales") == [later, heard]
    assert await store.voicemail.get("m1") == heard
    await store.voicemail.mark("m1", None)
    assert await store.voicemail.unheard(["sales"]) == 2
    await store.voicemail.delete("m1")
    assert await store.voicemail.get("m1") is None


async def test_the_agent_log_is_listed_by_agent_and_time(store: Store) -> None:
    entries = [
        replace(
            ENTRY,
            entry_id=f"e{n}",
            agent_id="1001" if n % 2 else "1002",
            at=NOON + timedelta(minutes=n // 2),
        )
        for n in range(6)
    ]
    await put(store, *entries)

    async def listed(agent_id: str | None = None, since: datetime | None = None) -> list[str]:
        return [entry.entry_id for entry in await store.agent_log.list(agent_id, since=since)]

    assert await listed() == ["e5", "e4", "e3", "e2", "e1", "e0"]
    assert await listed("1001") == ["e5", "e3", "e1"]
    assert await listed("1001", NOON + timedelta(minutes=1)) == ["e5", "e3"]


async def test_closing_writes_what_was_put_and_reopening_finds_it(url: str, tmp_path: Path) -> None:
    store = await Store.open(url, spool=tmp_path / "spool")
    store.put([CALL])
    await store.close()

    again = await Store.open(url, spool=tmp_path / "spool")
    assert await again.calls.get("c1") == CALL
    await again.close()


async def test_the_event_stream_becomes_records(url: str, tmp_path: Path) -> None:
    clock = Clock(now=lambda: 50.0, wall_now=NOON.timestamp)
    store = await Store.open(url, clock=clock, spool=tmp_path / "spool")
    stream = EventStream(on_error=lambda event, error: None)
    stream.follow(store.record, RECORDED)

    stream.emit(CallStarted(40.0, "c1", "in", "138", "4001", "carrier"))
    stream.emit(CallAnswered(41.0, "c1"))
    stream.emit(CallEnded(45.0, "c1", "hangup", "caller", 200))
    stream.catch_up()
    await store.flush()

    call = await store.calls.get("c1")
    assert call is not None
    assert (call.started_at, call.billable_s) == (NOON - timedelta(seconds=10), 4.0)
    await store.close()


async def test_closing_ends_calls_whose_end_never_came(url: str, tmp_path: Path) -> None:
    clock = Clock(now=lambda: 50.0, wall_now=NOON.timestamp)
    store = await Store.open(url, clock=clock, spool=tmp_path / "spool")
    store.record(CallStarted(40.0, "c1", "in", "138", "4001", "carrier"))
    await store.close()

    again = await Store.open(url, spool=tmp_path / "spool")
    [call] = await again.calls.list()
    assert (call.cause, call.ended_at) == ("system_error", NOON)
    await again.close()


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ("nonsense", "'nonsense' is not a database URL"),
        ("mysql://localhost/calls", "mysql: not supported; use sqlite+aiosqlite or postgresql"),
        ("sqlite:///x.db", "sqlite: not supported; use sqlite+aiosqlite"),
        ("sqlite+aiosqlite://", "the URL must name a file"),
        ("sqlite+aiosqlite:////proc/nowhere/x.db", "cannot create the folder /proc/nowhere"),
        ("postgresql+asyncpg://u:secret@/db?host=/nowhere", "u:***@/db"),
    ],
)
async def test_a_database_that_cannot_be_opened_is_one_clear_line(bad: str, complaint: str) -> None:
    with pytest.raises(StoreError) as raised:
        await Store.open(bad)

    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_a_file_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "calls.db"
    file.write_text("Dear diary, " * 100)

    with pytest.raises(StoreError, match=r"calls\.db: file is not a database"):
        await Store.open(f"sqlite+aiosqlite:///{file}")


async def test_a_folder_in_the_database_s_place_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open database file"):
        await Store.open(f"sqlite+aiosqlite:///{tmp_path}")


async def test_a_question_that_the_database_cannot_answer_is_a_store_error(store: Store) -> None:
    async with store._engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE cdr")

    with pytest.raises(StoreError, match="cdr"):
        await store.calls.get("c1")
