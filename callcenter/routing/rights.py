"""Which outside numbers a seat may call."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from callcenter.routing.dial_plan import Destination, NumberSet, Outside, Service
from callcenter.settings import PbxSettings, SeatSettings

Refusal: TypeAlias = Literal["no right", "forbidden destination"]


class DialRights:
    """The right of a seat (`dial`), the whitelist for all of them, and what nobody may call."""

    def __init__(
        self,
        settings: PbxSettings,
        is_abroad: Callable[[str], bool],
        spellings: Callable[[str], tuple[str, ...]],
    ) -> None:
        """`spellings`: all ways to dial a number, each of which the lists may name it by."""
        self._default = settings.dial
        self._whitelist = NumberSet(settings.whitelist)
        self._forbidden = settings.forbidden
        self._is_abroad = is_abroad
        self._spellings = spellings

    def refusal(self, seat: SeatSettings | None, to: Destination) -> Refusal | None:
        """Why this seat may not call there; None where it may.

        Without a seat it is the site itself that forwards a call by its own settings: only what is
        forbidden to everybody is forbidden to it. Our own services and emergency numbers are free
        to all.
        """
        if isinstance(to, Service) or (isinstance(to, Outside) and to.emergency):
            return None
        right = "all" if seat is None else seat.dial or self._default
        if not isinstance(to, Outside):
            return "no right" if right == "none" else None
        spellings = self._spellings(to.number)
        if any(number.startswith(self._forbidden) for number in spellings):
            return "forbidden destination"
        if right in ("none", "internal"):
            return "no right"
        if right == "all" or any(number in self._whitelist for number in spellings):
            return None
        if right == "national" and not self._is_abroad(to.number):
            return None
        return "no right"
