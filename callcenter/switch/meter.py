"""Counts an outside call against the limits, and ends it when they are used up."""

import asyncio
from collections.abc import Callable

from callcenter.switch.services import Services


def _nothing() -> None:
    return None


class Meter:
    """From the first attempt to the end; `spent` is called when the day's minutes are gone."""

    def __init__(self, services: Services, seat_no: str) -> None:
        self.spent: Callable[[], None] = _nothing
        self._services = services
        self._call = services.pbx.toll.begin(seat_no)
        self._timer: asyncio.TimerHandle | None = None

    def start(self, trunk: str) -> None:
        """The call was answered over that trunk: charging begins."""
        self._call.trunk = trunk
        self._call.answered = self._services.clock.wall()
        self._check()

    def close(self) -> None:
        """The call is over; harmless when repeated."""
        self.spent = _nothing
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._services.pbx.toll.end(self._call, self._services.clock.wall())

    def _check(self) -> None:
        """Others talk, too, and at midnight there is a new day's time: asks again at the end."""
        left = self._services.pbx.toll.remaining(self._call, self._services.clock.wall())
        if left is None:
            return
        if left < 1.0:
            self.spent()
            return
        self._timer = asyncio.get_running_loop().call_later(left, self._check)
