"""Structured logs: JSON lines for machines, coloured ones on a terminal, one shape for all sources.

Every line about a call carries `call_id`, every line about a person `agent_id`: bound once, by the
call itself or as a field of its event. Lines below the level cost a method call.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO, TypeAlias

import structlog
from pydantic_core import to_json
from structlog.typing import EventDict, Processor

LogFormat: TypeAlias = Literal["auto", "json", "console"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

NOISY = ("aiosqlite", "alembic", "asyncio", "sqlalchemy")
"""Libraries whose own story interests nobody below a warning."""


def configure(
    log_format: LogFormat = "auto", level: LogLevel = "info", stream: TextIO | None = None
) -> None:
    """Sends all logs, the standard library's and warnings included, to `stream` (standard error).

    `auto` means console on a terminal and JSON anywhere else.
    """
    stream = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=_processors(log_format, stream),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_ToStructlog()], level=threshold, force=True)
    logging.captureWarnings(True)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))


def _processors(log_format: LogFormat, stream: TextIO) -> list[Processor]:
    if log_format == "console" or (log_format == "auto" and stream.isatty()):
        return [
            structlog.processors.add_log_level,
            _stamped,
            structlog.dev.ConsoleRenderer(colors=stream.isatty()),
        ]
    return [_as_json]


def _as_json(logger: object, method: str, event: EventDict) -> str:
    """One processor in place of structlog's five: every call writes two lines."""
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(logger, method, event)
    event["level"] = _LEVELS.get(method, method)
    event = _stamped(logger, method, event)
    try:
        return to_json(event, fallback=repr).decode()
    except ValueError:  # bytes from outside that are no text
        return json.dumps(event, ensure_ascii=False, default=repr)


def _stamped(logger: object, method: str, event: EventDict) -> EventDict:
    """When it happened, as far as the line says that itself; else now."""
    instant = event.pop("timestamp", None) or datetime.now(UTC)
    event["timestamp"] = instant.isoformat().replace("+00:00", "Z")
    return event


_LEVELS = {"exception": "error", "warn": "warning"}
"""What a method's lines are called that is not named like its level."""


class _ToStructlog(logging.Handler):
    """Gives the standard library's records the shape of our own."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            structlog.get_logger().log(
                record.levelno,
                record.getMessage(),
                logger=record.name,
                exc_info=record.exc_info,
            )
        except Exception:
            self.handleError(record)
