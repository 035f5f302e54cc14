"""Who hears whom: a hearing matrix, and the changes that make it so."""

from collections.abc import Mapping

from media.plane import Port


class Room:
    """The ports of one conversation.

    The matrix is computed anew by its owner after every change of the conversation and applied here
    as a whole; only what differs from before is commanded.
    """

    __slots__ = ("_hears",)

    def __init__(self) -> None:
        self._hears: dict[Port, Port] = {}

    def apply(self, matrix: Mapping[Port, Port | None]) -> None:
        """Listener -> speaker. A listener that is missing or has None hears nothing.

        Silence comes first, so that at no moment anybody hears what neither matrix allows.
        """
        wanted = {listener: speaker for listener, speaker in matrix.items() if speaker is not None}
        before, self._hears = self._hears, wanted
        for listener in before:
            if listener not in wanted:
                listener.hear(None)
        for listener, speaker in wanted.items():
            if before.get(listener) is not speaker:
                listener.hear(speaker)

    def close(self) -> None:
        """Nobody hears anybody; the ports stay open, they belong to their legs. Idempotent."""
        self.apply({})
