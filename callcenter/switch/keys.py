"""The keys that one party presses, whichever way they come: telephone events or INFO."""

from collections.abc import Callable
from typing import Literal

Way = Literal["event", "info"]
SETTLED_S = 3.0
"""So long after a key by one way, nothing by the other is taken for it: the retransmissions of a
lost INFO, and the audio behind a jittery line, are through by then."""


class Keys:
    """Takes each press once.

    There are phones that send every key both as RFC 4733 event and by INFO, in no fixed order.
    The way by which a key comes first is the way of those that follow it; the other is heard again
    when that one has been silent for a while.
    """

    def __init__(self, pressed: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._pressed = pressed
        self._clock = clock
        self._way: Way = "event"
        self._last = float("-inf")

    def by_event(self, key: str) -> None:
        """A telephone event (RFC 4733)."""
        self._take(key, "event")

    def by_info(self, key: str) -> None:
        """An INFO of the signalling."""
        self._take(key, "info")

    def _take(self, key: str, way: Way) -> None:
        now = self._clock()
        if way != self._way and now - self._last < SETTLED_S:
            return
        self._way, self._last = way, now
        self._pressed(key)
