"""The service level of the last hour, for wallboards: made of the event stream, kept in memory."""

from collections import deque
from collections.abc import Mapping
from typing import Final

from callcenter import events
from callcenter.statistics.figures import QueueFigures
from lean import dataclass

BUCKET_S: Final = 300.0
BUCKETS: Final = 12
"""An hour: what is older than that is no longer counted."""


@dataclass(frozen=True, slots=True)
class Level:
    """What a queue's service level is measured by."""

    answer_within: float
    formula: str


@dataclass(frozen=True, slots=True)
class _Left:
    outcome: str
    waited_s: float


class LiveLevels:
    """A reader of the event stream. Counted are visits that ended in the last hour."""

    def __init__(self, levels: Mapping[str, Level]) -> None:
        self.levels = levels
        self._entered: dict[str, float] = {}
        """Call to the moment of entering the queue that it is in."""
        self._buckets: dict[str, deque[tuple[int, QueueFigures]]] = {}

    KINDS: Final = (events.QueueEntered, events.QueueLeft)

    def read(self, event: events.QueueEntered | events.QueueLeft) -> None:
        """Counts who leaves."""
        if isinstance(event, events.QueueEntered):
            self._entered[event.call_id] = event.at
            return
        entered = self._entered.pop(event.call_id, None)
        level = self.levels.get(event.queue)
        if entered is None or level is None:
            return
        number = int(event.at // BUCKET_S)
        buckets = self._buckets.setdefault(event.queue, deque(maxlen=BUCKETS))
        if not buckets or buckets[-1][0] != number:
            buckets.append((number, QueueFigures(level.answer_within)))
        buckets[-1][1].leave(_Left(event.outcome, event.at - entered))

    def service_level(self, queue: str, now: float) -> float | None:
        """0 to 1 by the queue's own formula; None while nothing is known of the last hour."""
        level = self.levels.get(queue)
        if level is None:
            return None
        oldest = int(now // BUCKET_S) - BUCKETS
        hour = QueueFigures(level.answer_within)
        for number, figures in self._buckets.get(queue, ()):
            if number > oldest:
                hour.add(figures)
        return hour.service_level(level.formula)
