"""SIP over TCP: one listening socket, connections both ways, each reused while it lasts.

A connection is named by its remote address. What is sent to an address without a connection opens
one; meanwhile a bounded number of messages waits. Everything a stranger can hold is bounded:
connections, the time without a whole message, the unsent bytes.
"""

import asyncio
from dataclasses import dataclass
from typing import cast

from sip.address import Address
from sip.transport.base import Receiver, bind_error, reachable_host
from sip.transport.framing import PONG, FramingError, StreamFramer


@dataclass(frozen=True, slots=True)
class TcpLimits:
    """What connections may cost; times in seconds."""

    connections: int = 2000
    idle: float = 3600.0
    """A connection without any data for that long is closed."""
    incomplete: float = 30.0
    """So is one whose message stays unfinished, or that never sends one, for that long."""
    connect: float = 10.0
    unsent_bytes: int = 1_048_576
    waiting_messages: int = 64
    """Messages that may wait for a connection being opened."""


class TcpTransport:
    """A listening TCP socket and its connections."""

    def __init__(
        self, address: Address, advertised: str | None = None, limits: TcpLimits | None = None
    ) -> None:
        self.local = address
        self.limits = limits or TcpLimits()
        self._bind = address
        self._advertised = advertised
        self._receiver: Receiver | None = None
        self._server: asyncio.Server | None = None
        self._connections: dict[Address, _Connection] = {}
        self._waiting: dict[Address, list[bytes]] = {}
        self._opening: set[asyncio.Task[None]] = set()

    async def start(self, receiver: Receiver) -> None:
        """Listen."""
        self._receiver = receiver
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _Connection(self), self._bind.host, self._bind.port
            )
        except OSError as error:
            raise bind_error(self._bind, error) from error
        host, port = self._server.sockets[0].getsockname()[:2]
        self.local = Address("tcp", self._advertised or reachable_host(host), port)

    def send(self, data: bytes, destination: Address) -> None:
        """Send on the connection to there, opening it when there is none."""
        connection = self._connections.get(destination)
        if connection is not None:
            connection.send(data)
        elif destination in self._waiting:
            if len(self._waiting[destination]) < self.limits.waiting_messages:
                self._waiting[destination].append(data)
        elif self._receiver is not None:
            self._waiting[destination] = [data]
            task = asyncio.get_running_loop().create_task(self._open(destination))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        self._receiver = None
        for task in list(self._opening):
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        for connection in list(self._connections.values()):
            connection.close()
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await asyncio.sleep(0)  # lets the loop close the sockets

    async def _open(self, destination: Address) -> None:
        loop = asyncio.get_running_loop()
        try:
            if len(self._connections) >= self.limits.connections:
                raise OSError("too many connections")
            async with asyncio.timeout(self.limits.connect):
                await loop.create_connection(
                    lambda: _Connection(self, destination), destination.host, destination.port
                )
        except OSError:  # TimeoutError is one
            self._waiting.pop(destination, None)
            self.lost(destination)

    def opened(self, connection: "_Connection") -> bool:
        """A connection is up; False when there is no room for it."""
        if self._receiver is None or len(self._connections) >= self.limits.connections:
            return False
        self._connections[connection.remote] = connection
        for data in self._waiting.pop(connection.remote, ()):
            connection.send(data)
        return True

    def deliver(self, data: bytes, source: Address) -> None:
        """A whole message came in."""
        if self._receiver is not None:
            self._receiver.on_message(data, source, self.local)

    def closed(self, connection: "_Connection") -> None:
        """A connection is gone."""
        if self._connections.get(connection.remote) is connection:
            del self._connections[connection.remote]
            self.lost(connection.remote)

    def lost(self, remote: Address) -> None:
        """Report that there is no way to that address."""
        if self._receiver is not None:
            self._receiver.on_connection_lost(remote)


class _Connection(asyncio.Protocol):
    """One connection. `remote` is known in advance for those that we open."""

    def __init__(self, owner: TcpTransport, remote: Address | None = None) -> None:
        self.remote = remote or Address("tcp", "", 0)
        self._owner = owner
        self._framer = StreamFramer()
        self._transport: asyncio.Transport | None = None
        self._heard_at = 0.0
        self._message_at = 0.0
        self._complete = remote is not None
        self._check: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """From the loop."""
        self._transport = cast(asyncio.Transport, transport)
        if not self.remote.host:
            peer = transport.get_extra_info("peername")
            if peer is None:  # reset before it was accepted
                self._transport.abort()
                return
            self.remote = Address("tcp", peer[0], peer[1])
        self._heard_at = self._message_at = asyncio.get_running_loop().time()
        self._watch()
        if not self._owner.opened(self):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """From the loop."""
        self._heard_at = asyncio.get_running_loop().time()
        try:
            messages = self._framer.feed(data)
        except FramingError:
            self.close()
            return
        if messages:
            self._complete = True
        # Line ends keep a connection alive that has shown what it is for; they do not make one so.
        if messages or (self._complete and not self._framer.pending):
            self._message_at = self._heard_at
        while self._framer.pings:
            self._framer.pings -= 1
            self.send(PONG)
        for message in messages:
            self._owner.deliver(message, self.remote)

    def connection_lost(self, exc: Exception | None) -> None:
        """From the loop."""
        if self._check is not None:
            self._check.cancel()
        self._transport = None
        self._owner.closed(self)

    def send(self, data: bytes) -> None:
        """Write; a peer that does not read loses the connection."""
        if self._transport is None:
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > self._owner.limits.unsent_bytes:
            self._transport.abort()

    def close(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        """Close what has been idle or unfinished too long, else look again at that time."""
        loop = asyncio.get_running_loop()
        limits = self._owner.limits
        until = self._heard_at + limits.idle
        if self._framer.pending or not self._complete:
            until = min(until, self._message_at + limits.incomplete)
        if until <= loop.time():
            self.close()
            return
        again = min(until, loop.time() + limits.incomplete)
        self._check = loop.call_at(again, self._watch)
