"""The event stream."""

from callcenter import events
from callcenter.event_stream import EventStream

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
