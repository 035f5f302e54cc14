"""Events as lines of the log."""

import logging
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from callcenter import events
from callcenter.event_log import EventLog
from callcenter.event_stream import EventStream

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MILESTONE = events.CallEnded(1.0, "call", "hangup", "caller", 200)
STEP = events.FlowStarted(1.0, "call", "welcome")


FAILED = events.RecordingFailed(1.0, "call", "r", "day/r.wav", "disk full")
SPOILED = events.RecordingStopped(1.0, "call", "r", "day/r.wav", 3.0, 44, "disk full")
WHOLE = events.RecordingStopped(1.0, "call", "r", "day/r.wav", 3.0, 44, "")


class Levelled:
    """As much of a standard logger as structlog asks for a level."""

    def __init__(self, level: int) -> None:
        self.level = level

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 (as logging spells it)
        return level >= self.level


async def lines_of(level: int, *told: events.Event) -> list[MutableMapping[str, Any]]:
    """What is logged of these events at that level."""
    capture = LogCapture()
    logger: Any = structlog.wrap_logger(
        Levelled(level), processors=[capture], wrapper_class=structlog.stdlib.BoundLogger
    )
    stream = EventStream(lambda *_: None)
    EventLog(logger, lambda at: NOON + timedelta(seconds=at)).listen(stream)
    for event in told:
        stream.emit(event)
        if level == logging.DEBUG:
            assert capture.entries[-1]["event"] == type(event).__name__
    stream.catch_up()
    return capture.entries


@pytest.mark.parametrize(
    ("level", "lines"),
    [(20, [("info", "CallEnded")]), (10, [("info", "CallEnded"), ("debug", "FlowStarted")])],
)
async def test_milestones_are_told_always_steps_to_who_wants_them(
    level: int, lines: list[tuple[str, str]]
) -> None:
    entries = await lines_of(level, MILESTONE, STEP)
    assert [(entry["log_level"], entry["event"]) for entry in entries] == lines
    assert entries[0] == {
        "log_level": "info",
        "event": "CallEnded",
        "timestamp": NOON + timedelta(seconds=1),
        "at": 1.0,
        "call_id": "call",
        "cause": "hangup",
        "by": "caller",
        "sip_code": 200,
        "q850": None,
    }


async def test_a_recording_that_failed_is_an_error() -> None:
    entries = await lines_of(20, FAILED, SPOILED, WHOLE)

    assert [(entry["log_level"], entry["event"]) for entry in entries] == [
        ("error", "RecordingFailed"),
        ("error", "RecordingStopped"),
    ]
    assert entries[0]["error"] == "disk full"
