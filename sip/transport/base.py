"""What the stack asks of a transport, and what it offers to one."""

import os
import socket
from typing import Protocol

from sip.address import Address


class Receiver(Protocol):
    """The stack, as transports see it."""

    def on_message(self, data: bytes, source: Address, local: Address) -> None:
        """One datagram or one framed message."""

    def on_connection_lost(self, source: Address) -> None:
        """A connection closed, or could not be opened."""


class SipTransport(Protocol):
    """One listening address."""

    @property
    def local(self) -> Address:
        """The address that peers reach us at; its port is known after `start`."""

    async def start(self, receiver: Receiver) -> None:
        """Bind. Raises OSError whose text names the address."""

    def send(self, data: bytes, destination: Address) -> None:
        """Send now if possible. Never raises; what cannot be sent is lost or reported later."""

    async def stop(self) -> None:
        """Close everything. Nothing is reported any more."""


def reachable_host(host: str) -> str:
    """The host that peers can use: for a wildcard, the address of the default route."""
    if host not in ("0.0.0.0", "::"):
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


def bind_error(address: Address, error: OSError) -> OSError:
    """The same error with a text that says which address."""
    # The loops' own texts name the address once more, as a pair.
    reason = os.strerror(error.errno) if error.errno else str(error)
    return OSError(error.errno, f"cannot listen on {address}: {reason}")
