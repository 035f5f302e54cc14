"""SIP over UDP: one socket, one datagram a message."""

import socket
from functools import lru_cache

from sip.address import Address
from sip.transport.base import Receiver, bound_socket, told
from sip.transport.options import TransportOptions
from sip.transport.udp_reader import UdpReader

_RECEIVE_BUFFER = 4 * 1024 * 1024


class UdpTransport:
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
        self._sock: socket.socket | None = None
        self._reader: UdpReader | None = None

    @property
    def ipv6(self) -> bool:
        """Whether it speaks IPv6."""
        return ":" in self._bind.host

    async def start(self, receiver: Receiver) -> None:
        """Bind the socket."""
        self._receiver = receiver
        sock = bound_socket(self._bind, socket.SOCK_DGRAM, self._dscp)
        # The kernel gives as much as it allows; a burst of calls has to wait somewhere.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        sock.setblocking(False)
        self._sock = sock
        self._reader = UdpReader(sock, self._received, receiver.is_known, receiver.on_behind)
        self.local = told(self._bind._replace(port=sock.getsockname()[1]), self._advertised)

    def _received(self, data: bytes, host: str, port: int) -> None:
        if self._receiver is not None:
            self._receiver.on_message(data, _source(host, port), self.local)

    def send(self, data: bytes, destination: Address) -> None:
        """Send a datagram."""
        # A name would be looked up here and now, and the loop would wait for it.
        if self._sock is not None and _is_literal(destination.host):
            try:
                self._sock.sendto(data, (destination.host, destination.port))
            except (OSError, ValueError, OverflowError):
                return  # unroutable, too long or no room: for UDP that is a lost datagram

    def withdraw(self, data: bytes, destination: Address) -> None:
        """A datagram never waits."""

    async def stop(self) -> None:
        """Close the socket."""
        self._receiver = None
        sock, self._sock = self._sock, None
        if sock is not None and self._reader is not None:
            self._reader.stop()
            sock.close()


@lru_cache(maxsize=1024)  # carriers and phones speak from the same few addresses all day
def _source(host: str, port: int) -> Address:
    return Address("udp", host, port)


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
