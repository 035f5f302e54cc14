"""A heap whose items may leave from anywhere in it.

`heapq` can only give up its smallest entry. So an item that leaves is marked, skipped when it
reaches the top, and swept out when the marked ones outnumber the others: every operation is
O(log n), the sweep O(1) spread over the departures that caused it.
"""

from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

T = TypeVar("T")
Key: TypeAlias = float | tuple[float, ...]


class Line(Protocol[T]):
    """What a place may stand in."""

    def push(self, key: Key, place: "Place[T]") -> None:
        """Takes the place in."""

    def push_entry(self, entry: "Entry") -> None:
        """Takes in the place that ends an entry."""

    def forget_one(self) -> None:
        """One of its places has left."""


Entry: TypeAlias = tuple[Any, ...]
"""The key's parts, a number that tells equal keys apart, and the place: flat, so that comparing two
of them, which is most of a heap's work, mostly ends with the first numbers."""

_SWEEP_ABOVE = 64
"""Entries below which sweeping is not worth its while."""


class Place(Generic[T]):
    """Where one item stands, in one heap or in several at once; it leaves them all in one step."""

    __slots__ = ("_heaps", "item", "live")

    def __init__(self, item: T, heaps: Sequence[Line[T]] = ()) -> None:
        """`heaps`: where the place has been, or is at once going to be, pushed by its owner."""
        self.item = item
        self.live = True
        self._heaps = heaps

    def enter(self, heap: Line[T], key: Key) -> None:
        """Stands in this heap too; equal keys keep the order of entering."""
        self._heaps = (*self._heaps, heap)
        heap.push(key, self)

    def leave(self) -> None:
        """Leaves every heap; once left, nothing happens."""
        if self.live:
            self.live = False
            for heap in self._heaps:
                heap.forget_one()


class LazyHeap(Generic[T]):
    """Places ordered by key, the least first. Its length counts those that have not left."""

    __slots__ = ("_entries", "_live", "_serial")

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._live = 0
        self._serial = 0

    def __len__(self) -> int:
        return self._live

    def __iter__(self) -> Iterator[T]:
        """All items, the least key first, as they stand now: O(n log n)."""
        return iter([entry[-1].item for entry in sorted(self._entries) if entry[-1].live])

    def in_order(self) -> Iterator[T]:
        """The same, one after the other: O(k log k) for the first k."""
        entries = self._entries
        ahead: list[tuple[Entry, int]] = [(entries[0], 0)] if entries else []
        while ahead:
            entry, at = heappop(ahead)
            if entry[-1].live:
                yield entry[-1].item
            for child in range(2 * at + 1, min(2 * at + 3, len(entries))):
                heappush(ahead, (entries[child], child))

    def items(self) -> Iterator[T]:
        """All items in no order: O(n)."""
        return (entry[-1].item for entry in self._entries if entry[-1].live)

    def push(self, key: Key, place: Place[T]) -> None:
        """For `Place.enter`, which remembers the heap."""
        # The serial keeps equal keys in order and the comparison away from the places.
        serial = self._serial = self._serial + 1
        self._live += 1
        heappush(
            self._entries, (*key, serial, place) if type(key) is tuple else (key, serial, place)
        )

    def push_entry(self, entry: Entry) -> None:
        """The same for an owner who stands in many heaps by one key and has numbered it."""
        self._live += 1
        heappush(self._entries, entry)

    def forget_one(self) -> None:
        """For `Place.leave`: one of the entries has been marked."""
        live = self._live = self._live - 1
        entries = self._entries
        if len(entries) > 2 * live and len(entries) > _SWEEP_ABOVE:
            self._entries = [entry for entry in entries if entry[-1].live]
            heapify(self._entries)

    def first(self) -> Place[T] | None:
        """The place with the least key."""
        entries = self._entries
        while entries:
            place: Place[T] = entries[0][-1]
            if place.live:
                return place
            heappop(entries)
        return None

    def first_where(self, wanted: Callable[[T], bool]) -> Place[T] | None:
        """The place with the least key whose item is wanted: O(log n) for each one passed over."""
        passed_over = []
        found = None
        while (place := self.first()) is not None:
            if wanted(place.item):
                found = place
                break
            passed_over.append(heappop(self._entries))
        for entry in passed_over:
            heappush(self._entries, entry)
        return found
