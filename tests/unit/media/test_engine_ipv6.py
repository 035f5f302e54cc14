"""Voice over IPv6 through the real engine."""

import socket
import struct

import pytest

from media._engine import Engine

_HEADER = struct.pack("!BBHII", 0x80, 8, 7, 0, 9)


@pytest.fixture
def phones() -> "list[socket.socket]":
    """Two on the IPv6 loopback."""
    return [socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(2)]


def test_two_phones_on_ipv6_hear_each_other(phones: list[socket.socket]) -> None:
    engine = Engine("::1", 26_000, 26_999, 0)
    engine.start()
    try:
        ports = [engine.open_port() for _ in phones]
        for phone, (port, _) in zip(phones, ports, strict=True):
            phone.bind(("::1", 0))
            phone.settimeout(30)
            engine.configure_port(port, "::1", phone.getsockname()[1], 8, "PCMA", None)
        engine.hear(ports[1][0], ports[0][0])
        phones[0].sendto(_HEADER + bytes(160), ("::1", ports[0][1]))
        heard, source = phones[1].recvfrom(2048)
        assert heard[12:] == bytes(160)
        assert source[:2] == ("::1", ports[1][1])
        statistics = engine.statistics(ports[0][0])
        assert statistics is not None
        assert statistics.remote == ("::1", phones[0].getsockname()[1])
        with pytest.raises(ValueError, match="cannot be reached"):
            engine.configure_port(ports[0][0], "127.0.0.1", 4000, 8, "PCMA", None)
    finally:
        engine.stop()
        for phone in phones:
            phone.close()
