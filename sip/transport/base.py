"""What the stack asks of a transport, and what it offers to one."""

import os
import socket
from typing import Protocol

from sip.address import Address


class Receiver(Protocol):
    """The stack, as transports see it."""

    def on_message(self, data: bytes, source: Address, local: Address) -> None:
        """One datagram or one framed message."""

    def admits(self, source: Address) -> bool:
        """Whether somebody may connect from there."""

    def is_known(self, host: str) -> bool:
        """Whether somebody there is known, so that they go first in a crowd."""

    def on_behind(self, seconds: float) -> None:
        """For so long no turn has been enough to read what arrives; 0 when it was again."""

    def on_connection_lost(self, source: Address) -> None:
        """A connection closed, or could not be opened."""


class SipTransport(Protocol):
    """One listening address."""

    @property
    def local(self) -> Address:
        """The address that peers reach us at; its port is known after `start`."""

    @property
    def ipv6(self) -> bool:
        """Which IP version it speaks."""

    async def start(self, receiver: Receiver) -> None:
        """Bind. Raises OSError whose text names the address."""

    def send(self, data: bytes, destination: Address) -> None:
        """Send now if possible. Never raises; what cannot be sent is lost or reported later."""

    def withdraw(self, data: bytes, destination: Address) -> None:
        """Do not send what was to be sent, if it still waits for its connection."""

    async def stop(self) -> None:
        """Close everything. Nothing is reported any more."""


def is_wildcard(host: str) -> bool:
    """Whether it stands for all addresses of the machine."""
    return host in ("0.0.0.0", "::")


def reachable_host(host: str) -> str:
    """The host that peers can use: for a wildcard, the address of the default route."""
    if not is_wildcard(host):
        return host
    family, probe = (
        (socket.AF_INET, "192.0.2.1") if host == "0.0.0.0" else (socket.AF_INET6, "2001:db8::1")
    )
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((probe, 9))  # a UDP connect only looks up the route, it sends nothing
        except OSError:
            return "127.0.0.1" if host == "0.0.0.0" else "::1"
        return str(sock.getsockname()[0])


def bound_socket(address: Address, kind: socket.SocketKind, dscp: int) -> socket.socket:
    """A socket bound to there and nowhere else, marked. Raises `bind_error`.

    Bound here, because uvloop does not say why it could not.
    """
    ipv6 = ":" in address.host
    sock = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, kind)
    try:
        if ipv6:  # or "::" would take IPv4's port as well
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mark(sock, dscp)
        sock.bind((address.host, address.port))
    except OSError as error:
        sock.close()
        raise bind_error(address, error) from error
    sock.setblocking(False)
    return sock


def mark(sock: socket.socket, dscp: int) -> None:
    """Set the class of service of what leaves there (RFC 2474); accepted sockets inherit it."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, dscp << 2)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)


def told(address: Address, advertised: Address | None) -> Address:
    """What peers are told: `advertised`, with the port really bound if it has none."""
    if advertised is None:
        return address._replace(host=reachable_host(address.host))
    return advertised._replace(port=advertised.port or address.port)


def bind_error(address: Address, error: OSError) -> OSError:
    """The same error with a text that says which address."""
    # The loops' own texts name the address once more, as a pair.
    reason = os.strerror(error.errno) if error.errno else str(error)
    return OSError(error.errno, f"cannot listen on {address}: {reason}")
