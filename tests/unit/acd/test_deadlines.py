from typing import cast

from acd.contact import Contact
from acd.deadlines import MaxWaitReached, TimedEvent, Timetable


def event(name: str) -> MaxWaitReached:
    return MaxWaitReached(cast(Contact, name))


def due(timetable: Timetable, now: float) -> list[TimedEvent]:
    events = []
    while (popped := timetable.pop_due(now)) is not None:
        events.append(popped)
    return events


def test_events_come_when_due_by_time_then_by_order_of_setting() -> None:
    timetable = Timetable()
    for at, name in [(5.0, "a"), (3.0, "b"), (5.0, "c"), (9.0, "d")]:
        timetable.set(at, event(name))
    assert timetable.next_due() == 3.0
    assert due(timetable, 2.9) == []
    assert due(timetable, 5.0) == [event("b"), event("a"), event("c")]
    assert timetable.next_due() == 9.0
    assert len(timetable) == 1


def test_what_is_cancelled_neither_happens_nor_wakes_anybody() -> None:
    timetable = Timetable()
    first = timetable.set(1.0, event("a"))
    timetable.set(2.0, event("b"))
    first.cancel()
    first.cancel()
    assert timetable.next_due() == 2.0
    assert due(timetable, 9.0) == [event("b")]
    assert timetable.next_due() is None


def test_cancelling_after_the_event_changes_nothing() -> None:
    timetable = Timetable()
    deadline = timetable.set(1.0, event("a"))
    assert due(timetable, 1.0) == [event("a")]
    deadline.cancel()
    assert len(timetable) == 0
