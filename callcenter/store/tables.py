"""The tables, columns named as the fields of `rows`.

There are no foreign keys: rows of one call arrive in any order (a recording may be complete
before its call has ended, a wrap-up long after), and a replayed spool knows no order at all.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

from callcenter.store.rows import (
    AgentLogEntry,
    Cdr,
    CdrLeg,
    CdrSegment,
    Disposition,
    QueueEntry,
    QueueVisit,
    Recording,
    RecordingPause,
    Row,
    VoicemailMessage,
)

_FORMAT: Final = "%04d-%02d-%02d %02d:%02d:%02d.%06d"
"""Of a moment in SQLite, as SQLAlchemy has it."""


def _sqlite_time(value: datetime | None) -> str | None:
    if value is None:
        return None
    at = value.astimezone(UTC)
    return _FORMAT % (at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides; SQLite has no type for it and keeps it naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """For SQLite in half the time: most of what a batch has to compute are moments."""
        return _sqlite_time if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"}
)


def _required(name: str) -> Column[str]:
    return Column(name, String, nullable=False)


def _optional(name: str) -> Column[str]:
    return Column(name, String, nullable=True)


def _time(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime, nullable=nullable)


def _seconds(name: str) -> Column[float]:
    return Column(name, Double, nullable=False)


cdr = Table(
    "cdr",
    metadata,
    Column("call_id", String, primary_key=True),
    _required("direction"),
    _required("ani"),
    _required("dnis"),
    _required("trunk"),
    _time("started_at"),
    _time("answered_at", nullable=True),
    _time("ended_at"),
    _required("cause"),
    _required("ended_by"),
    Column("sip_code", Integer, nullable=False),
    _optional("flow"),
    _optional("queue"),
    _optional("agent_id"),
    _optional("seat_no"),
    _seconds("waited_s"),
    _seconds("rang_s"),
    _seconds("talked_s"),
    _seconds("billable_s"),
    _optional("recording"),
    Column("q850", Integer, nullable=True),
    Index(None, "started_at"),
    Index(None, "ani", "started_at"),
    Index(None, "agent_id", "started_at"),
)

cdr_segment = Table(
    "cdr_segment",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _required("kind"),
    _time("started_at"),
    _time("ended_at"),
    _optional("queue"),
    _optional("agent_id"),
    _optional("seat_no"),
    _optional("flow"),
    _required("outcome"),
    Index(None, "queue", "started_at"),
    Index(None, "agent_id", "started_at"),
)

cdr_leg = Table(
    "cdr_leg",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("sip_call_id", String, primary_key=True),
    _required("party"),
    _time("ended_at"),
    Column("packets_received", BigInteger, nullable=False),
    Column("packets_sent", BigInteger, nullable=False),
    Column("lost", BigInteger, nullable=False),
    Column("jitter_ms", Double, nullable=False),
    Column("worst_jitter_ms", Double, nullable=False),
    Column("round_trip_ms", Double, nullable=True),
    Column("mos", Double, nullable=True),
    Column("remote_lost", BigInteger, nullable=True),
    Column("remote_mos", Double, nullable=True),
    _seconds("missing_s"),
    Column("one_way", Boolean, nullable=False),
    Column("progress", String, nullable=True),
    Column("answered_by", String, nullable=True),
    Index(None, "ended_at"),
)

recording = Table(
    "recording",
    metadata,
    Column("recording_id", String, primary_key=True),
    _required("call_id"),
    _required("path"),
    _required("name"),
    _time("started_at"),
    _seconds("duration_s"),
    Column("size", BigInteger, nullable=False),
    _required("error"),
    _optional("agent_id"),
    Index(None, "call_id"),
    Index(None, "started_at"),
)

voicemail_message = Table(
    "voicemail_message",
    metadata,
    Column("message_id", String, primary_key=True),
    _required("call_id"),
    _required("box"),
    _required("path"),
    _required("ani"),
    _optional("contact_number"),
    _seconds("duration_s"),
    _time("left_at"),
    _time("heard_at", nullable=True),
    Index(None, "box", "left_at"),
    Index(None, "call_id"),
)

agent_log = Table(
    "agent_log",
    metadata,
    Column("entry_id", String, primary_key=True),
    _time("at"),
    _required("agent_id"),
    _required("seat_no"),
    _required("event"),
    _optional("agent_class"),
    _optional("state"),
    _optional("previous"),
    _optional("reason"),
    _optional("queue"),
    _optional("call_id"),
    Index(None, "agent_id", "at"),
    Index(None, "at"),
)

queue_entry = Table(
    "queue_entry",
    metadata,
    Column("visit_id", String, primary_key=True),
    _required("call_id"),
    _required("queue"),
    _time("entered_at"),
    Column("priority", Integer, nullable=False),
    _seconds("waited_before_s"),
    Index(None, "entered_at"),
)

queue_visit = Table(
    "queue_visit",
    metadata,
    Column("visit_id", String, primary_key=True),
    _required("call_id"),
    _required("queue"),
    _time("entered_at"),
    _time("left_at"),
    _required("outcome"),
    _required("cause"),
    _optional("agent_id"),
    _seconds("waited_s"),
    _seconds("rang_s"),
    Column("offers", Integer, nullable=False),
    Column("expected_min_s", Double, nullable=True),
    Column("expected_max_s", Double, nullable=True),
    Index(None, "entered_at"),
    Index(None, "call_id"),
)

customer = Table(
    "customer",
    metadata,
    Column("number", String, primary_key=True),
    _required("name"),
    _required("agent"),
    Column("priority", Integer, nullable=False),
    Column("data", String, nullable=False, server_default="{}"),
)

disposition = Table(
    "disposition",
    metadata,
    Column("disposition_id", String, primary_key=True),
    _required("call_id"),
    _required("agent_id"),
    _optional("queue"),
    _time("set_at"),
    _required("codes"),
    _required("note"),
    Index(None, "call_id"),
    Index(None, "queue", "set_at"),
)

recording_pause = Table(
    "recording_pause",
    metadata,
    Column("pause_id", String, primary_key=True),
    _required("recording_id"),
    _required("call_id"),
    _required("agent_id"),
    _time("started_at"),
    _time("ended_at"),
    Index(None, "recording_id"),
)

callback = Table(
    "callback",
    metadata,
    Column("callback_id", String, primary_key=True),
    _required("number"),
    _required("queue"),
    _required("dnis"),
    _required("language"),
    Column("priority", Integer, nullable=False),
    _time("asked_at"),
    _time("waiting_since"),
    _time("due_at"),
    Column("attempts", Integer, nullable=False),
    _required("state"),
    _required("call_id"),
    Index(None, "state"),
)

TABLES: Final[dict[type[Row], Table]] = {
    Cdr: cdr,
    CdrSegment: cdr_segment,
    CdrLeg: cdr_leg,
    Recording: recording,
    VoicemailMessage: voicemail_message,
    AgentLogEntry: agent_log,
    QueueEntry: queue_entry,
    QueueVisit: queue_visit,
    Disposition: disposition,
    RecordingPause: recording_pause,
}
