"""The figures of one queue in one interval, and what is divided by what.

A caller belongs to the interval in which they entered the queue, whenever they leave it; so the
figures of two intervals add up to those of both together, across midnight and whatever else.

    presented  entries to the queue = the sum of all outcomes + those who are still open
    P          presented − short_abandon − callback: who meant to wait on the line
    H          answered
    HW         answered within the threshold
    AW         abandoned within it
    A          abandoned, short abandons not included

Every quotient whose denominator is 0 is None: nothing is known, which is not 0 %.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias


class Visit(Protocol):
    """What is counted of a visit that has ended; `store.rows.QueueVisit` is one."""

    @property
    def outcome(self) -> str:
        """One of the ledger's."""

    @property
    def waited_s(self) -> float:
        """From entering the queue to leaving it, ringing included."""


@dataclass(slots=True)
class QueueFigures:
    """Counts and sums of one queue in one interval; all times in seconds."""

    threshold_s: float
    """The service level's; answered exactly then is still in time."""
    entries: int = 0
    """Presented."""
    outcomes: Counter[str] = field(default_factory=Counter)
    handled_in_time: int = 0
    abandoned_in_time: int = 0
    wait_s: float = 0.0
    """Of the answered."""
    abandoned_wait_s: float = 0.0
    longest_wait_s: float = 0.0
    """Of all who have left."""
    talks: int = 0
    """Talks that began in the interval and have ended."""
    talk_s: float = 0.0
    """Of these, holds included."""
    wrap_ups: int = 0
    wrap_up_s: float = 0.0
    """After-call work that began in the interval."""
    busy_s: float = 0.0
    """Talk and after-call work, for whatever queue, of the agents who talked for this one."""
    idle_s: float = 0.0
    """Idle time of the same agents."""
    estimates: int = 0
    """Announced waits that ended in an answer."""
    estimates_hit: int = 0
    """Of these, those that ended within the range announced."""

    def enter(self) -> None:
        """A caller entered the queue."""
        self.entries += 1

    def leave(self, visit: Visit) -> None:
        """Their visit ended."""
        waited = visit.waited_s
        self.outcomes[visit.outcome] += 1
        self.longest_wait_s = max(self.longest_wait_s, waited)
        in_time = waited <= self.threshold_s
        if visit.outcome == "answered":
            self.wait_s += waited
            self.handled_in_time += in_time
        elif visit.outcome == "abandoned":
            self.abandoned_wait_s += waited
            self.abandoned_in_time += in_time

    def add(self, other: "QueueFigures") -> None:
        """Takes in another interval's, or another queue's."""
        self.outcomes.update(other.outcomes)
        self.longest_wait_s = max(self.longest_wait_s, other.longest_wait_s)
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def answered(self) -> int:
        """H."""
        return self.outcomes["answered"]

    @property
    def abandoned(self) -> int:
        """A."""
        return self.outcomes["abandoned"]

    @property
    def still_open(self) -> int:
        """Callers who have not left the queue yet."""
        return self.entries - self.outcomes.total()

    @property
    def offered(self) -> int:
        """P, of those who have left."""
        outcomes = self.outcomes
        return outcomes.total() - outcomes["short_abandon"] - outcomes["callback"]

    def service_level(self, formula: str) -> float | None:
        """One of the four, 0 to 1."""
        return ratio(*FORMULAS[formula](self))

    @property
    def asa_s(self) -> float | None:
        """Average speed of answer: wait of the answered, from entering the queue on, by H."""
        return ratio(self.wait_s, self.answered)

    @property
    def aht_s(self) -> float | None:
        """Average handling time: talk, holds included, and after-call work, by talks."""
        return ratio(self.talk_s + self.wrap_up_s, self.talks)

    @property
    def occupancy(self) -> float | None:
        """Contacts and after-call work by these and idle time; ringing and breaks are neither."""
        return ratio(self.busy_s, self.busy_s + self.idle_s)

    @property
    def abandon_rate(self) -> float | None:
        """A by P."""
        return ratio(self.abandoned, self.offered)

    @property
    def estimate_hit_rate(self) -> float | None:
        """Waits that ended in an answer within the range announced, by all announced of these."""
        return ratio(self.estimates_hit, self.estimates)


_SUMS: Final = (
    "entries",
    "handled_in_time",
    "abandoned_in_time",
    "wait_s",
    "abandoned_wait_s",
    "talks",
    "talk_s",
    "wrap_ups",
    "wrap_up_s",
    "busy_s",
    "idle_s",
    "estimates",
    "estimates_hit",
)

Fraction: TypeAlias = tuple[float, float]
"""Numerator and denominator."""

FORMULAS: Final[Mapping[str, Callable[[QueueFigures], Fraction]]] = {
    "handled": lambda f: (f.handled_in_time, f.answered),
    "without_abandoned": lambda f: (f.handled_in_time, f.offered - f.abandoned_in_time),
    "positive": lambda f: (f.handled_in_time + f.abandoned_in_time, f.offered),
    "negative": lambda f: (f.handled_in_time, f.offered),
}
"""Service level: HW/H, HW/(P−AW), (HW+AW)/P, HW/P."""
WORDS: Final[Mapping[str, str]] = {
    "handled": "HW/H",
    "without_abandoned": "HW/(P-AW)",
    "positive": "(HW+AW)/P",
    "negative": "HW/P",
}


def ratio(numerator: float, denominator: float) -> float | None:
    """The quotient; None where there is nothing to divide by."""
    return numerator / denominator if denominator else None
