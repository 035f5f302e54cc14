"""The two clocks: monotonic for durations and deadlines, wall for records."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Reads the loop's monotonic time and maps any moment of it to wall-clock time."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        wall_now: Callable[[], float] = time.time,
    ) -> None:
        self.now = now
        self._wall_now = wall_now

    def wall(self, at: float | None = None) -> datetime:
        """The UTC time of the monotonic moment `at`, by default this one."""
        ago = 0.0 if at is None else self.now() - at
        return datetime.fromtimestamp(self._wall_now() - ago, UTC)
