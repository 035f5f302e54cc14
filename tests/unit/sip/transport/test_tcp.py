import asyncio
import contextlib
from collections.abc import AsyncIterator
from unittest import mock

import pytest

from sip.address import Address
from sip.transport.tcp import TcpLimits, TcpTransport, _Connection
from tests.support.sip_messages import SDP, request

ANY = Address("tcp", "127.0.0.1", 0)


class Inbox:
    """A receiver that hands out what arrives."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[tuple[bytes, Address, Address]] = asyncio.Queue()
        self.lost: asyncio.Queue[Address] = asyncio.Queue()

    def on_message(self, data: bytes, source: Address, local: Address) -> None:
        self.messages.put_nowait((data, source, local))

    def on_connection_lost(self, source: Address) -> None:
        self.lost.put_nowait(source)


class End:
    """A started transport with its inbox."""

    def __init__(self, limits: TcpLimits | None = None) -> None:
        self.inbox = Inbox()
        self.transport = TcpTransport(ANY, limits=limits)
        self._clients: list[asyncio.StreamWriter] = []

    async def start(self) -> "End":
        await self.transport.start(self.inbox)
        return self

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        local = self.transport.local
        reader, writer = await asyncio.open_connection(local.host, local.port)
        self._clients.append(writer)
        return reader, writer

    async def stop(self) -> None:
        for writer in self._clients:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        await self.transport.stop()


async def closed(reader: asyncio.StreamReader) -> None:
    """Wait for the other side to close without having sent anything."""
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read(1) == b""


@pytest.fixture
async def end() -> AsyncIterator[End]:
    it = await End(TcpLimits(connections=2, incomplete=0.05, idle=10.0, unsent_bytes=1000)).start()
    yield it
    await it.stop()


async def test_a_connection_is_opened_once_and_used_both_ways(end: End) -> None:
    other = await End().start()
    invite, answer = request(body=SDP), request("OPTIONS")
    end.transport.send(invite, other.transport.local)
    end.transport.send(invite, other.transport.local)
    data, source, local = await other.inbox.messages.get()
    assert (data, local) == (invite, other.transport.local)
    assert await other.inbox.messages.get() == (invite, source, local)
    other.transport.send(answer, source)
    assert await end.inbox.messages.get() == (answer, other.transport.local, end.transport.local)
    await other.transport.stop()
    assert await end.inbox.lost.get() == other.transport.local


async def test_a_connection_that_cannot_be_opened_is_reported(end: End) -> None:
    closed = await End().start()
    nowhere = closed.transport.local
    await closed.transport.stop()
    end.transport.send(b"x", nowhere)
    assert await end.inbox.lost.get() == nowhere


async def test_a_ping_is_answered_with_a_pong(end: End) -> None:
    reader, writer = await end.connect()
    writer.write(b"\r\n\r\n")
    assert await reader.readexactly(2) == b"\r\n"


async def test_a_stream_that_cannot_be_followed_is_closed(end: End) -> None:
    reader, writer = await end.connect()
    writer.write(b"INVITE sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n")
    await closed(reader)


@pytest.mark.parametrize("beginning", [b"", b"\r\n", b"INVITE sip:a SI"])
async def test_a_message_that_never_comes_closes_the_connection(end: End, beginning: bytes) -> None:
    reader, writer = await end.connect()
    writer.write(beginning)
    await closed(reader)


async def test_connections_are_bounded(end: End) -> None:
    for _ in range(2):
        _, writer = await end.connect()
        writer.write(request("OPTIONS"))
        await end.inbox.messages.get()
    reader, _ = await end.connect()
    await closed(reader)


async def test_a_connection_that_was_reset_before_it_was_accepted_is_let_go(end: End) -> None:
    gone = mock.create_autospec(asyncio.Transport, instance=True)
    gone.get_extra_info.return_value = None
    _Connection(end.transport).connection_made(gone)
    gone.abort.assert_called_once_with()


async def test_a_peer_that_does_not_read_is_dropped(end: End) -> None:
    _, writer = await end.connect()
    writer.write(request("OPTIONS"))
    _, source, _ = await end.inbox.messages.get()
    for _ in range(100):
        end.transport.send(bytes(1_000_000), source)
    assert await end.inbox.lost.get() == source


async def test_a_port_in_use_is_named(end: End) -> None:
    with pytest.raises(OSError, match=f"cannot listen on {end.transport.local}: Address already"):
        await TcpTransport(end.transport.local).start(Inbox())
