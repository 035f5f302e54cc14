"""The rules of one connection, line by line; sans I/O.

Hello comes first; a method needs its stage; a message takes a token; the third unreadable line ends
it; a peer that was silent for `heartbeat_s` is pinged, and given up after three pings in vain; and
who does not sign in has `login_timeout_s` to do so. Messages without `id` and answers to our pings
are signs of life and do nothing else: nothing in this protocol is a client's notification, and an
act whose failure nobody could be told is none we want (A-04).
"""

from dataclasses import dataclass
from typing import TypeAlias

from agent_proto.envelope import (
    Notification,
    Refused,
    Request,
    RequestId,
    Response,
    Unreadable,
    read_message,
    write_error,
    write_request,
)
from agent_proto.errors import ProtocolError
from agent_proto.framing import TOO_LONG, Line
from agent_proto.limits import Limits
from agent_proto.methods import METHODS, Method
from agent_proto.models import Params
from agent_proto.rate import TokenBucket
from agent_proto.reading import read_params
from agent_proto.session import Session

MAX_UNREADABLE = 3
MAX_MISSED_PINGS = 3


@dataclass(frozen=True, slots=True)
class Call:
    """A request in order: to be done and answered."""

    id: RequestId
    method: Method
    params: Params


@dataclass(frozen=True, slots=True)
class Reply:
    """A line to be sent; after a `last` one the connection is closed for a protocol error."""

    line: bytes
    last: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is to be read for that many seconds: who floods us waits for us."""

    seconds: float
    line: bytes = b""
    """To be sent before; empty for a message that is owed no answer."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """The connection is to be closed without a word."""

    why: str


Step: TypeAlias = Call | Reply | Pause | HangUp


class Connection:
    """What one connection is allowed, as far as it has come. `now` is monotonic seconds."""

    def __init__(self, session: Session, limits: Limits, now: float) -> None:
        self.session = session
        self.greeted = False
        self._limits = limits
        self._bucket = TokenBucket(limits.requests_per_s, limits.request_burst, now)
        self._unreadable = 0
        self._quiet_since = now
        self._pings = 0
        self._anonymous_since = now

    def enter(self, session: Session, now: float) -> None:
        """The client resumed `session`, or its own ended and it may sign in anew."""
        self.session = session
        self._anonymous_since = now

    def receive(self, line: Line, now: float) -> Step | None:
        """What one line asks for; None for nothing."""
        self.heard(now)
        if line is TOO_LONG:
            return self._strike(ProtocolError("line_too_long", max=self._limits.max_line))
        message = read_message(line)
        if isinstance(message, Unreadable):
            return self._strike(message.error)
        wait = self._bucket.take(now)
        if wait:
            return _pause(message, wait)
        match message:
            case Request():
                return self._request(message)
            case Refused(request_id, error):
                return Reply(write_error(request_id, error))
            case Notification() | Response():
                return None

    def heard(self, now: float) -> None:
        """The peer is alive: bytes arrived, if only part of a line."""
        self._quiet_since = now
        self._pings = 0

    def advance(self, now: float) -> Step | None:
        """What time asks for at `now`."""
        if not self.session.signed_in and now >= self._login_due():
            return HangUp("nobody signed in")
        if now < self._ping_due():
            return None
        self._quiet_since = now
        if not self.greeted:
            return None
        if self._pings == MAX_MISSED_PINGS:
            return HangUp("silent")
        self._pings += 1
        return Reply(write_request(f"ping-{self._pings}", "session.ping"))

    def next_deadline(self) -> float:
        """When `advance` is due; early is harmless."""
        if self.session.signed_in:
            return self._ping_due()
        return min(self._ping_due(), self._login_due())

    def _login_due(self) -> float:
        return self._anonymous_since + self._limits.login_timeout_s

    def _ping_due(self) -> float:
        return self._quiet_since + self._limits.heartbeat_s

    def _strike(self, error: ProtocolError) -> Reply:
        self._unreadable += 1
        return Reply(write_error(None, error), last=self._unreadable == MAX_UNREADABLE)

    def _request(self, request: Request) -> Step:
        try:
            return self._admit(request)
        except ProtocolError as error:
            return Reply(write_error(request.id, error))

    def _admit(self, request: Request) -> Call:
        method = METHODS.get(request.method)
        if not self.greeted and (method is None or method.stage != "connected"):
            raise ProtocolError("hello_first")
        if method is None:
            raise ProtocolError("method_not_found")
        if method.stage == "signed_in" and not self.session.signed_in:
            raise ProtocolError("not_logged_in")
        if method.stage == "anonymous" and self.session.signed_in:
            raise ProtocolError("agent_already_logged_in", "already signed in here")
        if method.for_supervisors and self.session.agent_class != "supervisor":
            raise ProtocolError("forbidden", "for supervisors")
        return Call(request.id, method, read_params(method.params, request.params))


def _pause(message: Request | Refused | Notification | Response, seconds: float) -> Pause:
    if isinstance(message, Notification | Response):
        return Pause(seconds)
    error = ProtocolError("rate_limited", retry_after_s=round(seconds, 3))
    return Pause(seconds, write_error(message.id, error))
