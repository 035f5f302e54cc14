"""A capture file as libpcap describes it, with checksums that add up."""

import struct
from ipaddress import ip_address

import pytest

from callcenter.trace.pcap import pcap
from callcenter.trace.record import Captured

V4 = ("10.0.0.1", "10.0.0.9")
V6 = ("[2001:db8::1]", "[2001:db8::9]")


def packets(*messages: Captured) -> list[tuple[float, bytes]]:
    data = b"".join(pcap(messages))
    magic, major, minor, _, _, _, link = struct.unpack("<IHHiIII", data[:24])
    assert (magic, major, minor, link) == (0xA1B2C3D4, 2, 4, 101)
    found, data = [], data[24:]
    while data:
        seconds, micros, kept, whole = struct.unpack("<IIII", data[:16])
        assert kept == whole
        found.append((seconds + micros / 1e6, data[16 : 16 + kept]))
        data = data[16 + kept :]
    return found


def total(data: bytes) -> int:
    """One's complement sum; all ones when a checksum in it is right."""
    data += b"\0" * (len(data) % 2)
    result: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while result > 0xFFFF:
        result = (result & 0xFFFF) + (result >> 16)
    return result


@pytest.mark.parametrize("transport", ["udp", "tcp", "wss"])
@pytest.mark.parametrize("hosts", [V4, V6])
@pytest.mark.parametrize("data", [b"INVITE", b"odd", b""])
def test_addresses_ports_times_and_checksums(
    transport: str, hosts: tuple[str, str], data: bytes
) -> None:
    local, remote = (
        f"{transport}:{host}:{port}" for host, port in zip(hosts, (5060, 40_000), strict=True)
    )
    [(at, packet)] = packets(Captured(1234.5, False, local, remote, data))
    assert at == 1234.5
    protocol = 17 if transport == "udp" else 6
    if hosts is V4:
        assert total(packet[:20]) == 0xFFFF
        source, target, segment = packet[12:16], packet[16:20], packet[20:]
        assert (packet[9], struct.unpack(">H", packet[2:4])[0]) == (protocol, len(packet))
    else:
        source, target, segment = packet[8:24], packet[24:40], packet[40:]
        assert packet[6] == protocol
    assert str(ip_address(source)) == hosts[1].strip("[]")
    assert str(ip_address(target)) == hosts[0].strip("[]")
    assert struct.unpack(">HH", segment[:4]) == (40_000, 5060)
    assert segment.endswith(data)
    pseudo = source + target + struct.pack(">II", len(segment), protocol)
    assert total(pseudo + segment) == 0xFFFF


def test_a_long_message_is_cut_and_numbered_as_tcp_does() -> None:
    message = Captured(1.0, True, "tcp:10.0.0.1:5060", "tcp:10.0.0.9:5060", b"x" * 65_000)
    first, second = (packet for _, packet in packets(message))
    numbers = [struct.unpack(">I", packet[24:28])[0] for packet in (first, second)]
    assert numbers[1] - numbers[0] == len(first) - 40 == 60_000
    assert len(second) - 40 == 5_000


def test_a_host_that_is_no_address_does_not_stop_the_export() -> None:
    [(_, packet)] = packets(Captured(1.0, True, "udp:pbx.example:5060", "udp:10.0.0.9:5060", b"x"))
    assert packet[12:16] == bytes(4)
