"""SIP over UDP: one socket, one datagram a message."""

import asyncio
import socket
from typing import Any

from sip.address import Address
from sip.transport.base import Receiver, bind_error, reachable_host

_RECEIVE_BUFFER = 4 * 1024 * 1024


class UdpTransport(asyncio.DatagramProtocol):
    """A bound UDP socket. `advertised` is the host that peers are told, when it differs."""

    def __init__(self, address: Address, advertised: str | None = None) -> None:
        self.local = address
        self._bind = address
        self._advertised = advertised
        self._receiver: Receiver | None = None
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, receiver: Receiver) -> None:
        """Bind the socket."""
        loop = asyncio.get_running_loop()
        self._receiver = receiver
        transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=self._bound())
        self._transport = transport
        host, port = transport.get_extra_info("sockname")[:2]
        self.local = Address("udp", self._advertised or reachable_host(host), port)

    def _bound(self) -> socket.socket:
        """Bound here, because uvloop does not say why it could not."""
        family = socket.AF_INET6 if ":" in self._bind.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.bind((self._bind.host, self._bind.port))
        except OSError as error:
            sock.close()
            raise bind_error(self._bind, error) from error
        sock.setblocking(False)
        # The kernel gives as much as it allows; a burst of calls has to wait somewhere.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        return sock

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """From the loop."""
        if self._receiver is not None:
            self._receiver.on_message(data, Address("udp", addr[0], addr[1]), self.local)

    def error_received(self, exc: Exception) -> None:
        """An ICMP error names no peer; the transaction's timer finds out."""

    def send(self, data: bytes, destination: Address) -> None:
        """Send a datagram."""
        if self._transport is not None:
            try:
                self._transport.sendto(data, (destination.host, destination.port))
            except (OSError, ValueError):
                return  # unroutable or not an address: for UDP that is a lost datagram

    async def stop(self) -> None:
        """Close the socket."""
        self._receiver = None
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
            await asyncio.sleep(0)  # lets the loop close the socket
