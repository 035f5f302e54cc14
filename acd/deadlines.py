"""The engine's one timetable: deadlines ordered by (due, order of setting).

What comes due is an event like those from outside, dispatched through the same table.
"""

from typing import TYPE_CHECKING, TypeAlias

from acd.heap import LazyHeap, Place
from lean import dataclass

if TYPE_CHECKING:
    from acd.agent import Agent
    from acd.contact import Contact
    from acd.events import RefusalOutcome
    from acd.offers import LiveOffer


@dataclass(frozen=True, slots=True)
class RingTimedOut:
    """The device rang its time, or did not connect in time after the agent's yes."""

    offer: "LiveOffer"
    outcome: "RefusalOutcome"


@dataclass(frozen=True, slots=True)
class MaxWaitReached:
    """The contact has waited as long as its queue allows."""

    contact: "Contact"


@dataclass(frozen=True, slots=True)
class AcwTimedOut:
    """After-call work has lasted its time."""

    agent: "Agent"


@dataclass(frozen=True, slots=True)
class HoldBackLapsed:
    """The contact may go to the agent again who let it ring last."""

    contact: "Contact"


@dataclass(frozen=True, slots=True)
class PreferenceLapsed:
    """The contact has waited long enough for the agent whom it asks for."""

    contact: "Contact"


@dataclass(frozen=True, slots=True)
class StepDue:
    """The contact has waited long enough for more agents to be looked for."""

    contact: "Contact"


TimedEvent: TypeAlias = (
    RingTimedOut | MaxWaitReached | AcwTimedOut | HoldBackLapsed | PreferenceLapsed | StepDue
)


class Deadline(Place[TimedEvent]):
    """A point in time at which something happens, unless cancelled before."""

    __slots__ = ("due",)

    def __init__(self, due: float, event: TimedEvent) -> None:
        self.item = event
        self.live = True
        self._heaps = ()
        self.due = due

    def cancel(self) -> None:
        """Nothing will happen; also harmless after it has."""
        self.leave()


class Timetable:
    """All the deadlines that are still to come."""

    __slots__ = ("_heap",)

    def __init__(self) -> None:
        self._heap: LazyHeap[TimedEvent] = LazyHeap()

    def __len__(self) -> int:
        return len(self._heap)

    def set(self, due: float, event: TimedEvent) -> Deadline:
        """Lets the event happen at that time."""
        deadline = Deadline(due, event)
        deadline.enter(self._heap, due)
        return deadline

    def next_due(self) -> float | None:
        """The earliest time at which something happens."""
        first = self._heap.first()
        return first.due if isinstance(first, Deadline) else None

    def pop_due(self, now: float) -> TimedEvent | None:
        """Takes out the first event that is due."""
        first = self._heap.first()
        if not isinstance(first, Deadline) or first.due > now:
            return None
        first.leave()
        return first.item
