"""Transports: the only place where `sip` touches sockets. Each one carries whole messages."""

from sip.transport.base import Receiver, SipTransport
from sip.transport.tcp import TcpTransport
from sip.transport.udp import UdpTransport

__all__ = ["Receiver", "SipTransport", "TcpTransport", "UdpTransport"]
