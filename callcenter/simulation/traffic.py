"""What comes upon a site: callers with what they will do, agents who come and go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from random import Random
from typing import TypeAlias

import acd

Presence: TypeAlias = tuple[float, acd.Event]
"""When, and what an agent does."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A caller who asks for an agent."""

    at: float
    """Seconds since the beginning."""
    contact_id: str
    queue: str
    talk: float
    """How long they will talk."""
    patience: float = inf
    """How long they wait before they hang up."""
    priority: int = 0
    preferred: tuple[acd.Preferred, ...] = ()


@dataclass(frozen=True, slots=True)
class Habits:
    """How agents take offers."""

    answer: Callable[[Random], float]
    """From the ring to picking up, seconds."""
    missed: float = 0.0
    """Share of offers that are left ringing."""
    back_after: float = 60.0
    """Who is busy for having missed one is idle again after so many seconds."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """A day, or any time."""

    seconds: float
    begins: float
    """UNIX time of its beginning: for calendars, and to be shown."""
    arrivals: Sequence[Arrival]
    """In the order of time."""
    presence: Sequence[Presence]
    """In the order of time."""
    habits: Habits
