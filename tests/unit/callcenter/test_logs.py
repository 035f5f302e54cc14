import io
import json
import logging
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from callcenter import logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_about_a_call_is_json_with_its_call_id() -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    structlog.get_logger().bind(call_id="c-1").bind(leg="caller").info("answered", code=200)
    structlog.get_logger().bind(agent_id="1001").warning("坐席忙")
    first, second = lines(stream)
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "event": "answered",
        "call_id": "c-1",
        "leg": "caller",
        "code": 200,
        "level": "info",
    }
    assert (second["agent_id"], second["event"], second["level"]) == ("1001", "坐席忙", "warning")
    assert "坐席忙" in stream.getvalue()


def test_a_line_that_says_when_it_happened_has_that_time() -> None:
    earlier = datetime(2026, 3, 2, 12, 0, 0, 250_000, UTC)
    for form in ("json", "console"):
        stream = io.StringIO()
        logs.configure(form, stream=stream)
        structlog.get_logger().info("CallEnded", timestamp=earlier)
        assert "2026-03-02T12:00:00.250000Z" in stream.getvalue()


def test_whatever_a_line_holds_it_is_one_line_of_json() -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    log = structlog.get_logger()
    log.info("odd", by=ValueError("x"), name="line\nbreak", where=object)
    log.info("no text", name="\udcff", raw=b"\xff")
    odd, no_text = lines(stream)
    assert (odd["by"], odd["name"]) == ("ValueError('x')", "line\nbreak")
    assert (no_text["name"], no_text["raw"]) == ("\udcff", "b'\\xff'")


def test_a_terminal_gets_coloured_lines_unless_json_is_asked_for() -> None:
    terminal = Terminal()
    logs.configure(stream=terminal)
    structlog.get_logger().bind(call_id="c-1").info("answered")
    assert "\x1b[" in terminal.getvalue()
    assert "call_id" in terminal.getvalue()

    asked = Terminal()
    logs.configure("json", stream=asked)
    structlog.get_logger().bind(call_id="c-1").info("answered")
    assert lines(asked)[0]["call_id"] == "c-1"


def test_a_file_can_be_asked_for_plain_console_lines() -> None:
    stream = io.StringIO()
    logs.configure("console", stream=stream)
    structlog.get_logger().bind(call_id="c-1").info("answered")
    assert "answered" in stream.getvalue()
    assert "call_id=c-1" in stream.getvalue()
    assert "\x1b[" not in stream.getvalue()


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_lines_below_the_level_are_dropped(level: logs.LogLevel, shown: list[str]) -> None:
    stream = io.StringIO()
    logs.configure(level=level, stream=stream)
    log = structlog.get_logger().bind(call_id="c-1")
    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)(name)
    assert [line["event"] for line in lines(stream)] == shown


def test_the_standard_library_and_warnings_come_in_the_same_shape() -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    logging.getLogger("some.library").info("connected to %s", "db")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    first, second = lines(stream)
    assert (first["event"], first["logger"], first["level"]) == (
        "connected to db",
        "some.library",
        "info",
    )
    assert second["logger"] == "py.warnings"
    assert "DeprecationWarning: old" in second["event"]


def test_chatty_libraries_are_heard_from_warnings_up() -> None:
    stream = io.StringIO()
    logs.configure(level="debug", stream=stream)
    for name in logs.NOISY:
        logging.getLogger(f"{name}.part").info("chatter")
        logging.getLogger(f"{name}.part").warning("trouble")
    assert [line["event"] for line in lines(stream)] == ["trouble"] * len(logs.NOISY)


def test_an_exception_is_one_json_line_with_its_traceback() -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    try:
        raise ValueError("no such leg")
    except ValueError:
        structlog.get_logger().bind(call_id="c-1").exception("failed")
        logging.getLogger("library").exception("failed too")
    ours, theirs = lines(stream)
    assert "ValueError: no such leg" in ours["exception"]
    assert "ValueError: no such leg" in theirs["exception"]


def test_a_broken_record_breaks_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(stream=io.StringIO())
    logging.getLogger("library").warning("%d", "not a number")
    assert "Logging error" in capsys.readouterr().err
