"""What agents note at calls, and the gaps in recordings, as rows."""

from datetime import UTC, datetime, timedelta
from itertools import count

from callcenter.clock import Clock
from callcenter.events import (
    DispositionSet,
    Event,
    RecordingPaused,
    RecordingResumed,
    RecordingStopped,
)
from callcenter.store.marks import MarksProjection
from callcenter.store.rows import Disposition, RecordingPause, Row
from callcenter.store.store import Store

NOON = datetime(2026, 3, 1, 12, 0, 0, 0, UTC)


def wall(at: float) -> datetime:
    return NOON + timedelta(seconds=at)


def projection() -> MarksProjection:
    numbers = count(1)
    return MarksProjection(wall, lambda: f"m{next(numbers)}")


def rows_of(*told: Event) -> list[Row]:
    of = projection()
    return [row for event in told for row in of.handle(event)]


def stopped(at: float) -> RecordingStopped:
    return RecordingStopped(at, "c1", "r1", "day/r1.wav", at, 1, "")


def test_a_pause_is_a_row_when_it_is_over() -> None:
    assert rows_of(
        RecordingPaused(10, "c1", "r1", "1001"), RecordingResumed(25, "c1", "r1", "1001")
    ) == [RecordingPause("m1", "r1", "c1", "1001", wall(10), wall(25))]


def test_the_files_end_ends_a_pause() -> None:
    assert rows_of(RecordingPaused(10, "c1", "r1", "1001"), stopped(25), stopped(30)) == [
        RecordingPause("m1", "r1", "c1", "1001", wall(10), wall(25))
    ]


def test_shutdown_ends_a_pause_and_what_did_not_pause_leaves_no_row() -> None:
    of = projection()
    assert of.handle(RecordingResumed(5, "c1", "r1", "1001")) == []
    assert of.handle(RecordingPaused(10, "c1", "r1", "1001")) == []
    assert of.close(12) == [RecordingPause("m1", "r1", "c1", "1001", wall(10), wall(12))]
    assert of.close(13) == []


def test_every_word_about_a_call_is_a_row() -> None:
    assert rows_of(DispositionSet(3, "c1", "1001", "8001", "", ("订单", "b"), "n")) == [
        Disposition("m1", "c1", "1001", None, wall(3), '["订单", "b"]', "n")
    ]


async def test_marks_are_kept_and_found(url: str) -> None:
    store = await Store.open(url, clock=Clock(lambda: 0.0, NOON.timestamp))
    try:
        for codes in (("sold",), ("sold", "call_back")):
            store.record(DispositionSet(3, "c1", "1001", "8001", "sales", codes, ""))
        store.record(RecordingPaused(10, "c1", "r1", "1001"))
        store.record(RecordingResumed(25, "c1", "r1", "1001"))
        await store.flush()
        said = await store.calls.dispositions("c1")
        assert [each.codes for each in said] == ['["sold"]', '["sold", "call_back"]']
        [pause] = await store.recordings.pauses("r1")
        assert (pause.ended_at - pause.started_at).total_seconds() == 15
    finally:
        await store.close()
