"""A token bucket: so many at once, so many a second; sans I/O."""

_ROUNDING = 1e-9
"""Of a token; who waited for as long as it was told must not be a rounding error short."""


class TokenBucket:
    """Full at first; `now` is monotonic seconds."""

    def __init__(self, per_second: float, burst: int, now: float) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._tokens = float(burst)
        self._filled_at = now

    def take(self, now: float) -> float:
        """Takes one and returns 0, or takes none and returns the seconds until there is one."""
        refilled = self._tokens + (now - self._filled_at) * self._per_second
        self._tokens = min(self._burst, refilled)
        self._filled_at = now
        lacking = 1 - self._tokens
        if lacking > _ROUNDING:
            return lacking / self._per_second
        self._tokens -= 1
        return 0.0
