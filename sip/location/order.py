"""In which order equals are tried: by priority, then by chance in proportion to weight."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar


class Weighted(Protocol):
    """What has a priority (lowest first) and a weight."""

    @property
    def priority(self) -> int:
        """Lowest first."""

    @property
    def weight(self) -> int:
        """Share among those of the same priority; 0: hardly ever first."""


W = TypeVar("W", bound=Weighted)


def in_order(items: Iterable[W], chance: Callable[[], float]) -> list[W]:
    """RFC 2782, "Usage rules"; `chance` draws from [0, 1)."""
    left = sorted(items, key=lambda item: (item.priority, item.weight))
    ordered: list[W] = []
    while left:
        first = left[0].priority
        # Sorted by weight, those of weight 0 stand first, as the RFC asks.
        equals = [item for item in left if item.priority == first]
        left = left[len(equals) :]
        while len(equals) > 1:
            ordered.append(equals.pop(_drawn(equals, chance())))
        ordered += equals
    return ordered


def _drawn(equals: list[W], chance: float) -> int:
    mark = chance * sum(item.weight for item in equals)
    running = 0
    for position, item in enumerate(equals):
        running += item.weight
        if running >= mark:
            return position
    return len(equals) - 1
