"""What the transports of one stack have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sip.transport.connections import ConnectionLimits
from sip.transport.tls import TlsContexts

SIGNALLING_CLASS = 24
"""CS3, what phones and switches mark call signalling with."""


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """Shared settings; every value has a sound default."""

    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    tls: TlsContexts | None = None
    """Certificates; without them there is no TLS, neither in nor out."""
    origins: Sequence[str] = ()
    """The web pages that may open a WebSocket; none given, all may."""
    dscp: int = SIGNALLING_CLASS
    """The class of service that our packets ask for (RFC 2474), 0 to 63."""
