"""Session timers: RFC 4028. Who refreshes a session, how often, and when it counts as dead.

Two sides that both know them agree on an interval and on who refreshes; the other hangs up when no
refresh came. With a side that does not know them we refresh alone: it answers while it lives.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sip import fields
from sip.deadlines import NEVER
from sip.extensions import supports
from sip.message import Message, Request, Response
from sip.user import EndpointConfig

SHORTEST = 90
"""Seconds below which no interval may be (§4)."""
_LONGEST = 86_400
"""Seconds above which nobody needs an interval, and a 422 is not followed."""
_USUAL_LENGTH = 200
"""Characters of a Session-Expires field; a longer one is none."""
_HEAD_START = 32.0
"""Seconds, or a third of the interval, before whose end a silent side is given up (§10)."""
_RETRY = 5.0
"""Seconds at least between two attempts to refresh."""
_MAX_DEMANDS = 4
"""422s that one refresh obeys at once: a proxy each may want more than the one before it (§7.3)."""


class Wish(NamedTuple):
    """A Session-Expires field; `refresher` is `uac`, `uas` or empty."""

    interval: int
    refresher: str


def wish_of(message: Message) -> Wish | None:
    """What a message says in Session-Expires; None for nothing, or nothing that can be read."""
    values = message.headers.get("session-expires")
    if values is None or len(values[0]) > _USUAL_LENGTH:
        return None
    return _wish(values[0])


@lru_cache(maxsize=256)  # a few values make up all of a site's traffic
def _wish(value: str) -> Wish | None:
    number, _, params = value.partition(";")
    number = number.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= 10):
        return None
    refresher = (fields.parameter(params, "refresher") or "").lower()
    refresher = refresher if refresher in ("uac", "uas") else ""
    return Wish(min(int(number), _LONGEST), refresher)


def too_short(request: Request, config: EndpointConfig) -> bool:
    """Whether a request is due a 422: its interval is below our minimum, and it can ask anew."""
    wish = wish_of(request)
    return wish is not None and wish.interval < config.min_se and supports(request, "timer")


class SessionTimer:
    """The timer of one session. `due_at` is when something has to be done about it."""

    __slots__ = (
        "_demands",
        "agreed",
        "allow",
        "due_at",
        "expires_at",
        "interval",
        "min_se",
        "refreshing",
    )

    def __init__(
        self, interval: int, min_se: int, *, refreshing: bool, agreed: bool, allow: Sequence[str]
    ) -> None:
        self.interval = max(interval, SHORTEST)
        self.min_se = min_se
        self.refreshing = refreshing
        """Whether we are the refresher."""
        self.agreed = agreed
        """Whether the other side keeps the timer too."""
        self.allow = allow
        """The other side's Allow."""
        self.due_at = self.expires_at = NEVER
        self._demands = 0

    @property
    def request_lines(self) -> str:
        """The header lines of a request that refreshes the session."""
        return wish_lines(self.interval, self.min_se, "uac" if self.refreshing else "uas")

    @property
    def by_update(self) -> bool:
        """Whether the other side takes UPDATE, which needs no offer."""
        return any("UPDATE" in value for value in self.allow)

    def restart(self, now: float) -> None:
        """The session was begun or refreshed."""
        self.expires_at = now + self.interval
        if self.refreshing:
            self.due_at = now + self.interval / 2
        else:
            self.due_at = self.expires_at - min(_HEAD_START, self.interval / 3)

    def obey(self, response: Response) -> bool:
        """A 422: the other side, or a proxy, wants a longer interval (§7.3).

        False where it names none that is longer, for the same request would get the same answer,
        and where too many have wanted more already.
        """
        least = demanded(response)
        if least <= self.interval or self._demands >= _MAX_DEMANDS:
            return False
        self._demands += 1
        self.interval = self.min_se = least
        return True

    def wait(self) -> None:
        """A refresh is under way."""
        self.due_at = self.expires_at

    def failed(self, now: float) -> None:
        """A refresh was refused. Who keeps no timer has shown by that that it lives."""
        if self.agreed:
            self.due_at = min(now + max((self.expires_at - now) / 2, _RETRY), self.expires_at)
        else:
            self.restart(now)


def granted(request: Request, config: EndpointConfig) -> tuple[SessionTimer | None, str]:
    """The server's side (§9): the timer that a 2xx to `request` begins, and its header lines."""
    wish = wish_of(request)
    if wish is None and not config.session_timer:
        return None, ""
    interval, refresher = config.session_expires, ""
    if wish is not None:
        interval, refresher = min(wish.interval, interval), wish.refresher
    min_se = config.min_se
    if "min-se" in request.headers:
        min_se = max(min_se, min(_number_of(request), _LONGEST))  # §9: no 2xx may go below it
    agreed = supports(request, "timer")
    refresher = (refresher or "uac") if agreed else "uas"
    timer = SessionTimer(
        max(interval, min_se),
        min_se,
        refreshing=refresher == "uas",
        agreed=agreed,
        allow=request.headers.get("allow", ()),
    )
    if wish is None and not agreed:
        return timer, ""  # nobody on the way has asked: that we refresh is our own affair
    return timer, _granting_lines(timer.interval, refresher)


def taken(response: Response, config: EndpointConfig, min_se: int = 0) -> SessionTimer | None:
    """The client's side (§7.2): the timer that a 2xx begins."""
    wish = wish_of(response)
    if wish is None and not config.session_timer:
        return None
    return SessionTimer(
        wish.interval if wish is not None else max(config.session_expires, min_se),
        max(min_se, config.min_se),
        refreshing=wish is None or wish.refresher != "uas",
        agreed=wish is not None,
        allow=response.headers.get("allow", ()),
    )


def demanded(response: Response) -> int:
    """The least interval that a 422 names."""
    return min(_number_of(response), _LONGEST)


@lru_cache(maxsize=256)  # a few values make up all of a site's traffic
def wish_lines(interval: int, min_se: int, refresher: str = "") -> str:
    """The header lines of a request that asks for a timer (§7.1)."""
    line = f"Session-Expires: {interval}{f';refresher={refresher}' if refresher else ''}\r\n"
    return line if min_se <= SHORTEST else f"{line}Min-SE: {min_se}\r\n"


@lru_cache(maxsize=256)
def _granting_lines(interval: int, refresher: str) -> str:
    line = f"Session-Expires: {interval};refresher={refresher}\r\n"
    return f"{line}Require: timer\r\n" if refresher == "uac" else line


def _number_of(message: Message) -> int:
    """The Min-SE field, which may have parameters that mean nothing."""
    number = (message.header("min-se") or "").partition(";")[0].strip()
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 10 else 0
