"""The event stream."""

from callcenter import events

EVENT = events.CallAnswered(1.0, "call")


def test_every_reader_gets_every_event_in_order() -> None:
    log: list[tuple[str, events.Event]] = []
    stream = events.EventStream(lambda *_: None)
    stream.subscribe(lambda event: log.append(("first", event)))
    stream.subscribe(lambda event: log.append(("second", event)))
    other = events.FlowStarted(2.0, "call", "welcome")
    stream.emit(EVENT)
    stream.emit(other)

    assert log == [("first", EVENT), ("second", EVENT), ("first", other), ("second", other)]


def test_a_reader_gets_the_kinds_that_it_wants() -> None:
    answered: list[events.Event] = []
    of_calls: list[events.Event] = []
    stream = events.EventStream(lambda *_: None)
    stream.subscribe(answered.append, [events.CallAnswered])
    other = events.FlowStarted(2.0, "call", "welcome")
    stream.emit(other)
    stream.subscribe(of_calls.append, [events.CallEvent])
    for event in (other, EVENT, events.AgentLoggedOut(3.0, "1001", "8001", "left")):
        stream.emit(event)

    assert answered == [EVENT]
    assert of_calls == [other, EVENT]


def test_a_reader_that_raises_is_reported_and_harms_nobody() -> None:
    log: list[events.Event] = []
    reported: list[tuple[events.Event, Exception]] = []
    error = ValueError("a bad reader")

    def bad(event: events.Event) -> None:
        raise error

    stream = events.EventStream(lambda event, error: reported.append((event, error)))
    stream.subscribe(bad)
    stream.subscribe(log.append)
    stream.emit(EVENT)

    assert log == [EVENT]
    assert reported == [(EVENT, error)]
