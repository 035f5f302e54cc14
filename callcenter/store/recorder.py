"""The store's ear at the event stream: notes events at once, makes rows of them batch by batch.

A call's events come one by one between other work; projecting each as it comes costs the call path
five times the processor time of projecting a batch in one go.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar, Protocol

import structlog

from callcenter.events import Event
from callcenter.store.rows import Row

log = structlog.get_logger(__name__)


class Projection(Protocol):
    """Makes rows of events."""

    KINDS: ClassVar[frozenset[type[Event]]]
    """Those that it makes rows of."""

    def handle(self, event: Event) -> Sequence[Row]:
        """The rows this event completes; none for one that is not its affair."""

    def close(self, at: float) -> Sequence[Row]:
        """The rows of everything that has not ended by the monotonic time `at`."""


class Recorder:
    """Events in, rows out when asked."""

    def __init__(self, *projections: Projection) -> None:
        self._projections = projections
        self._takers: dict[type[Event], list[Projection]] = defaultdict(list)
        for projection in projections:
            for kind in projection.KINDS:
                self._takers[kind].append(projection)
        self._events: list[Event] = []

    def note(self, event: Event) -> bool:
        """Takes an event; what it means is found out later. Whether it is the first to wait."""
        self._events.append(event)
        return len(self._events) == 1

    def rows(self) -> list[Row]:
        """The rows of all events since the last call."""
        events, self._events = self._events, []
        rows: list[Row] = []
        for event in events:
            for projection in self._takers[type(event)]:
                try:
                    rows += projection.handle(event)
                except Exception:
                    log.exception("store_event_not_recorded", event_type=type(event).__name__)
        return rows

    def close(self, at: float) -> list[Row]:
        """The last rows; calls that have not ended by the monotonic time `at` end as lost."""
        rows = self.rows()
        for projection in self._projections:
            rows += projection.close(at)
        return rows
