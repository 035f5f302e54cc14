"""The ledger of the queues: who was presented, and the one outcome of each visit.

Two append-only tables. An entry is written when a caller enters a queue, the visit when they leave
it, however; so what was presented can be held against the outcomes, and an entry whose visit never
came was open when the process died (`Ledger.close_lost` closes it as `system_error`).

Pure: the wall clock and the ids are passed in, and memory is bounded.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from callcenter import events
from callcenter.store.rows import QueueEntry, QueueVisit, Row

OUTCOMES: Final = (
    "answered",
    "abandoned",
    "short_abandon",
    "timeout",
    "overflow",
    "no_agents",
    "key_exit",
    "callback",
    "transferred",
    "system_error",
)
"""How a visit to a queue can end; every visit ends in exactly one of them."""

_OUTCOME_OF: Final[Mapping[str, str]] = {
    "all_busy": "overflow",
    "full": "overflow",
    "closed": "overflow",
    "unreached": "callback",
}
"""Of the causes that are no outcome by themselves."""


@dataclass(slots=True)
class _Open:
    """A visit that has not ended."""

    entry: QueueEntry
    began: float
    rings: int = 0
    """How many agents ring at this moment."""
    rang_since: float = 0.0
    rang_s: float = 0.0
    offers: int = 0
    expected: tuple[float, float] | None = None
    """The least and the longest wait that the caller was first told, counted from entering."""
    agent_id: str | None = None

    def ring(self, at: float) -> None:
        self.offers += 1
        self.rings += 1
        if self.rings == 1:
            self.rang_since = at

    def stop(self, at: float) -> None:
        if self.rings:
            self.rings -= 1
            if not self.rings:
                self.rang_s += at - self.rang_since

    def visit(self, at: float, wall: datetime, cause: str) -> QueueVisit:
        if self.rings:
            self.rang_s += at - self.rang_since
        entry = self.entry
        outcome = _OUTCOME_OF.get(cause, cause)
        return QueueVisit(
            visit_id=entry.visit_id,
            call_id=entry.call_id,
            queue=entry.queue,
            entered_at=entry.entered_at,
            left_at=max(wall, entry.entered_at),
            outcome=outcome if outcome in OUTCOMES else "system_error",
            cause=cause,
            agent_id=self.agent_id if outcome == "answered" else None,
            waited_s=round(at - self.began, 3),
            rang_s=round(self.rang_s, 3),
            offers=self.offers,
            expected_min_s=self.expected[0] if self.expected else None,
            expected_max_s=self.expected[1] if self.expected else None,
        )


class LedgerProjection:
    """`handle` takes the events of queues and returns the rows that became complete."""

    def __init__(
        self,
        wall: Callable[[float], datetime],
        ids: Callable[[], str],
        *,
        max_visits: int = 200_000,
    ) -> None:
        """`wall` is `Clock.wall`; `ids` names visits, in rising order."""
        self._wall = wall
        self._ids = ids
        self._max_visits = max_visits
        self._open: OrderedDict[str, _Open] = OrderedDict()
        """By call: a caller waits in one queue at a time."""

    def handle(self, event: events.Event) -> list[Row]:
        """The rows this event completes; none for one that does not fit."""
        step = self._STEPS.get(type(event))
        return step(self, event) if step is not None else []

    def close(self, at: float) -> list[Row]:
        """Shutdown: what has not ended ends now as `system_error`."""
        rows: list[Row] = [self._end(call_id, at, "system_error") for call_id in tuple(self._open)]
        return rows

    def _entered(self, event: events.QueueEntered) -> list[Row]:
        rows: list[Row] = []
        if event.call_id in self._open:
            rows.append(self._end(event.call_id, event.at, "system_error"))
        elif len(self._open) >= self._max_visits:
            rows.append(self._end(next(iter(self._open)), event.at, "system_error"))
        entered_at = self._wall(event.at)
        entry = QueueEntry(
            visit_id=self._ids(),
            call_id=event.call_id,
            queue=event.queue,
            entered_at=entered_at.replace(microsecond=entered_at.microsecond // 1000 * 1000),
            priority=event.priority,
            waited_before_s=round(event.waited_s, 3),
        )
        self._open[event.call_id] = _Open(entry, event.at)
        rows.append(entry)
        return rows

    def _offered(self, event: events.AgentOffered) -> list[Row]:
        if (visit := self._of(event)) is not None:
            visit.ring(event.at)
        return []

    def _offer_ended(self, event: events.OfferEnded) -> list[Row]:
        if (visit := self._of(event)) is not None:
            visit.stop(event.at)
            if event.outcome == "accepted":
                visit.agent_id = event.agent_id
        return []

    def _announced(self, event: events.WaitAnnounced) -> list[Row]:
        visit = self._of(event)
        if visit is None or visit.expected is not None:
            return []
        if event.least_s is not None and event.longest_s is not None:
            waited = round(event.at - visit.began, 3)
            visit.expected = waited + event.least_s, waited + event.longest_s
        return []

    def _left(self, event: events.QueueLeft) -> list[Row]:
        return (
            [] if self._of(event) is None else [self._end(event.call_id, event.at, event.outcome)]
        )

    def _of(
        self,
        event: events.AgentOffered | events.OfferEnded | events.QueueLeft | events.WaitAnnounced,
    ) -> _Open | None:
        visit = self._open.get(event.call_id)
        return visit if visit is not None and visit.entry.queue == event.queue else None

    def _end(self, call_id: str, at: float, cause: str) -> QueueVisit:
        return self._open.pop(call_id).visit(at, self._wall(at), cause)

    _STEPS: ClassVar[dict[type[events.Event], Callable[["LedgerProjection", Any], list[Row]]]] = {
        events.QueueEntered: _entered,
        events.AgentOffered: _offered,
        events.OfferEnded: _offer_ended,
        events.WaitAnnounced: _announced,
        events.QueueLeft: _left,
    }
    KINDS: ClassVar = frozenset(_STEPS)
    """The events that rows are made of."""
