"""SIP over streams, be it TCP, TLS or WebSocket: one listener, connections both ways.

A connection is named by its remote address and reused while it lasts (RFC 5923 without `alias`:
what came in on it is answered on it). What is sent to an address without a connection opens one,
except to WebSocket clients, who cannot be connected to; meanwhile a bounded number of messages
waits. What a stranger can hold is bounded by `Connections` and by the times of its limits.
"""

import asyncio
import contextlib
import logging
import socket

from sip.address import Address
from sip.transport.base import Receiver, bind_error, bound_socket, is_wildcard, mark, told
from sip.transport.connection import StreamConnection
from sip.transport.connections import Connections
from sip.transport.options import TransportOptions
from sip.transport.wire import PlainWire, TlsWire, Wire

log = logging.getLogger("sip")

_COMPLAIN_EVERY_S = 60.0
_BACKLOG = 1024
"""Connections that may wait to be accepted: all phones come at once after a power cut."""


class StreamTransport:
    """A listener and its connections. `advertised` is the address that peers are told instead.

    Several transports may share `connections`. OSError from `start` for an address that cannot be
    bound; ValueError from the constructor for a secure one without a certificate.
    """

    def __init__(
        self,
        address: Address,
        advertised: Address | None = None,
        options: TransportOptions | None = None,
        connections: Connections | None = None,
    ) -> None:
        self.options = options or TransportOptions()
        if connections is None:  # an empty table is falsy
            connections = Connections(self.options.limits)
        self.connections = connections
        self.limits = self.connections.limits
        if address.secure and (self.options.tls is None or self.options.tls.server is None):
            raise ValueError(f"{address}: there is no certificate")
        self.local = address
        self._bind = address
        self._advertised = advertised
        self._receiver: Receiver | None = None
        self._server: asyncio.Server | None = None
        self._own: set[StreamConnection] = set()
        self._waiting: dict[Address, list[bytes]] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._refused = 0
        self._complain_at = 0.0

    @property
    def ipv6(self) -> bool:
        """Whether it speaks IPv6."""
        return ":" in self._bind.host

    async def start(self, receiver: Receiver) -> None:
        """Listen."""
        self._receiver = receiver
        loop = asyncio.get_running_loop()
        sock = bound_socket(self._bind, socket.SOCK_STREAM, self.options.dscp)
        port = sock.getsockname()[1]
        try:
            self._server = await loop.create_server(self._accept, sock=sock, backlog=_BACKLOG)
        except OSError as error:
            sock.close()
            raise bind_error(self._bind, error) from error
        self.local = told(self._bind._replace(port=port), self._advertised)

    def send(self, data: bytes, destination: Address) -> None:
        """Send on the connection to there, opening it when there is none."""
        connection = self.connections.get(destination)
        if connection is not None:
            connection.send(data)
        elif destination in self._waiting:
            if len(self._waiting[destination]) < self.limits.waiting_messages:
                self._waiting[destination].append(data)
        elif self._receiver is not None:
            loop = asyncio.get_running_loop()
            if destination.websocket:
                loop.call_soon(self.lost, destination)
                return
            self._waiting[destination] = [data]
            task = loop.create_task(self._open(destination))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def withdraw(self, data: bytes, destination: Address) -> None:
        """Take out what waits for the connection to there; that one is opened all the same."""
        with contextlib.suppress(ValueError):  # it went, or never was
            self._waiting.get(destination, []).remove(data)

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        self._receiver = None
        for task in list(self._opening):
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        for connection in list(self._own):
            connection.close("")
        server, self._server = self._server, None
        if server is not None:
            server.close()
        await asyncio.sleep(0)  # lets the loop close the sockets

    # The connections report here.

    def made(self, connection: StreamConnection, *, stranger: bool) -> bool:
        """A connection is up; False when there is no room for it, or it is unwelcome."""
        if self._receiver is None or (stranger and not self._receiver.admits(connection.remote)):
            return False
        is_known = self._receiver.is_known
        if not self.connections.admit(connection, stranger=stranger, is_known=is_known):
            self._complain(connection.remote)
            return False
        self._own.add(connection)
        return True

    def ready(self, connection: StreamConnection) -> None:
        """Its handshakes are over."""
        self.connections.ready(connection)
        for data in self._waiting.pop(connection.remote, ()):
            connection.send(data)

    def deliver(self, data: bytes, source: Address) -> None:
        """A whole message came in."""
        if self._receiver is not None:
            self._receiver.on_message(data, source, self.local)

    def closed(self, connection: StreamConnection) -> None:
        """A connection is gone."""
        self._own.discard(connection)
        was_way = self.connections.forget(connection)
        waited = self._waiting.pop(connection.remote, None) is not None
        if was_way or waited:
            self.lost(connection.remote)

    def lost(self, remote: Address) -> None:
        """Report that there is no way to that address."""
        if self._receiver is not None:
            self._receiver.on_connection_lost(remote)

    def _accept(self) -> StreamConnection:
        return StreamConnection(self, self._wire(None))

    def _complain(self, remote: Address) -> None:
        """Log that there is no room, but not for each of a flood."""
        now = asyncio.get_running_loop().time()
        self._refused += 1
        if now >= self._complain_at:
            self._complain_at = now + _COMPLAIN_EVERY_S
            log.warning("no room for %s: %d connections refused", remote, self._refused)
            self._refused = 0

    async def _open(self, destination: Address) -> None:
        loop = asyncio.get_running_loop()
        local = None if is_wildcard(self._bind.host) else (self._bind.host, 0)
        try:
            if not self.connections.room():
                raise OSError("too many connections")
            async with asyncio.timeout(self.limits.connect):
                transport, _ = await loop.create_connection(
                    lambda: StreamConnection(self, self._wire(destination), destination),
                    destination.host,
                    destination.port,
                    local_addr=local,
                )
            mark(transport.get_extra_info("socket"), self.options.dscp)
        except OSError as error:  # TimeoutError is one
            log.info("no connection to %s: %s", destination, error or "no answer")
            self._waiting.pop(destination, None)
            self.lost(destination)

    def _wire(self, destination: Address | None) -> Wire:
        """What a new connection speaks; `destination` when we open it."""
        wire: Wire = PlainWire()
        if self._bind.websocket:
            # Only here, because most sites have none and the library takes its time.
            from sip.transport.websocket import WebSocketWire

            wire = WebSocketWire(self.options.origins)
        if not self._bind.secure:
            return wire
        assert self.options.tls is not None, "the constructor saw to it"
        if destination is not None:
            return TlsWire(self.options.tls.client, wire, destination.name or destination.host)
        assert self.options.tls.server is not None, "the constructor saw to it"
        return TlsWire(self.options.tls.server, wire, None)
