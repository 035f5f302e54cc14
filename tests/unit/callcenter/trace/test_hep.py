"""What a Homer collector receives, decoded here by the protocol's own tables."""

import socket
import struct
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from callcenter.trace.hep import packet
from callcenter.trace.record import Captured
from tests.support.trace_rig import CALL, WALL, TraceRig, request, response


def decoded(data: bytes) -> dict[int, bytes]:
    """Chunk type → value."""
    assert data[:4] == b"HEP3"
    assert struct.unpack(">H", data[4:6])[0] == len(data)
    chunks, rest = {}, data[6:]
    while rest:
        vendor, kind, length = struct.unpack(">HHH", rest[:6])
        assert vendor == 0
        assert kind not in chunks
        assert 6 <= length <= len(rest)
        chunks[kind] = rest[6:length]
        rest = rest[length:]
    return chunks


@pytest.fixture
def collector() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        yield receiver


def test_the_collector_gets_every_message_with_its_call(
    tmp_path: Path, collector: socket.socket
) -> None:
    port = collector.getsockname()[1]
    rig = TraceRig(
        tmp_path, capture=False, hep=f"udp:127.0.0.1:{port}", hep_id=2001, hep_key="s3cret"
    )
    rig.now = 2.25
    invite = request("INVITE", "leg-a", 'Authorization: Digest username="1", response="0123abcd"')
    rig.message(invite)
    rig.message(response("100 Trying", "leg-a"), sent=True)
    rig.message(request("OPTIONS", "nobody-s"))
    rig.call(legs=[("leg-a", "trunk carrier")])
    rig.close()

    first, second, third = (decoded(collector.recv(65_535)) for _ in range(3))
    assert first[1] == b"\x02"  # IPv4
    assert first[2] == b"\x11"  # UDP
    assert (str(ip_address(first[3])), str(ip_address(first[4]))) == ("10.0.0.9", "10.0.0.1")
    assert (first[7], first[8]) == (struct.pack(">H", 5060),) * 2
    assert struct.unpack(">I", first[9])[0] == WALL + 2
    assert abs(struct.unpack(">I", first[10])[0] - 250_000) < 10
    assert first[11] == b"\x01"  # SIP
    assert struct.unpack(">I", first[12])[0] == 2001
    assert first[14] == b"s3cret"
    assert first[15] == invite.replace(b"0123abcd", b"********")
    assert first[17] == CALL.encode()
    assert (str(ip_address(second[3])), second[17]) == ("10.0.0.1", CALL.encode())
    assert third[17] == b"nobody-s"
    assert rig.writer.figures()["mirrored"] == 3
    assert not rig.folder.exists()


def test_ipv6_and_tcp_have_their_own_chunks() -> None:
    message = Captured(WALL, True, "tls:[2001:db8::1]:5061", "tls:[2001:db8::2]:40000", b"x")
    data = packet(message, "", 1, "")
    assert data is not None
    chunks = decoded(data)
    assert (chunks[1], chunks[2]) == (b"\x0a", b"\x06")
    assert ip_address(chunks[5]) == ip_address("2001:db8::1")
    assert ip_address(chunks[6]) == ip_address("2001:db8::2")
    assert {3, 4, 14, 17}.isdisjoint(chunks)


def test_what_no_datagram_carries_is_left_out() -> None:
    message = Captured(WALL, True, "tcp:10.0.0.1:5060", "tcp:10.0.0.2:5060", b"x" * 65_500)
    assert packet(message, "", 1, "") is None


def test_a_collector_that_is_away_harms_nobody(tmp_path: Path, collector: socket.socket) -> None:
    port = collector.getsockname()[1]
    collector.close()
    rig = TraceRig(tmp_path, hep=f"udp:127.0.0.1:{port}")
    for _ in range(5):
        rig.message(request("INVITE", "a"))
    rig.close()
    figures = rig.writer.figures()
    assert figures["written"] == 5
    assert figures["mirrored"] + figures["not_mirrored"] == 5
