"""Which callers are refused before anybody answers them (WZ-T2c, A-29)."""

from collections.abc import Sequence
from typing import Protocol

from callcenter.routing.dial_plan import NumberSet
from callcenter.settings import PbxSettings


class CallFilter(Protocol):
    """Judges a caller; must not block: what it asks it has in memory."""

    def blocks(self, ani: str, dnis: str, trunk: str) -> str:
        """Why the call is refused; empty where it is not."""
        ...


class Blacklist:
    """The callers that the site file names."""

    def __init__(self, settings: PbxSettings) -> None:
        self._numbers = NumberSet(settings.blacklist)

    def blocks(self, ani: str, dnis: str, trunk: str) -> str:
        """See `CallFilter`."""
        return "blacklist" if ani in self._numbers else ""


class Filters:
    """Several filters, asked in turn until one blocks."""

    def __init__(self, *filters: CallFilter) -> None:
        self.filters: Sequence[CallFilter] = list(filters)

    def blocks(self, ani: str, dnis: str, trunk: str) -> str:
        """See `CallFilter`."""
        for each in self.filters:
            if why := each.blocks(ani, dnis, trunk):
                return why
        return ""
