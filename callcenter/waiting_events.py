"""What callers who wait are told, and those who are called back: events of the one stream."""

from typing import Literal

from callcenter.events import CallEvent, Event
from lean import dataclass


@dataclass(frozen=True, slots=True)
class WaitAnnounced(CallEvent):
    """The caller was told where they stand, and how long it may still take."""

    queue: str
    position: int
    least_s: float | None
    """Of the range of the further wait; None: nothing was said about it."""
    longest_s: float | None


@dataclass(frozen=True, slots=True)
class CallbackAsked(CallEvent):
    """The caller wants to be called back, and keeps their place in the queue."""

    queue: str
    number: str
    callback_id: str


@dataclass(frozen=True, slots=True)
class CallbackAttempted(Event):
    """One attempt is over."""

    queue: str
    number: str
    callback_id: str
    attempt: int
    outcome: Literal["answered", "unreached", "no_agent"]
    """no_agent: no agent picked up, which does not count as an attempt."""
    final: bool
    """Whether there is no further one."""
