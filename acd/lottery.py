"""Idle agents of whom one is drawn by chance; for those it stands in for a `LazyHeap`."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from acd.heap import Entry, Key, Place

T = TypeVar("T")

_SWEEP_ABOVE = 64


class Lottery(Generic[T]):
    """Every place has the same chance at every drawing: O(1) on average.

    `chance` yields numbers from 0 up to, not including, 1; the same numbers replay to the same
    draws.
    """

    __slots__ = ("_chance", "_live", "_places")

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._places: list[Place[T]] = []
        self._live = 0

    def __len__(self) -> int:
        return self._live

    def __iter__(self) -> Iterator[T]:
        """All items, in no order."""
        return iter([place.item for place in self._places if place.live])

    def push(self, key: Key, place: Place[T]) -> None:
        """For `Place.enter`; the key does not matter."""
        self._places.append(place)
        self._live += 1

    def push_entry(self, entry: Entry) -> None:
        """The same for an entry of a `LazyHeap`."""
        self._places.append(entry[-1])
        self._live += 1

    def forget_one(self) -> None:
        """For `Place.leave`: one of the places has been marked."""
        self._live -= 1
        if len(self._places) > max(_SWEEP_ABOVE, 2 * self._live):
            self._places = [place for place in self._places if place.live]

    def first(self) -> Place[T] | None:
        """A place drawn by chance."""
        places = self._places
        while self._live:
            n = int(self._chance() * len(places))
            if places[n].live:
                return places[n]
            places[n] = places[-1]
            places.pop()
        places.clear()
        return None

    def first_where(self, wanted: Callable[[T], bool]) -> Place[T] | None:
        """A place drawn by chance whose item is wanted: O(n), for the few who are held back."""
        found = [place for place in self._places if place.live and wanted(place.item)]
        return found[int(self._chance() * len(found))] if found else None
