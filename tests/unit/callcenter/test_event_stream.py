"""The event stream."""

import asyncio
from functools import partial

import structlog
from structlog.testing import LogCapture

from callcenter import events
from callcenter.event_stream import FOLLOW_S, EventStream, log_failure
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
async def test_followers_are_told_later_what_has_happened_in_order() -> None:
    at_once: list[events.Event] = []
    followed: list[events.Event] = []
    stream = EventStream(lambda *_: None)
    stream.subscribe(at_once.append)
    stream.follow(followed.append, [events.CallEvent])
    for event in (EVENT, OTHER, events.AgentLoggedOut(3.0, "1001", "8001", "left")):
        stream.emit(event)
    assert (len(at_once), followed) == (3, [])
    await asyncio.sleep(FOLLOW_S)
    assert followed == [EVENT, OTHER]

    stream.emit(EVENT)
    stream.catch_up()
    assert followed == [EVENT, OTHER, EVENT]
    await asyncio.sleep(FOLLOW_S)
    assert len(followed) == 3


@virtual_time
async def test_who_follows_closely_is_told_when_what_happens_is_over() -> None:
    closely: list[events.Event] = []
    followed: list[events.Event] = []
    stream = EventStream(lambda *_: None)
    stream.follow(followed.append)
    stream.follow(closely.append, [events.CallEvent], closely=True)
    stream.emit(EVENT)
    asyncio.get_running_loop().call_soon(stream.emit, OTHER)  # as a task does that it woke
    assert closely == []
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (closely, followed) == ([EVENT, OTHER], [])
    stream.catch_up()
    assert closely == followed == [EVENT, OTHER]


@virtual_time
async def test_a_follower_that_raises_harms_nobody_and_what_it_emits_comes_next() -> None:
    followed: list[events.Event] = []
    reported: list[events.Event] = []
    stream = EventStream(lambda event, _: reported.append(event))

    def answers(event: events.CallAnswered) -> None:
        stream.emit(OTHER)
        raise ValueError("a bad reader")

    stream.follow(answers, [events.CallAnswered])
    stream.follow(followed.append)
    stream.emit(EVENT)
    await asyncio.sleep(FOLLOW_S)
    assert (followed, reported) == ([EVENT], [EVENT])
    await asyncio.sleep(FOLLOW_S)
    assert followed == [EVENT, OTHER]


def test_a_reader_that_raises_is_logged() -> None:
    capture = LogCapture()
    logger = structlog.wrap_logger(None, processors=[capture])

    def bad(event: events.Event) -> None:
        raise ValueError("a bad reader")

    stream = EventStream(partial(log_failure, logger))
    stream.subscribe(bad)
    stream.emit(EVENT)

    [line] = capture.entries
    assert (line["log_level"], line["event_type"]) == ("error", "CallAnswered")
    assert "a bad reader" in repr(line["exc_info"])
