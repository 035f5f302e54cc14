"""Who hears whom: a hearing matrix, and the changes that make it so."""

from collections.abc import Mapping

from media.plane import Port


class Room:
    """The ports of one conversation.

    The matrix is computed anew by its owner after every change of the conversation and applied here
    as a whole; only rows that differ from before are commanded.
    """

    __slots__ = ("_hears",)

    def __init__(self) -> None:
        self._hears: dict[Port, Mapping[Port, float]] = {}

    def apply(self, matrix: Mapping[Port, Mapping[Port, float]]) -> None:
        """Listener -> speaker -> gain. A listener without a row, or with none in it, hears nothing.

        Silence comes first, so that at no moment anybody hears what neither matrix allows.
        """
        wanted = {listener: row for listener, row in matrix.items() if row}
        before, self._hears = self._hears, wanted
        for listener in before:
            if listener not in wanted:
                listener.hear({})
        for listener, row in wanted.items():
            if before.get(listener) != row:
                listener.hear(row)

    def close(self) -> None:
        """Nobody hears anybody; the ports stay open, they belong to their legs. Idempotent."""
        self.apply({})
