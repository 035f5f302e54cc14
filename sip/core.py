"""What calls, registrations and the endpoint share: clock, ids, output, transactions, dialogs."""

import logging
import zlib
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar

from sip.address import Address, Route, Send
from sip.build import BRANCH_COOKIE, build_response
from sip.client_auth import Login, Wallet
from sip.deadlines import Deadlines
from sip.dialog import Dialog, DialogId
from sip.digest import Credentials
from sip.extensions import SUPPORTED_LINE
from sip.inspection import ALLOW
from sip.message import Request, Response
from sip.own_addresses import OwnAddresses
from sip.streams import ByConnection
from sip.transaction import (
    ClientMachine,
    ClientUser,
    Failure,
    ServerMachine,
    TransactionLayer,
    TransactionUser,
)
from sip.transaction.large import LargeRequests
from sip.user import EndpointConfig, SipCounters

if TYPE_CHECKING:
    from sip.call import Call

log = logging.getLogger("sip")

Sighting: TypeAlias = tuple[float, bytes, Address, Address, bool]
"""A message on the wire: when (monotonic), its bytes, the remote address, ours, whether sent."""

P = ParamSpec("P")
R = TypeVar("R")


class Nobody:
    """The user of requests whose outcome changes nothing, such as BYE and NOTIFY."""

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """Whatever it says."""

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """Even then."""


NOBODY: ClientUser = Nobody()


