"""The event stream."""

import asyncio

from callcenter import events
from callcenter.event_stream import LATER_S, MOST_WAITING, EventStream
from tests.support.virtual_loop import virtual_time

EVENT = events.CallAnswered(1.0, "call")
OTHER = events.FlowStarted(2.0, "call", "welcome")


def test_every_reader_gets_every_event_in_order() -> None:
    log: list[tuple[str, events.Event]] = []
    stream = EventStream(lambda *_: None)
    stream.subscribe(lambda event: log.append(("first", event)))
    stream.subscribe(lambda event: log.append(("second", event)))
    stream.emit(EVENT)
    stream.emit(OTHER)

    assert log == [("first", EVENT), ("second", EVENT), ("first", OTHER), ("second", OTHER)]


def test_a_reader_gets_the_kinds_that_it_wants() -> None:
    answered: list[events.Event] = []
    of_calls: list[events.Event] = []
    stream = EventStream(lambda *_: None)
    stream.subscribe(answered.append, [events.CallAnswered])
    stream.emit(OTHER)
    stream.subscribe(of_calls.append, [events.CallEvent])
    for event in (OTHER, EVENT, events.AgentLoggedOut(3.0, "1001", "8001", "left")):
        stream.emit(event)

    assert answered == [EVENT]
    assert of_calls == [OTHER, EVENT]


def test_a_reader_that_raises_is_reported_and_harms_nobody() -> None:
    log: list[events.Event] = []
    reported: list[tuple[events.Event, Exception]] = []
    error = ValueError("a bad reader")

    def bad(event: events.Event) -> None:
        raise error

    stream = EventStream(lambda event, error: reported.append((event, error)))
    stream.subscribe(bad)
    stream.subscribe(log.append)
    stream.emit(EVENT)

    assert log == [EVENT]
    assert reported == [(EVENT, error)]


@virtual_time
async def test_what_is_read_later_comes_within_a_moment_many_events_together() -> None:
    log: list[tuple[str, events.Event]] = []
    stream = EventStream(lambda *_: None)
    stream.subscribe_later(lambda event: log.append(("first", event)), [events.CallEvent])
    stream.subscribe_later(lambda event: log.append(("second", event)), [events.FlowStarted])
    stream.subscribe(lambda event: log.append(("at once", event)))
    stream.emit(EVENT)
    stream.emit(OTHER)
    assert log == [("at once", EVENT), ("at once", OTHER)]

    await asyncio.sleep(LATER_S * 1.01)
    assert log[2:] == [("first", EVENT), ("first", OTHER), ("second", OTHER)]

    stream.emit(OTHER)
    await asyncio.sleep(LATER_S * 1.01)
    assert log[5:] == [("at once", OTHER), ("first", OTHER), ("second", OTHER)]


async def test_who_asks_waits_for_nothing() -> None:
    log: list[events.Event] = []
    stream = EventStream(lambda *_: None)
    stream.subscribe_later(log.append, [events.CallEvent])
    stream.emit(EVENT)
    stream.flush()
    stream.flush()

    assert log == [EVENT]


async def test_no_more_than_so_many_events_wait() -> None:
    log: list[events.Event] = []
    stream = EventStream(lambda *_: None)
    stream.subscribe_later(log.append, [events.CallEvent])
    for _ in range(MOST_WAITING + 1):
        stream.emit(EVENT)

    assert len(log) == MOST_WAITING


async def test_a_closed_stream_keeps_nothing_back() -> None:
    log: list[events.Event] = []
    stream = EventStream(lambda *_: None)
    stream.subscribe_later(log.append, [events.CallEvent])
    stream.emit(EVENT)
    stream.close()
    stream.emit(OTHER)

    assert log == [EVENT, OTHER]


async def test_a_late_reader_that_raises_is_reported_for_each_event() -> None:
    log: list[events.Event] = []
    reported: list[events.Event] = []

    def bad(event: events.Event) -> None:
        raise ValueError("a bad reader")

    stream = EventStream(lambda event, error: reported.append(event))
    stream.subscribe_later(bad, [events.CallEvent])
    stream.subscribe_later(log.append, [events.CallEvent])
    stream.emit(EVENT)
    stream.emit(OTHER)
    stream.flush()

    assert log == reported == [EVENT, OTHER]
