"""SIP over WebSocket (RFC 7118), with the websockets library as the browser."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from sip.address import Address
from sip.transport import ConnectionLimits, TlsContexts, TlsFiles, TransportOptions
from sip.transport.websocket import MAX_HANDSHAKE, WebSocketWire
from tests.support.certificates import make_certificate
from tests.support.sip_messages import SDP, request
from tests.support.stream_end import StreamEnd, closed

WS = "ws:127.0.0.1:0"
SIP = [Subprotocol("sip")]


@pytest.fixture
async def end() -> AsyncIterator[StreamEnd]:
    async with StreamEnd(WS) as it:
        yield it


def browser(end: StreamEnd, **how: Any) -> Any:
    scheme = "wss" if end.local.secure else "ws"
    how.setdefault("subprotocols", SIP)
    return connect(f"{scheme}://{end.local.host_port}/", compression=None, proxy=None, **how)


async def test_one_message_is_one_websocket_message(end: StreamEnd) -> None:
    async with browser(end) as client:
        assert client.subprotocol == "sip"
        await client.send(request(body=SDP).decode())
        await client.send(request("BYE"))
        data, source, local = await end.inbox.messages.get()
        assert (data, local) == (request(body=SDP), end.local)
        assert (await end.inbox.messages.get())[:2] == (request("BYE"), source)
        end.transport.send(request("OPTIONS"), source)
        assert await client.recv() == request("OPTIONS").decode()
        end.transport.send(b"\xff\xfe", source)
        assert await client.recv() == b"\xff\xfe"
    assert await end.inbox.lost.get() == source


async def test_wss(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    tls = TlsContexts(TlsFiles(made.chain, made.key))
    trust = ssl.create_default_context(cafile=str(made.chain))
    async with (
        StreamEnd("wss:127.0.0.1:0", TransportOptions(tls=tls)) as end,
        browser(end, ssl=trust) as client,
    ):
        await client.send(request(body=SDP).decode())
        data, source, _ = await end.inbox.messages.get()
        assert (data, source.transport) == (request(body=SDP), "wss")
        end.transport.send(request("OPTIONS"), source)
        assert await client.recv() == request("OPTIONS").decode()


async def test_a_message_in_fragments(end: StreamEnd) -> None:
    async with browser(end) as client:
        whole = request(body=SDP).decode()
        await client.send([whole[:10], "", whole[10:11], whole[11:]])
        assert (await end.inbox.messages.get())[0] == whole.encode()


async def test_keep_alives_are_answered(end: StreamEnd) -> None:
    """Ping frames, and the line ends that JavaScript clients send (RFC 7118 §6, RFC 5626)."""
    async with browser(end) as client:
        await (await client.ping())
        await client.send("\r\n\r\n")
        assert await client.recv() == "\r\n"
        await client.send("\r\n")
        await client.send(request().decode())
        assert (await end.inbox.messages.get())[0] == request()


async def test_the_server_shows_life() -> None:
    often = TransportOptions(limits=ConnectionLimits(keep_alive=0.01))
    pings: asyncio.Queue[Frame] = asyncio.Queue()

    class Listening(ClientConnection):
        def process_event(self, event: Any) -> None:
            if isinstance(event, Frame) and event.opcode is Opcode.PING:
                pings.put_nowait(event)
            super().process_event(event)

    async with StreamEnd(WS, often) as end, browser(end, create_connection=Listening):
        for _ in range(3):
            await pings.get()


@pytest.mark.parametrize("subprotocols", [None, [Subprotocol("xmpp")]])
async def test_who_does_not_speak_sip_is_refused(
    end: StreamEnd, subprotocols: list[Subprotocol] | None
) -> None:
    with pytest.raises(InvalidStatus, match="400"):
        await browser(end, subprotocols=subprotocols)


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [("https://desk.example", True), (None, True), ("https://evil.example", False)],
)
async def test_only_known_pages_may_connect(origin: Any, accepted: bool) -> None:
    known = TransportOptions(origins=["https://desk.example"])
    async with StreamEnd(WS, known) as end:
        if accepted:
            async with browser(end, origin=origin) as client:
                assert client.subprotocol == "sip"
        else:
            with pytest.raises(InvalidStatus, match="403"):
                await browser(end, origin=origin)


async def test_a_message_that_is_too_long_closes_the_websocket(end: StreamEnd) -> None:
    async with browser(end) as client:
        await client.send("x" * 70_000)
        with pytest.raises(ConnectionClosed) as gone:
            await client.recv()
        assert gone.value.rcvd is not None
        assert gone.value.rcvd.code == 1009


async def test_a_web_server_it_is_not(end: StreamEnd) -> None:
    reader, writer = await end.connect()
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert re.match(rb"HTTP/1.1 426 ", await reader.read())


@pytest.mark.parametrize("junk", [request(), b"\0\1\2\r\n\r\n"])
async def test_what_is_no_http_is_closed(end: StreamEnd, junk: bytes) -> None:
    reader, writer = await end.connect()
    writer.write(junk)
    await closed(reader)


async def test_a_handshake_is_bounded_in_size_and_time() -> None:
    quick = TransportOptions(limits=ConnectionLimits(handshake=0.05))
    async with StreamEnd(WS, quick) as end:
        reader, writer = await end.connect()
        writer.write(b"GET / HTTP/1.1\r\nX: ")
        await closed(reader)
        wire = WebSocketWire()
        line = b"X-Filler: " + b"x" * 4000 + b"\r\n"
        wire.feed(b"GET / HTTP/1.1\r\n")
        for _ in range(MAX_HANDSHAKE // len(line) + 1):
            wire.feed(line)
        assert "handshake" in wire.failure


async def test_nobody_can_be_connected_to(end: StreamEnd) -> None:
    nobody = Address("ws", "127.0.0.1", 9)
    end.transport.send(request(), nobody)
    assert await end.inbox.lost.get() == nobody


async def test_at_the_end_clients_are_told_that_we_go(end: StreamEnd) -> None:
    async with browser(end) as client:
        await client.send(request().decode())
        await end.inbox.messages.get()
        await end.transport.stop()
        with pytest.raises(ConnectionClosed) as gone:
            await client.recv()
        assert gone.value.rcvd is not None
        assert gone.value.rcvd.code == 1001


def test_empty_fragments_without_end_keep_nothing() -> None:
    """Frames of no bytes escape any limit of size."""
    wire = WebSocketWire()
    wire.feed(_HELLO)
    wire.output()
    masked = b"\x80\0\0\0\0"
    wire.feed(b"\x01" + masked)
    for _ in range(1000):
        assert wire.feed(b"\x00" + masked) == []
    assert wire._fragments == []
    assert not wire.failure


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_any_split_gives_the_same_messages(size: int) -> None:
    key, body = b"\1\2\3\4", request("OPTIONS")
    masked = bytes(byte ^ key[at % 4] for at, byte in enumerate(body))
    frame = b"\x81" + bytes([0x80 | 126]) + len(body).to_bytes(2, "big") + key + masked
    stream = _HELLO + frame * 3
    wire = WebSocketWire()
    got = [m for at in range(0, len(stream), size) for m in wire.feed(stream[at : at + size])]
    assert got == [body] * 3
    assert not wire.pending


_HELLO = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: sip\r\n\r\n"
)
