"""One stream connection: what the loop tells it goes through its wire and to its transport."""

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from sip.address import Address
from sip.transport.wire import Wire

if TYPE_CHECKING:
    from sip.transport.stream import StreamTransport

log = logging.getLogger("sip")


class StreamConnection(asyncio.Protocol):
    """One connection. `remote` is known in advance for those that we open."""

    def __init__(self, owner: "StreamTransport", wire: Wire, remote: Address | None = None) -> None:
        self.remote = remote or Address(owner.local.transport, "", 0)
        self._owner = owner
        self._wire = wire
        self._stranger = remote is None
        self._transport: asyncio.Transport | None = None
        self._ready = False
        self._proven = remote is not None
        self._since = self._heard_at = self._message_at = self._alive_at = 0.0
        self._check: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """From the loop."""
        self._transport = cast(asyncio.Transport, transport)
        if self._stranger:
            peer = transport.get_extra_info("peername")
            if not peer:  # reset before it was accepted
                self._transport.abort()
                return
            self.remote = Address(self.remote.transport, peer[0], peer[1])
        now = asyncio.get_running_loop().time()
        self._since = self._heard_at = self._message_at = self._alive_at = now
        if not self._owner.made(self, stranger=self._stranger):
            self._transport.abort()
            return
        self._wire.begin()
        self._go_on()
        self._watch()

    def data_received(self, data: bytes) -> None:
        """From the loop."""
        if self._transport is None or self._transport.is_closing():
            return
        wire = self._wire
        self._heard_at = asyncio.get_running_loop().time()
        messages = wire.feed(data)
        if messages and not self._proven:
            self._proven = True
            self._owner.connections.proven(self)
        # Keep-alives prolong a connection that has shown what it is for; they do not make one so.
        if messages or (self._proven and not wire.pending):
            self._message_at = self._heard_at
        self._go_on()
        for message in messages:
            self._owner.deliver(message, self.remote)
        if wire.failure:
            self.close(wire.failure)

    def connection_lost(self, exc: Exception | None) -> None:
        """From the loop."""
        if self._check is not None:
            self._check.cancel()
        self._transport = None
        self._owner.closed(self)

    def send(self, data: bytes) -> None:
        """Write a message; a peer that does not read loses the connection."""
        if self._transport is not None and self._wire.ready:
            self._write(self._wire.frame(data))

    def close(self, reason: str) -> None:
        """Say farewell and close at once."""
        if self._transport is None:
            return
        if self._transport.is_closing():
            self._transport.abort()
            return
        if reason:
            # Strangers may open and break as many as they like; the log is not theirs.
            level = logging.INFO if self._proven else logging.DEBUG
            log.log(level, "connection with %s closed: %s", self.remote, reason)
        farewell = self._wire.farewell()
        if farewell:
            self._transport.write(farewell)
        if self._transport.get_write_buffer_size():
            self._transport.close()
        else:
            self._transport.abort()

    def _go_on(self) -> None:
        """Send what the wire has to say, and report when its handshakes are over."""
        output = self._wire.output()
        if output:
            self._write(output)
        if not self._ready and self._wire.ready:
            self._ready = True
            self._owner.ready(self)

    def _write(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > self._owner.limits.unsent_bytes:
            self._transport.abort()

    def _watch(self) -> None:
        """Close what has been idle or unfinished too long, else look again at that time."""
        if self._transport is None:
            return
        loop = asyncio.get_running_loop()
        now, limits = loop.time(), self._owner.limits
        until, reason = self._heard_at + limits.idle, "idle"
        if not self._ready:
            until, reason = self._since + limits.handshake, "no handshake"
        elif self._wire.pending or not self._proven:
            until, reason = self._message_at + limits.incomplete, "no whole message"
        if until <= now:
            self.close(reason)
            return
        again = min(until, now + limits.incomplete, self._show_life(now))
        self._check = loop.call_at(again, self._watch)

    def _show_life(self, now: float) -> float:
        """Send a ping where it is ours to do so and it is time; returns when it will be."""
        interval = self._owner.limits.keep_alive
        if not self._ready or (self._stranger and not self.remote.websocket):
            return now + interval
        if self._alive_at + interval <= now and self._wire.ready:
            self._alive_at = now
            self._write(self._wire.ping())
        return max(self._alive_at, now) + interval
