"""What the desk asks the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from callcenter import events as e
from callcenter.clock import Clock
from callcenter.desk.days import Days
from callcenter.desk.records import RecordsError
from callcenter.event_stream import EventStream
from callcenter.store.desk_records import StoreRecords, restore_days
from callcenter.store.errors import StoreError
from callcenter.store.store import RECORDED, Store

NOON = datetime(2026, 3, 1, 12, 0, 0, 0, UTC)


async def test_the_day_of_an_agent_is_found_again_after_a_restart(url: str) -> None:
    clock = Clock(lambda: 0.0, NOON.timestamp)
    first = await Store.open(url, clock=clock)
    ann = ("1001", "8001")
    before = Days(clock)
    for event in (
        e.AgentStateChanged(0, *ann, "idle", "logged_out", ""),
        e.CallStarted(1, "c1", "in", "139", "4001", "carrier"),
        e.AgentOffered(2, "c1", "sales", *ann),
        e.TalkStarted(5, "c1", "sales", *ann),
        e.TalkEnded(25, "c1", "sales", *ann, "caller", "hangup", 20.0),
        e.CallEnded(25, "c1", "hangup", "caller", 200),
        e.CallStarted(30, "c2", "out", "8001", "139", ""),
        e.BridgeStarted(31, "c2", "139", "8001", "1001"),
        e.BridgeEnded(41, "c2", "139", "caller", "hangup", 10.0),
        e.CallEnded(41, "c2", "hangup", "caller", 200),
        e.NoAnswerRecorded(45, *ann, "c3", "sales", "no_answer"),
        e.AgentStateChanged(50, *ann, "logged_out", "idle", ""),
    ):
        first.record(event)
        if isinstance(event, Days.KINDS):
            before.read(event)
    await first.close()

    again = await Store.open(url, clock=clock)
    after = Days(clock)
    await restore_days(again, after, NOON + timedelta(minutes=2))
    await again.close()
    assert replace(after.of("1001", 60), since=0) == replace(before.of("1001", 60), since=0)


def unexpected(event: e.Event, error: Exception) -> None:
    raise error


async def test_messages_are_listed_marked_and_deleted(url: str) -> None:
    store = await Store.open(url, clock=Clock(lambda: 0.0, NOON.timestamp))
    stream = EventStream(unexpected)
    stream.follow(store.record, RECORDED)
    records = StoreRecords(store, stream.catch_up)
    for n, box in enumerate(("1001", "default", "1001")):
        stream.emit(e.VoicemailLeft(n, f"c{n}", box, f"c{n}.wav", "139", 2.5))
    found = await records.messages(["1001"], 10)
    assert [(each.message_id, each.contact_number) for each in found] == [
        ("c2", "139"),
        ("c0", "139"),
    ]
    await records.mark("c2", NOON)
    message = await records.message("c2")
    assert message is not None
    assert message.heard_at == NOON
    assert await records.unheard(["1001", "default"]) == 2
    await records.delete("c2")
    assert await records.message("c2") is None
    await store.close()


class Away:
    """A repository whose database is away."""

    async def unheard(self, boxes: list[str]) -> int:
        raise StoreError("away")


async def test_a_database_that_does_not_answer_is_told_as_such() -> None:
    store: Any = SimpleNamespace(voicemail=Away())
    with pytest.raises(RecordsError):
        await StoreRecords(store, lambda: None).unheard(["1001"])