class Core:
    """The shared middle of one endpoint.

    Every way in is bracketed by `enter` and `leave`: between them `now` stands still, and at the
    outermost `leave` the shell is told (`on_output`) to send what has gathered in `outgoing` and
    to set its timer anew.
    """

    def __init__(
        self, user: TransactionUser, config: EndpointConfig, ids: Callable[[], str]
    ) -> None:
        self.config = config
        self.ids = ids
        self.counters = SipCounters()
        self.outgoing: list[Send] = []
        self.on_output: Callable[[], None] | None = None
        self.on_withdrawn: Callable[[Send], None] | None = None
        self.tap: Callable[[Sighting], None] | None = None
        """Shown every message; must only keep it."""
        self.own = OwnAddresses(
            f"Allow: {ALLOW}\r\n{SUPPORTED_LINE}User-Agent: {config.user_agent}\r\n"
        )
        self.session_lines = self.own.session_lines
        """The header lines of every message that opens or changes a session."""
        self.deadlines: Deadlines[Call] = Deadlines()
        """The calls'; its alarm is that of all timers."""
        self.layer = TransactionLayer(
            user,
            self.transmit,
            config.timers,
            config.max_transactions,
            config.max_transaction_bytes,
            LargeRequests(self.own.for_) if config.large_requests_over_tcp else None,
            self.deadlines.alarm,
            self._withdraw,
        )
        self.dialogs: dict[DialogId, Call] = {}
        self.calls: set[Call] = set()
        self.on_led_away: Callable[[str, str], None] = lambda began, there: None
        """Told of a call that leads to another host than it began with."""
        self.is_trunk: Callable[[str], bool] = lambda host: False
        """Whether a host is a trunk's."""
        self.on_streams: ByConnection[Call] = ByConnection()
        """The calls whose dialog stands and falls with a connection."""
        self.now = 0.0
        self._depth = 0
        self._wallet = Wallet()

    def enter(self, now: float | None = None) -> None:
        """Begin an entry at `now`, or at the clock's time."""
        if self._depth == 0:
            if now is not None:
                self.now = now
            elif self.config.clock is not None:
                self.now = self.config.clock()
        self._depth += 1

    def leave(self) -> None:
        """End an entry; the outermost one hands over to the shell."""
        self._depth -= 1
        if self._depth == 0 and self.on_output is not None:
            self.on_output()

    def transmit(self, data: bytes, route: Route) -> None:
        """Put a message out."""
        counters = self.counters
        counters.sent += 1
        counters.messages.sent(data)
        if self.tap is not None:
            self.tap((self.now, data, route.destination, route.local, True))
        self.outgoing.append(Send(data, route.destination, route.local))

    def _withdraw(self, data: bytes, route: Route) -> None:
        if self.on_withdrawn is not None:
            self.on_withdrawn(Send(data, route.destination, route.local))

    def branch(self) -> str:
        """A new branch (§8.1.1.7)."""
        return f"{BRANCH_COOKIE}{self.ids()}"

    def jitter(self) -> float:
        """A random fraction of one, drawn from the injected ids."""
        return zlib.crc32(self.ids().encode()) / 2**32

    def respond(
        self,
        server: ServerMachine,
        request: Request,
        code: int,
        phrase: str = "",
        *,
        to_tag: str = "",
        headers: str = "",
        body: bytes = b"",
        content_type: str = "",
    ) -> bytes:
        """Answer a request; every response but 100 gets a To tag (§8.2.6.2). Returns its bytes."""
        if code > 100 and not to_tag and not request.to_tag:
            to_tag = self.ids()
        data = build_response(
            request,
            code,
            phrase,
            to_tag=to_tag,
            headers=headers,
            body=body,
            content_type=content_type,
        )
        self.layer.respond(server, code, data, self.now)
        return data

    def answer_once(
        self,
        server: ServerMachine,
        request: Request,
        code: int,
        phrase: str = "",
        *,
        headers: str = "",
    ) -> None:
        """Give a final answer to whom nobody has vouched for, and keep nothing of it."""
        data = build_response(request, code, phrase, to_tag=self.ids(), headers=headers)
        self.layer.answer_once(server, data)

    def request(
        self,
        dialog: Dialog,
        method: str,
        user: ClientUser = NOBODY,
        *,
        headers: str = "",
        body: bytes = b"",
        content_type: str = "",
    ) -> ClientMachine:
        """Send a request inside a dialog."""
        request = dialog.request(
            method, self.branch(), headers=headers, body=body, content_type=content_type
        )
        return self.layer.start(request, dialog.route, user, self.now)

    def acknowledge(
        self,
        dialog: Dialog,
        cseq: int,
        body: bytes = b"",
        content_type: str = "",
        headers: str = "",
    ) -> bytes:
        """Send the ACK of a 2xx, which is a transaction of its own without answer (§13.2.2.4)."""
        ack = dialog.request(
            "ACK", self.branch(), headers=headers, body=body, content_type=content_type, cseq=cseq
        )
        data = ack.encode()
        self.transmit(data, dialog.route)
        return data

    def follow(self, dialog: Dialog, began: Address) -> None:
        """A dialog was made, or its first answer came; `began` is the INVITE's remote address."""
        there = dialog.route.destination.host
        if there != began.host:
            self.on_led_away(began.host, there)

    def login(self, destination: Address, credentials: Credentials) -> Login:
        """The way through challenges for one request to there."""
        return Login(self._wallet, destination, credentials, self.ids)

    def login_within(self, dialog: Dialog, credentials: Credentials | None) -> Login | None:
        """Likewise for a request in a dialog; None where challenges are not to be answered.

        A dialog that has led away may lead to whoever is called, or calls: what they have answered
        they could show to the carrier as their own (a re-INVITE's Request-URI is theirs to choose).
        """
        there = dialog.route.destination
        if credentials is None or not (there.host == dialog.began or self.is_trunk(there.host)):
            return None
        return self.login(there, credentials)

    def run(
        self, call: "Call", callback: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> R | None:
        """Call the application: the one place where its exceptions end, and with them the call."""
        try:
            return callback(*args, **kwargs)
        except Exception:
            self.counters.handler_errors += 1
            log.exception("call %s: the application failed", ascii(call.sip_call_id))
            call.fail()
            return None


class HasCore(Protocol):
    """An object whose methods may be ways in."""

    @property
    def core(self) -> Core:
        """The shared middle."""


S = TypeVar("S", bound=HasCore)


def entry(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Make a method that the application calls a way in."""

    @wraps(method)
    def bracketed(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        core = self.core
        core.enter()
        try:
            return method(self, *args, **kwargs)
        finally:
            core.leave()

    return bracketed
