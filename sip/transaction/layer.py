"""Finds or creates the machine that a message belongs to and does what its transitions say."""

from collections.abc import Callable
from typing import Protocol

from sip.address import DEFAULT_PORTS, Address, Route, split_host_port
from sip.build import BRANCH_COOKIE, OutgoingRequest
from sip.deadlines import Alarm, Deadlines
from sip.message import Request, Response
from sip.streams import ByConnection
from sip.transaction.invite_client import InviteClient
from sip.transaction.invite_server import InviteServer
from sip.transaction.large import UDP_LIMIT, LargeRequests
from sip.transaction.machine import (
    RESPONSE_EVENTS,
    ClientMachine,
    ClientUser,
    Event,
    Failure,
    Machine,
    ServerMachine,
    State,
    Transition,
)
from sip.transaction.noninvite_client import NonInviteClient
from sip.transaction.noninvite_server import NonInviteServer
from sip.transaction.timers import TimerConfig

_SETTLED = (State.COMPLETED, State.TERMINATED)


class TransactionUser(Protocol):
    """The layer above: it is given each request once."""

    def on_request(self, request: Request, server: ServerMachine, merged: bool) -> None:
        """A new request; `merged` when it came before on another path (RFC 3261 §8.2.2.2)."""

    def on_ack(self, request: Request) -> None:
        """An ACK that belongs to no failed INVITE: that of a 2xx, or a stray one."""

    def sheds(self, request: Request, source: Address, filled: float) -> bool:
        """Whether a new request is refused for want of room, of which so great a share is used."""

    def on_overload(self, request: Request, route: Route) -> None:
        """A new request that is refused without keeping anything."""


