"""Overload: new calls and registrations are refused before calls in progress suffer.

Two signals: how late the shell is (its timers, and half of the time for which datagrams have come
faster than it read them), and how full the table of transactions is. Between their two marks a
growing share of new requests is refused, so that the load settles instead of swinging between all
and nothing. What belongs to a call in progress always passes, and so do emergency calls.
"""

import math

_SETTLES_S = 0.5
"""Time constant of the lateness: a single hiccup is no overload."""
_LONGEST_STEP_S = 0.1
_FILLED = 0.8
"""Share of the transaction table from which on new requests are refused."""


class OverloadControl:
    """`max_lag` is the lateness, in seconds, from which on all new requests are refused."""

    def __init__(self, max_lag: float) -> None:
        self._max_lag = max_lag
        self._lag = 0.0
        self._at = 0.0
        self._backlog = (0.0, 0.0)

    def note_lag(self, lag: float, now: float) -> None:
        """The shell was so late, in seconds; told often, also when it was not late."""
        if lag <= 0.001 and self._lag <= 0.001:
            self._at = now
            return
        # A stall counts for as long as it lasted, a moment in time for little.
        step = max(lag, min(now - self._at, _LONGEST_STEP_S), 0.0)
        self._lag += (lag - self._lag) * (1.0 - math.exp(-step / _SETTLES_S))
        self._at = now

    def note_backlog(self, seconds: float, now: float) -> None:
        """For so long what arrives could not be read as fast as it came; 0 when it is over."""
        self._backlog = (seconds / 2, now)

    def lag(self, now: float) -> float:
        """The lateness of late; it fades when nothing is told."""
        backlog, told_at = self._backlog
        if self._lag <= 0.001 and not backlog:
            return 0.0
        lag = self._lag * math.exp(-max(0.0, now - self._at) / _SETTLES_S)
        return max(lag, backlog * math.exp(-max(0.0, now - told_at) / _SETTLES_S))

    def level(self, now: float, filled: float = 0.0) -> float:
        """The share of new requests that is to be refused, 0 to 1.

        `filled` is the share of the transaction table in use.
        """
        by_lag = 2.0 * self.lag(now) / self._max_lag - 1.0
        by_table = (filled - _FILLED) / (1.0 - _FILLED)
        return min(1.0, max(0.0, by_lag, by_table))

    def is_deep(self, now: float) -> bool:
        """Whether all that is new is refused: then strangers are not even read."""
        busy = self._lag >= self._max_lag or self._backlog[0] >= self._max_lag
        return busy and self.lag(now) >= self._max_lag
