"""What events have in common."""

from typing import Literal, TypeAlias

from lean import dataclass

Party: TypeAlias = Literal["caller", "called", "agent", "system"]
"""`called`: whom the caller reached without a queue."""


@dataclass(frozen=True, slots=True)
class Event:
    """What every event has."""

    at: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class CallEvent(Event):
    """Something that happened in one call."""

    call_id: str


@dataclass(frozen=True, slots=True)
class PartyEvent(CallEvent):
    """Something that one party of a talk does."""

    agent_id: str
    """Empty for somebody who is no agent."""
    seat_no: str
