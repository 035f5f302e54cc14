"""Password guessing made slow, without locking out the phone whose password is guessed.

Failures are counted for a user at one source, for a source as a whole, and for a user at all
unknown sources together. Where there were too many, an answer is no longer looked at: it counts as
wrong, and looks like it. A phone that has proved itself is let through from the very address and
port that it did so from, whatever others try in its name.
"""

from sip.address import Address
from sip.guard.sources import Bucket, Recent, source_of

_USER_AT_SOURCE = (5.0, 0.1)
_SOURCE = (30.0, 1.0)
_USER = (20.0, 0.2)
"""Failures in a row, and failures a second after them."""


class Throttle:
    """Asked when a digest was right, told when it was wrong."""

    def __init__(self, limit: int) -> None:
        self._buckets: Recent[Bucket] = Recent(limit)
        self._proved: Recent[str] = Recent(limit)

    def failed(self, source: Address, user: str, known: bool, now: float) -> None:
        """A wrong password; `known` tells whether a phone has proved itself from that host."""
        for key, (size, rate) in self._keys(source, user, known):
            bucket = self._buckets.get(key) or Bucket(size, now)
            bucket.take(rate, size, now)
            self._buckets.put(key, bucket)

    def blocks(self, source: Address, user: str, known: bool, now: float) -> bool:
        """Whether even a right password is not to be believed now."""
        if not len(self._buckets) or self._proved.get(str(source)) == user:
            return False
        for key, (size, rate) in self._keys(source, user, known):
            bucket = self._buckets.get(key)
            if bucket is not None and not bucket.holds(rate, size, now):
                return True
        return False

    def proved(self, source: Address, user: str) -> None:
        """A right password that was believed."""
        self._proved.put(str(source), user)

    def _keys(
        self, source: Address, user: str, known: bool
    ) -> list[tuple[str, tuple[float, float]]]:
        host = source_of(source.host)
        keys = [(f"{host} {user}", _USER_AT_SOURCE), (host, _SOURCE)]
        # A source that has shown a right password answers for itself alone.
        return keys if known else [*keys, (f"* {user}", _USER)]
