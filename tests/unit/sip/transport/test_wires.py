"""No bytes of a stranger may do more to a wire than end it."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.transport import TlsContexts, TlsFiles
from sip.transport.websocket import WebSocketWire
from sip.transport.wire import PlainWire, TlsWire, Wire
from tests.support.certificates import make_certificate
from tests.support.sip_messages import request

HELLO = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: sip\r\n\r\n"
)
FRAME = b"\x81\x84\0\0\0\0\r\n\r\n"
BEGINNINGS = (b"", HELLO, HELLO + FRAME, b"\x16\x03\x01\x02\x00\x01\x00", request(), b"\r\n\r\n")


@cache
def contexts() -> TlsContexts:
    made = make_certificate(Path(mkdtemp()))
    return TlsContexts(TlsFiles(made.chain, made.key))


def tls(inner: Wire) -> Wire:
    context = contexts().server
    assert context is not None
    return TlsWire(context, inner, None)


WIRES: dict[str, Callable[[], Wire]] = {
    "tcp": PlainWire,
    "tls": lambda: tls(PlainWire()),
    "ws": WebSocketWire,
    "wss": lambda: tls(WebSocketWire()),
}


@pytest.mark.parametrize("kind", WIRES)
@settings(deadline=None)  # the machine may be busy
@given(st.sampled_from(BEGINNINGS), st.lists(st.binary(max_size=300), max_size=8))
def test_any_bytes_are_messages_or_a_failure(
    kind: str, beginning: bytes, pieces: list[bytes]
) -> None:
    wire = WIRES[kind]()
    wire.begin()
    for piece in (beginning, *pieces):
        if wire.failure:
            break
        for message in wire.feed(piece):
            assert len(message) <= 65_536
        wire.output()
        if wire.ready and not wire.failure:
            wire.frame(b"OPTIONS sip:a SIP/2.0\r\n\r\n")
            wire.ping()
    wire.farewell()
    wire.output()


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"\x81\x04\r\n\r\n", "masking"),  # not masked
        (b"\x83\x80\0\0\0\0", "opcode"),
        (b"\x88\x82\0\0\0\0\x03\xe8", "closed"),
        (b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0", ""),
    ],
)
def test_frames_that_end_a_websocket(frame: bytes, reason: str) -> None:
    wire = WebSocketWire()
    wire.feed(HELLO)
    wire.output()
    assert wire.ready
    wire.feed(frame)
    assert wire.failure
    assert reason in wire.failure
    assert wire.output()[:1] == b"\x88", "the other side is told"
    assert not wire.ready