class TransactionLayer:
    """All transactions of one endpoint.

    `transmit(data, route)` takes what is to be sent, `withdraw` what is not to be sent any more, if
    it still waits for a connection. Server transactions are the only ones that a peer can create:
    `limit` is how many are thought of as the whole room, `limit_bytes` how many bytes of responses
    kept for repetition.
    """

    def __init__(
        self,
        user: TransactionUser,
        transmit: Callable[[bytes, Route], None],
        timers: TimerConfig,
        limit: int,
        limit_bytes: int = 64 * 1024 * 1024,
        large: LargeRequests | None = None,
        alarm: Alarm | None = None,
        withdraw: Callable[[bytes, Route], None] = lambda data, route: None,
    ) -> None:
        self._user = user
        self._transmit = transmit
        self._withdraw = withdraw
        self._timers = timers
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._servers: dict[tuple[str, str, str], ServerMachine] = {}
        self._clients: dict[tuple[str, str], ClientMachine] = {}
        self._large = large
        self._on_streams: ByConnection[Machine] = ByConnection()
        self._merging: set[tuple[str, str, int, str]] = set()
        self._deadlines: Deadlines[Machine] = Deadlines(alarm)

    def __len__(self) -> int:
        return len(self._servers) + len(self._clients)

    def receive_request(
        self, request: Request, source: Address, local: Address, now: float
    ) -> None:
        """Match a request to its server transaction, or start one (RFC 3261 §17.2.3)."""
        key = _server_key(request)
        server = self._servers.get(key)
        if server is not None:
            event = Event.ACK if request.method == "ACK" else Event.REQUEST
            if self._fire(server, event, now).deliver:
                self._user.on_ack(request)
            return
        if request.method == "ACK":
            self._user.on_ack(request)
            return
        route = Route(response_destination(request, source), local)
        request.stamp(source.host, source.port)
        filled = max(len(self._servers) / self._limit, self._bytes / self._limit_bytes)
        if self._user.sheds(request, source, filled):
            self._user.on_overload(request, route)
            return
        kind = InviteServer if request.method == "INVITE" else NonInviteServer
        server = kind(self._timers, source.reliable)
        server.key = key
        server.route = route
        server.source = source
        server.user = None
        merged = self._note_merge(request, server)
        self._servers[key] = server
        self._on_streams.add(route.destination, server)
        self._user.on_request(request, server, merged)

    def receive_response(self, response: Response, now: float) -> bool:
        """Match a response to its client transaction (§17.1.3); False when there is none."""
        client = self._clients.get((response.via.branch, response.cseq_method))
        if client is None or len(response.headers["via"]) > 1:
            return False
        if self._large is not None and not client.reliable and response.via.transport == "TCP":
            self._large.heard(client.route.destination._replace(transport="tcp"))
        transition = client.fire(RESPONSE_EVENTS[response.code // 100], now)
        if transition.acknowledge:
            if client.request is not None:  # the first time; then it is only repeated
                ack = client.request.hop_by_hop("ACK", to=response.headers["to"][0])
                client.last, client.request = ack.encode(), None
            self._transmit(client.last, client.route)
        user = client.user
        self._settle(client)
        if transition.deliver and user is not None:
            user.on_response(response, client)
        return True

    def find_invite(self, cancel: Request) -> ServerMachine | None:
        """The INVITE that a CANCEL is about (§9.2), if it is still known."""
        branch, sent_by, _ = _server_key(cancel)
        return self._servers.get((branch, sent_by, "INVITE"))

    def start(
        self, request: OutgoingRequest, route: Route, user: ClientUser, now: float
    ) -> ClientMachine:
        """Send a request and wait for its responses."""
        data = request.encode()
        spare = None
        if len(data) > UDP_LIMIT and self._large is not None and not route.destination.reliable:
            instead = self._large.instead_of(route, now)
            if instead is not None:
                spare, route = (request, route), instead
                request.sent_by = route.local.sent_by
                data = request.encode()
        kind = InviteClient if request.method == "INVITE" else NonInviteClient
        client = kind(data, self._timers, route.destination.reliable, now)
        client.key = (request.branch, request.method)
        client.route = route
        client.spare = spare
        if spare is not None:
            client.wait_for_sign(now)
        client.user = user
        client.request = request if request.method == "INVITE" else None
        self._clients[client.key] = client
        self._on_streams.add(route.destination, client)
        self._deadlines.update(client)
        self._transmit(data, route)
        return client

    def respond(self, server: ServerMachine, code: int, data: bytes, now: float) -> bool:
        """Send a response; False when the transaction already had its final one."""
        if server.state not in (State.TRYING, State.PROCEEDING):
            return False
        self._bytes += len(data) - len(server.last)
        server.last = data
        server.fire(RESPONSE_EVENTS[code // 100], now)
        self._transmit(data, server.route)
        self._settle(server)
        return True

    def answer_once(self, server: ServerMachine, data: bytes) -> None:
        """Send a final response and forget the transaction: a repetition is a new request.

        So a stranger's requests keep nothing here, and a response to an address that was only
        claimed is not repeated until its ACK (§8.2.7).
        """
        self._transmit(data, server.route)
        self.forget(server)

    def forget(self, server: ServerMachine) -> None:
        """End a transaction without a word: who asked is not to learn that we are here."""
        server.state = State.TERMINATED
        self._settle(server)

    def give_up_at(self, client: ClientMachine, at: float) -> None:
        """End an INVITE that stays without final response at that time (§9.1)."""
        if isinstance(client, InviteClient):
            client.give_up_at(at)
            self._deadlines.update(client)

    def hush(self, client: ClientMachine) -> None:
        """Send an INVITE no more; what comes back is still heard."""
        if isinstance(client, InviteClient):
            client.spare = None
            client.hush()
            self._withdraw(client.last, client.route)
            self._deadlines.update(client)

    def connection_lost(self, destination: Address, now: float) -> None:
        """Fail what was to be sent to that address."""
        for machine in self._on_streams.at(destination):
            if machine.state is State.TERMINATED:
                continue  # by what one before it has led to
            if isinstance(machine, ClientMachine) and self._fall_back(machine, now):
                continue
            self._end(machine, machine.fire(Event.TRANSPORT_ERROR, now), "transport")

    def next_deadline(self) -> float | None:
        """When `advance` has something to do."""
        return self._deadlines.next()

    def advance(self, now: float) -> None:
        """Fire all timers that are due."""
        for machine in self._deadlines.due(now):
            transition = machine.advance(now)
            if transition is None:
                continue
            if not (
                transition.send
                and isinstance(machine, ClientMachine)
                and self._fall_back(machine, now)
            ):
                self._end(machine, transition, "timeout")

    def _end(self, machine: Machine, transition: Transition, failure: Failure) -> None:
        """Perform a transition that may be the last one, and say so if it is before its time."""
        user = machine.user if isinstance(machine, ClientMachine) else None
        self._perform(machine, transition)
        if transition.failed and user is not None and isinstance(machine, ClientMachine):
            user.on_failure(failure, machine)

    def _fall_back(self, client: ClientMachine, now: float) -> bool:
        """Send by UDP what TCP was only tried for its size (§18.1.1); False for all others.

        Also where TCP is not refused but swallowed, as firewalls do it: a server that has got it
        all the same sees a repetition.
        """
        if client.spare is None or client.state not in (State.CALLING, State.TRYING):
            return False
        assert self._large is not None, "who has a spare way was large"
        self._large.refused(client.route.destination, now)
        # A connection that comes about after all must not bring it then: the call may be over.
        self._withdraw(client.last, client.route)
        self._on_streams.discard(client.route.destination, client)
        (request, route), client.spare = client.spare, None
        request.sent_by = route.local.sent_by
        client.begin_again(request.encode(), route, now)
        self._deadlines.update(client)
        self._transmit(client.last, route)
        return True

    def _fire(self, machine: Machine, event: Event, now: float) -> Transition:
        transition = machine.fire(event, now)
        self._perform(machine, transition)
        return transition

    def _perform(self, machine: Machine, transition: Transition) -> None:
        if transition.send and machine.last:
            self._transmit(machine.last, machine.route)
        self._settle(machine)

    def _settle(self, machine: Machine) -> None:
        """Forget a terminated machine, or note its deadline.

        Whoever is told nothing more is let go: it holds the machine, too.
        """
        self._deadlines.update(machine)
        if machine.state in _SETTLED and isinstance(machine, ClientMachine):
            machine.user = None
        if machine.state is not State.TERMINATED:
            return
        self._on_streams.discard(machine.route.destination, machine)
        if isinstance(machine, ServerMachine):
            machine.user = None
            self._servers.pop(machine.key, None)
            self._bytes -= len(machine.last)
            machine.last = b""
            if machine.merge_key is not None:
                self._merging.discard(machine.merge_key)
        elif isinstance(machine, ClientMachine):
            self._clients.pop(machine.key, None)

    def _note_merge(self, request: Request, server: ServerMachine) -> bool:
        server.merge_key = None
        if request.to_tag or request.method == "CANCEL":
            return False
        key = (request.call_id, request.from_tag, request.cseq, request.method)
        if key in self._merging:
            return True
        server.merge_key = key
        self._merging.add(key)
        return False


def response_destination(request: Request, source: Address) -> Address:
    """Where responses go: RFC 3261 §18.2.2 with RFC 3581 §4."""
    if source.reliable or request.via.rport or not request.via.sent_by:
        return source  # the last: a malformed request whose Via was not looked at
    try:
        port = split_host_port(request.via.sent_by)[1]
    except ValueError:
        return source
    port = DEFAULT_PORTS[source.transport] if port is None else port
    return Address(source.transport, source.host, port)


def _server_key(request: Request) -> tuple[str, str, str]:
    method = "INVITE" if request.method == "ACK" else request.method
    via = request.via
    if via.branch.startswith(BRANCH_COOKIE):
        return via.branch, via.sent_by, method
    # A peer of RFC 2543 has no unique branch; this much of §17.2.3 tells its requests apart.
    call = f"{request.call_id} {request.cseq} {request.from_tag} {request.uri}"
    return call, via.sent_by, method
