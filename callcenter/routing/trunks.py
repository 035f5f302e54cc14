"""How many calls each trunk carries and takes a second, against how many it may."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from callcenter.settings import TrunkSettings

Refusal: TypeAlias = Literal["", "Trunk Full", "Trunk Too Fast"]
"""Why a trunk takes no call now; also the reason phrase of the 503. Empty: it does."""


class TokenBucket:
    """Lets `rate` events a second pass, and so many at once (at least one)."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._size = max(1.0, rate)
        self._tokens = self._size
        self._filled_at = 0.0

    def take(self, now: float) -> bool:
        """Whether another may pass at `now` (monotonic seconds)."""
        self._fill(now)
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def take_anyway(self, now: float) -> None:
        """One passes that nothing may stop; others wait the longer."""
        self._fill(now)
        self._tokens = max(self._tokens - 1.0, -self._size)

    def _fill(self, now: float) -> None:
        self._tokens = min(self._size, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now


class TrunkCapacity:
    """Admission by trunk, in and out together (`max_calls`, `calls_per_second`)."""

    def __init__(self, trunks: Iterable[TrunkSettings]) -> None:
        limited = {trunk.name: trunk for trunk in trunks}
        self._limits = {name: trunk.max_calls for name, trunk in limited.items()}
        self._rates = {
            name: TokenBucket(trunk.calls_per_second)
            for name, trunk in limited.items()
            if trunk.calls_per_second
        }
        self._used = dict.fromkeys(self._limits, 0)

    def seize(self, trunk: str, now: float, *, urgent: bool = False) -> Refusal:
        """Takes a channel, or says why not. An urgent call (emergency) always gets one."""
        bucket = self._rates.get(trunk)
        if urgent:
            if bucket is not None:
                bucket.take_anyway(now)
        elif self._used[trunk] >= self._limits[trunk]:
            return "Trunk Full"
        elif bucket is not None and not bucket.take(now):
            return "Trunk Too Fast"
        self._used[trunk] += 1
        return ""

    def free(self, trunk: str) -> bool:
        """Whether a channel is left; takes none."""
        return self._used[trunk] < self._limits[trunk]

    def release(self, trunk: str) -> None:
        """Gives a channel back."""
        self._used[trunk] -= 1

    def used(self, trunk: str) -> int:
        """Channels taken now."""
        return self._used[trunk]
