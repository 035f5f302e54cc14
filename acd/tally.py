"""How many contacts each agent has answered, for even allocation: never a statistic."""

from collections import Counter


class Tally:
    """The counts of those signed in, to find the least one.

    Who signs in starts level with the one who has had the fewest: from 0 they would be given every
    contact until they had caught up with a whole morning.
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def join(self) -> int:
        """The count that an agent who signs in starts with."""
        start = min(self._counts, default=0)
        self._counts[start] += 1
        return start

    def leave(self, count: int) -> None:
        """An agent with this count has signed out."""
        self._counts[count] -= 1
        if not self._counts[count]:
            del self._counts[count]

    def one_more(self, count: int) -> int:
        """An agent with this count has answered a contact."""
        self.leave(count)
        self._counts[count + 1] += 1
        return count + 1
