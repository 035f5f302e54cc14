"""Names that are looked up again and again, in the background (ADR 9)."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from sip.location import LocationError, Locator

SHORTEST_ROUND = 5.0
"""A name is not looked up more often, whatever its records say; seconds."""
AGAIN_AFTER = 30.0
"""Seconds to the next try when DNS had no answer; what was known before stands meanwhile."""

MakeLocator: TypeAlias = Callable[[], Locator]


class Lookups:
    """The look-ups of one trunk for one purpose; `complaint` is logged when they begin to fail."""

    def __init__(self, trunk: str, complaint: str, make_locator: MakeLocator, logger: Any) -> None:
        self._trunk = trunk
        self._complaint = complaint
        self._make_locator = make_locator
        self._logger = logger
        self._locator: Locator | None = None
        self._failing = False

    async def round(self, locate: Callable[[Locator], Awaitable[float]]) -> float:
        """One more, which says for how long it is good; seconds until the next. Raises nothing."""
        try:
            self._locator = self._locator or self._make_locator()
            wait = max(SHORTEST_ROUND, await locate(self._locator))
        except LocationError as error:
            if not self._failing:
                self._logger.warning(self._complaint, trunk=self._trunk, error=str(error))
            self._failing = True
            return AGAIN_AFTER
        except Exception:  # our own mistake: it must not cost the daemon
            self._logger.exception("look-up failed", trunk=self._trunk)
            return AGAIN_AFTER
        self._failing = False
        return wait
