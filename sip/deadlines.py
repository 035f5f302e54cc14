"""Who is due next: one heap for any number of objects that each have one deadline.

Several heaps may share one `Alarm`: then it takes one comparison, not a look at each of them, to
know when the first of all is due.
"""

import heapq
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

NEVER = float("inf")
_FEW = 256
"""Withdrawn entries that are not worth throwing out."""
Entry = list[Any]  # [due, sequence, owner | None]: compared by the heap, emptied when withdrawn


class Timed(Protocol):
    """Has a `deadline` (NEVER when nothing is due); `heap_entry` belongs to the heap."""

    deadline: float
    heap_entry: Entry | None


T = TypeVar("T", bound=Timed)


class Watched(Protocol):
    """A heap, or whatever else has something to do at some time."""

    def next_at(self) -> float:
        """When that is, or NEVER."""


class Alarm:
    """The earliest deadline that any of its heaps was told of since all of them were advanced.

    It may have been withdrawn since: then the alarm goes off early, once, and that is harmless.
    """

    __slots__ = ("_heaps", "at")

    def __init__(self) -> None:
        self.at = NEVER
        self._heaps: list[Watched] = []

    def watch(self, heap: Watched) -> None:
        """Goes off for that heap, too."""
        self._heaps.append(heap)

    def set_anew(self) -> None:
        """Looks at the heaps: what was due has been done."""
        self.at = min((heap.next_at() for heap in self._heaps), default=NEVER)


class Deadlines(Generic[T]):
    """A heap that is touched only when a deadline comes nearer or goes away.

    A deadline that moved further off is found when its old entry comes up, and is put back; so
    prolonging a timer costs nothing. What was withdrawn is thrown out when it makes up half of the
    heap: else every call of the last quarter of an hour would leave the entry of its session timer.
    """

    __slots__ = ("_heap", "_sequence", "_withdrawn", "alarm")

    def __init__(self, alarm: Alarm | None = None) -> None:
        self.alarm = alarm or Alarm()
        self.alarm.watch(self)
        self._heap: list[Entry] = []
        self._sequence = 0
        self._withdrawn = 0

    def __len__(self) -> int:
        return len(self._heap)

    def update(self, owner: T) -> None:
        """Tell that the owner's deadline may have changed."""
        entry = owner.heap_entry
        deadline = owner.deadline
        if entry is not None:
            if entry[0] <= deadline < NEVER:
                return
            entry[2] = None  # lets go of the owner before the entry comes up
            owner.heap_entry = None
            self._withdrawn += 1
            if self._withdrawn > _FEW and 2 * self._withdrawn > len(self._heap):
                self._throw_out()
        if deadline < NEVER:
            self._sequence += 1
            owner.heap_entry = entry = [deadline, self._sequence, owner]
            heapq.heappush(self._heap, entry)
            if deadline < self.alarm.at:
                self.alarm.at = deadline

    def next(self) -> float | None:
        """The earliest deadline, or None."""
        at = self.next_at()
        return None if at == NEVER else at

    def next_at(self) -> float:
        """The earliest deadline, or NEVER."""
        heap = self._heap
        while heap:
            due, _, owner = heap[0]
            if owner is not None and owner.deadline <= due:
                return float(due)
            heapq.heappop(heap)
            if owner is None:
                self._withdrawn -= 1
            else:
                owner.heap_entry = None
                self.update(owner)
        return NEVER

    def due(self, now: float) -> Iterator[T]:
        """Yield the owners whose deadline has come; the caller advances each before the next."""
        while self.next_at() <= now:
            owner = heapq.heappop(self._heap)[2]
            owner.heap_entry = None
            yield owner
            self.update(owner)

    def _throw_out(self) -> None:
        """Rid the heap of withdrawn entries."""
        self._heap[:] = [entry for entry in self._heap if entry[2] is not None]
        heapq.heapify(self._heap)
        self._withdrawn = 0
