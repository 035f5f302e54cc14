"""A message as Homer takes it: HEP version 3, chunks of vendor 0 (github.com/sipcapture/HEP).

A packet is `HEP3`, its whole length (16 bits), and chunks: vendor, type and length (16 bits each;
the length counts these six bytes too), then the value.
"""

import ipaddress
import struct

from callcenter.trace.record import Captured
from sip.address import split_host_port

_CHUNK = struct.Struct(">HHH")
_SIP = 1
_UDP, _TCP = 17, 6
_AF_INET, _AF_INET6 = 2, 10

FAMILY, PROTOCOL = 1, 2
SOURCE_4, DESTINATION_4, SOURCE_6, DESTINATION_6 = 3, 4, 5, 6
SOURCE_PORT, DESTINATION_PORT = 7, 8
SECONDS, MICROSECONDS = 9, 10
PAYLOAD_TYPE, CAPTURE_ID, KEY, PAYLOAD, CORRELATION = 11, 12, 14, 15, 17

MAX_PACKET = 65_507
"""What UDP carries."""


def packet(message: Captured, correlation: str, capture_id: int, key: str) -> bytes | None:
    """The packet of one message; None when it would not fit into a datagram."""
    source, destination = message.local, message.remote
    if not message.sent:
        source, destination = destination, source
    transport, from_ip, from_port = ends(source)
    _, to_ip, to_port = ends(destination)
    if from_ip.version == 4 and to_ip.version == 4:
        family, from_type, to_type = _AF_INET, SOURCE_4, DESTINATION_4
    else:
        family, from_type, to_type = _AF_INET6, SOURCE_6, DESTINATION_6
        from_ip, to_ip = _as_ipv6(from_ip), _as_ipv6(to_ip)
    seconds, fraction = divmod(message.at, 1)
    chunks = [
        _chunk(FAMILY, bytes([family])),
        _chunk(PROTOCOL, bytes([_UDP if transport == "udp" else _TCP])),
        _chunk(from_type, from_ip.packed),
        _chunk(to_type, to_ip.packed),
        _chunk(SOURCE_PORT, struct.pack(">H", from_port)),
        _chunk(DESTINATION_PORT, struct.pack(">H", to_port)),
        _chunk(SECONDS, struct.pack(">I", int(seconds))),
        _chunk(MICROSECONDS, struct.pack(">I", int(fraction * 1e6))),
        _chunk(PAYLOAD_TYPE, bytes([_SIP])),
        _chunk(CAPTURE_ID, struct.pack(">I", capture_id)),
    ]
    if key:
        chunks.append(_chunk(KEY, key.encode()))
    if correlation:
        chunks.append(_chunk(CORRELATION, correlation.encode("utf-8", "surrogateescape")))
    length = 6 + sum(map(len, chunks)) + _CHUNK.size + len(message.data)
    if length > MAX_PACKET:
        return None
    chunks.append(_chunk(PAYLOAD, message.data))
    return b"HEP3" + struct.pack(">H", length) + b"".join(chunks)


IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def ends(address: str) -> tuple[str, IpAddress, int]:
    """Transport, IP address and port of `udp:127.0.0.1:5060`; what is no IP address is 0.0.0.0."""
    transport, _, rest = address.partition(":")
    try:
        host, port = split_host_port(rest)
        return transport, ipaddress.ip_address(host.partition("%")[0]), port or 0
    except ValueError:
        return transport, ipaddress.IPv4Address(0), 0


def _as_ipv6(address: IpAddress) -> ipaddress.IPv6Address:
    if isinstance(address, ipaddress.IPv6Address):
        return address
    return ipaddress.IPv6Address(f"::ffff:{address}")


def _chunk(kind: int, value: bytes) -> bytes:
    return _CHUNK.pack(0, kind, _CHUNK.size + len(value)) + value
