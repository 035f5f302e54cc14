"""In an overload: which new requests are refused, so that calls in progress do not suffer."""

from sip.core import Core
from sip.fields import user_of
from sip.guard import OverloadControl
from sip.guard.gate import GuardCounters
from sip.message import Request

IN_PROGRESS_ROOM = 2.0
"""Requests of calls in progress are taken until the transaction table is so many times full."""


class Shedding:
    """By how late and how full we are; `filled` is the share of the transaction table."""

    def __init__(self, core: Core, overload: OverloadControl, counters: GuardCounters) -> None:
        self._core = core
        self._overload = overload
        self._counters = counters

    def sheds(self, request: Request, filled: float) -> bool:
        """Whether a new request is refused at once, so that calls in progress do not suffer."""
        now = self._core.now
        level = self._overload.level(now, filled)
        if not level:
            return False
        if request.to_tag or request.method == "CANCEL":
            return filled >= IN_PROGRESS_ROOM
        if self.is_emergency(request):
            return False
        if filled >= 1.0:
            return True
        if request.method not in ("INVITE", "REGISTER") or self._core.jitter() >= level:
            return False
        self._counters.shed += 1
        return True

    def is_emergency(self, request: Request) -> bool:
        """Whether it calls a number that no limit blocks."""
        if request.method != "INVITE":
            return False
        try:
            return self._core.config.is_emergency(user_of(request.uri))
        except ValueError:
            return False

    def retry_after(self) -> str:
        """The header line of a 503; spread, so that not all come back at once."""
        least = self._core.config.retry_after
        return f"Retry-After: {least + round(self._core.jitter() * least)}\r\n"
