"""SIP over UDP: one socket, one datagram a message."""

import asyncio
import socket
from typing import Any

from sip.address import Address
from sip.transport.base import Receiver, bound_socket, told
from sip.transport.options import TransportOptions

_RECEIVE_BUFFER = 4 * 1024 * 1024


class UdpTransport(asyncio.DatagramProtocol):
    """A bound UDP socket. `advertised` is the address that peers are told instead."""

    def __init__(
        self,
        address: Address,
        advertised: Address | None = None,
        options: TransportOptions | None = None,
    ) -> None:
        self.local = address
        self._bind = address
        self._advertised = advertised
        self._dscp = (options or TransportOptions()).dscp
        self._receiver: Receiver | None = None
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def ipv6(self) -> bool:
        """Whether it speaks IPv6."""
        return ":" in self._bind.host

    async def start(self, receiver: Receiver) -> None:
        """Bind the socket."""
        loop = asyncio.get_running_loop()
        self._receiver = receiver
        sock = bound_socket(self._bind, socket.SOCK_DGRAM, self._dscp)
        # The kernel gives as much as it allows; a burst of calls has to wait somewhere.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=sock)
        self.local = told(self._bind._replace(port=sock.getsockname()[1]), self._advertised)

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
