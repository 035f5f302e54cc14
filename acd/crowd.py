"""Contacts that wait in one place, though their queues may weigh waiting differently.

Between equal weights the rank alone decides, and never changes; so each weight has a heap of its
own. Who goes first of several weights depends on the moment, and is found by comparing their heads.
Contacts of other queues come into a queue's place by relaxation steps.
"""

from collections.abc import Iterator

from acd.agent import Agent
from acd.contact import Contact
from acd.heap import LazyHeap, Place


class Crowd:
    """A heap for each weight; mostly there is one."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        self.lines: dict[float, LazyHeap[Contact]] = {}

    def __len__(self) -> int:
        return sum(map(len, self.lines.values()))

    def __iter__(self) -> Iterator[Contact]:
        for line in self.lines.values():
            yield from line

    def take_in(self, place: Place[Contact]) -> None:
        """The contact of this place stands here, too."""
        contact = place.item
        weight = contact.queue.config.weight
        line = self.lines.get(weight)
        if line is None:
            line = self.lines[weight] = LazyHeap()
        place.enter(line, contact.rank)

    def first(self, agent: Agent, now: float, best: Contact | None = None) -> Contact | None:
        """Who goes first to this agent, of those here and `best`; held back ones do not count."""
        for line in self.lines.values():
            if not line:
                continue
            place = line.first()
            if place is not None and place.item.held_back:
                place = line.first_where(lambda contact: not contact.barred(agent))
            if place is not None and (best is None or place.item.before(best, now)):
                best = place.item
        return best
