"""The events of calls beside the messages."""

import json
from collections.abc import Iterator

import pytest

from callcenter import events, exchange
from callcenter.trace import index


@pytest.mark.parametrize("caller", ["138", "Ünal", "not text: \udc80"])
def test_events_are_read_as_they_were_told(caller: str) -> None:
    told = [
        events.CallStarted(100.25, "c1", "in", caller, "4001", "carrier"),
        events.CallConferenced(101.5, "c1", (("", "138"), ("8001", "8001")), ("1001",)),
    ]

    content = index.header() + index.line(told, 1_000.0)

    assert list(index.facts(content)) == [
        {
            "event": "CallStarted",
            "at": 1_100.25,
            "call_id": "c1",
            "direction": "in",
            "ani": caller,
            "dnis": "4001",
            "trunk": "carrier",
        },
        {
            "event": "CallConferenced",
            "at": 1_101.5,
            "call_id": "c1",
            "parties": [["", "138"], ["8001", "8001"]],
            "agents": ["1001"],
        },
    ]


def test_nothing_told_is_no_line() -> None:
    assert index.line([], 1.0) == b""


def test_every_event_that_a_call_can_tell_is_known() -> None:
    assert exchange  # which imports whoever tells events
    told = {kind.__name__ for kind in below(events.CallEvent) if not kind.__name__.startswith("_")}

    assert {"CallStarted", "RecordingPaused", "WaitAnnounced"} <= told
    assert told <= json.loads(index.header()).keys()


def below(kind: type[events.CallEvent]) -> Iterator[type[events.CallEvent]]:
    """All its kinds, of whichever module of ours."""
    for each in kind.__subclasses__():
        if each.__module__.startswith("callcenter."):
            yield each
        yield from below(each)
