"""Captured messages as a pcap file that Wireshark reads as SIP.

What came encrypted stands there in clear, as TCP. TCP segments are made up as far as the numbering
goes; addresses, ports and times are the real ones. libpcap's file format, version 2.4; link type
RAW (101): packets begin with their IP header.
"""

import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

from callcenter.trace.hep import IpAddress, ends
from callcenter.trace.record import Captured

_FILE = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 101)
_SEGMENT = 60_000
"""Bytes of a message in one packet; a longer one is cut as TCP would."""
_UDP, _TCP = 17, 6
_PUSH_ACK = 0x18


def pcap(messages: Iterable[Captured]) -> Iterator[bytes]:
    """The pieces of the file."""
    yield _FILE
    numbering: dict[tuple[str, str], int] = {}
    for message in messages:
        source, target = message.local, message.remote
        if not message.sent:
            source, target = target, source
        seconds, fraction = divmod(message.at, 1)
        for start in range(0, len(message.data) or 1, _SEGMENT):
            packet = _packet(source, target, message.data[start : start + _SEGMENT], numbering)
            size = len(packet)
            yield struct.pack("<IIII", int(seconds), int(fraction * 1e6), size, size) + packet


def _packet(source: str, target: str, data: bytes, numbering: dict[tuple[str, str], int]) -> bytes:
    transport, from_ip, from_port = ends(source)
    _, to_ip, to_port = ends(target)
    if transport == "udp":
        protocol = _UDP
        segment = struct.pack(">HHHH", from_port, to_port, 8 + len(data), 0) + data
        checksum_at = 6
    else:
        protocol = _TCP
        number = numbering.get((source, target), 1)
        answered = numbering.get((target, source), 1)
        numbering[(source, target)] = (number + len(data)) & 0xFFFF_FFFF
        head = struct.pack(
            ">HHIIBBHHH", from_port, to_port, number, answered, 5 << 4, _PUSH_ACK, 65_535, 0, 0
        )
        segment = head + data
        checksum_at = 16
    return _ip(from_ip, to_ip, protocol, segment, checksum_at)


def _ip(
    source: IpAddress, target: IpAddress, protocol: int, segment: bytes, checksum_at: int
) -> bytes:
    """The segment with its checksum behind an IP header; of two versions the newer."""
    if isinstance(source, IPv4Address) and isinstance(target, IPv4Address):
        head = struct.pack(
            ">BBHHHBBH4s4s",
            0x45, 0, 20 + len(segment), 0, 0x4000, 64, protocol, 0, source.packed, target.packed,
        )  # fmt: skip
        head = head[:10] + struct.pack(">H", _checksum(head)) + head[12:]
        pseudo = source.packed + target.packed + struct.pack(">BBH", 0, protocol, len(segment))
    else:
        ends_6 = _ipv6(source).packed + _ipv6(target).packed
        head = struct.pack(">IHBB", 6 << 28, len(segment), protocol, 64) + ends_6
        pseudo = ends_6 + struct.pack(">II", len(segment), protocol)
    checksum = struct.pack(">H", _checksum(pseudo + segment) or 0xFFFF)
    return head + segment[:checksum_at] + checksum + segment[checksum_at + 2 :]


def _ipv6(address: IpAddress) -> IPv6Address:
    return address if isinstance(address, IPv6Address) else IPv6Address(f"::ffff:{address}")


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
