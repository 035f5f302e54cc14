"""What every message has in common: how strictly it is read and how it is written.

Two habits keep the wire simple. A field that the protocol marks optional is `None` here and is left
out there (`exclude_none`), so a text that can be empty is `""`, never null. And instants and
durations are rounded to milliseconds when written, so that nobody reads meaning into digits that
have none.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PlainSerializer
from pydantic_core import to_json

AgentState: TypeAlias = Literal[
    "logged_out", "idle", "busy", "ringing", "dialling", "talking", "acw"
]
BusyReason: TypeAlias = Literal[
    "break",
    "forced",
    "pending",
    "no_answer",
    "rejected",
    "device_busy",
    "device_failed",
    "connection_lost",
]
"""The reasons of `busy` that the system gives; an agent's own are the tenant's list."""
AgentClass: TypeAlias = Literal["agent", "supervisor"]
ParticipantRole: TypeAlias = Literal["caller", "agent", "consulted", "supervisor"]
EndedBy: TypeAlias = Literal["caller", "agent", "consulted", "supervisor", "system"]
WithdrawalCause: TypeAlias = Literal[
    "caller_left",
    "no_answer",
    "rejected",
    "device_busy",
    "device_failed",
    "answered_elsewhere",
    "overflowed",
]
ClosingReason: TypeAlias = Literal["replaced", "shutdown", "drain", "protocol_error"]


def rfc3339(instant: datetime) -> str:
    """An aware instant as RFC 3339 in UTC with milliseconds: `2025-01-31T08:09:10.123Z`."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return _RFC3339 % (
        instant.year,
        instant.month,
        instant.day,
        instant.hour,
        instant.minute,
        instant.second,
        instant.microsecond // 1000,
    )


_RFC3339 = "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ"
"""Every event has one or two; `isoformat` takes twice as long."""


def _milliseconds(seconds: float) -> float:
    return round(seconds, 3)


Instant: TypeAlias = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
Seconds: TypeAlias = Annotated[float, PlainSerializer(_milliseconds, return_type=float)]

Identifier: TypeAlias = Annotated[str, Field(max_length=64)]
"""An agent, seat or queue as a person types it."""
CallId: TypeAlias = Annotated[str, Field(max_length=128)]
Reason: TypeAlias = Annotated[str, Field(max_length=64)]
FileName: TypeAlias = Annotated[str, Field(max_length=255)]
CallData: TypeAlias = dict[str, JsonValue]
"""Call-attached data (GD-4.9)."""


class Params(BaseModel):
    """The parameters of a request: strict types, bounded sizes, unknown fields ignored."""

    model_config = ConfigDict(
        strict=True,
        extra="ignore",
        frozen=True,
        allow_inf_nan=False,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )

    request_key: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """The client's name for this request: repeated under the same key it is done once."""


class Message(BaseModel):
    """What the server says; a client ignores the fields it does not know."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )

    def to_json(self) -> bytes:
        """As JSON in UTF-8, without the optional fields that are absent.

        A number or name from outside may have held bytes that were no text; they become "?".
        """
        try:
            return to_json(self, exclude_none=True)
        except ValueError:
            fields = self.model_dump(mode="json", exclude_none=True)
            return json.dumps(fields, ensure_ascii=False).encode(errors="replace")


class Result(Message):
    """The answer to a request."""


class Confirmed(Result):
    """Done, or under way and told on by events; there is nothing more to say."""


class Event(Message):
    """Something that happened, as it is told to clients.

    `seq`, `at` and `call_id` are the envelope's, not the event's.
    """

    event: ClassVar[str]
    """Its name, the notification's `method`."""


class AgentEvent(Event):
    """An event of the agent; it may concern a call."""


class CallEvent(Event):
    """An event of one call; the envelope names it by `call_id`."""


class Participant(Message):
    """One party of a call: at a seat or at a number."""

    role: ParticipantRole
    seat_no: str | None = None
    number: str | None = None
