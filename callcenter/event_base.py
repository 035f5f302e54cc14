"""What all events of the stream have (`callcenter.events`)."""

from lean import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """What every event has."""

    at: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class CallEvent(Event):
    """Something that happened in one call."""

    call_id: str
