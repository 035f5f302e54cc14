"""Transports: the only place where `sip` touches sockets. Each one carries whole messages.

`udp` is a socket. `stream` is a listener for everything that has connections: its `connection`s
hand what arrives to a `wire`, plain, TLS or WebSocket, which is sans-I/O, and count in the table of
`connections` that all listeners share.
"""

from sip.transport.base import Receiver, SipTransport
from sip.transport.connections import ConnectionLimits, Connections
from sip.transport.options import TransportOptions
from sip.transport.stream import StreamTransport
from sip.transport.tls import TlsContexts, TlsFiles
from sip.transport.udp import UdpTransport

__all__ = [
    "ConnectionLimits",
    "Connections",
    "Receiver",
    "SipTransport",
    "StreamTransport",
    "TlsContexts",
    "TlsFiles",
    "TransportOptions",
    "UdpTransport",
]
