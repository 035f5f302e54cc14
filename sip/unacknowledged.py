"""A 2xx of ours that is sent again and again until its ACK comes, on any transport (§13.3.1.4)."""

from sip.address import Route
from sip.core import Core


class Unacknowledged:
    """One that went out just now."""

    __slots__ = ("_data", "_expire_at", "_interval", "_resend_at", "cseq", "route")

    def __init__(self, core: Core, data: bytes, route: Route, cseq: int) -> None:
        timers = core.config.timers
        self.cseq = cseq
        self._data = data
        self.route = route
        self._interval = timers.t1
        self._resend_at = core.now + timers.t1
        self._expire_at = core.now + timers.give_up

    @property
    def due_at(self) -> float:
        """When something has to be done about it."""
        return min(self._resend_at, self._expire_at)

    def advance(self, core: Core, now: float) -> bool:
        """Repeat it if that is due; False when the ACK will not come any more."""
        if now >= self._expire_at:
            return False
        if now >= self._resend_at:
            self._interval = min(2 * self._interval, core.config.timers.t2)
            self._resend_at = now + self._interval
            core.transmit(self._data, self.route)
        return True
