"""What all streams have in common, seen on TCP; TLS and WebSockets have files of their own."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from unittest import mock

import pytest

from sip.address import Address
from sip.transport import ConnectionLimits, StreamTransport, TransportOptions
from sip.transport.connection import StreamConnection
from sip.transport.wire import PlainWire
from tests.support.sip_messages import SDP, request
from tests.support.stream_end import Inbox, StreamEnd, closed

LIMITS = ConnectionLimits(connections=2, incomplete=0.05, idle=10.0, unsent_bytes=1000)


@pytest.fixture
async def end() -> AsyncIterator[StreamEnd]:
    async with StreamEnd(options=TransportOptions(limits=LIMITS)) as it:
        yield it


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_a_connection_is_opened_once_and_used_both_ways(host: str) -> None:
    invite, answer = request(body=SDP), request("OPTIONS")
    async with StreamEnd(f"tcp:{host}:0") as end:
        async with StreamEnd(f"tcp:{host}:0") as other:
            end.transport.send(invite, other.local)
            end.transport.send(invite, other.local)
            data, source, local = await other.inbox.messages.get()
            assert (data, local) == (invite, other.local)
            assert await other.inbox.messages.get() == (invite, source, local)
            other.transport.send(answer, source)
            assert await end.inbox.messages.get() == (answer, other.local, end.local)
        assert await end.inbox.lost.get() == other.local


async def test_a_connection_that_cannot_be_opened_is_reported(end: StreamEnd) -> None:
    async with StreamEnd() as gone:
        nowhere = gone.local
    end.transport.send(b"x", nowhere)
    assert await end.inbox.lost.get() == nowhere


async def test_what_is_withdrawn_before_there_is_a_connection_is_not_sent(end: StreamEnd) -> None:
    async with StreamEnd() as other:
        for data in (request(), request("OPTIONS")):
            end.transport.send(data, other.local)
        end.transport.withdraw(request(), other.local)
        end.transport.withdraw(request("BYE"), other.local)  # never was
        assert (await other.inbox.messages.get())[0] == request("OPTIONS")
        end.transport.withdraw(request("OPTIONS"), other.local)  # too late


async def test_a_ping_is_answered_with_a_pong(end: StreamEnd) -> None:
    reader, writer = await end.connect()
    writer.write(b"\r\n\r\n")
    assert await reader.readexactly(2) == b"\r\n"


async def test_a_connection_of_ours_shows_life_and_takes_the_pong() -> None:
    """RFC 5626 §4.4.1, the client's side."""
    often = TransportOptions(limits=ConnectionLimits(keep_alive=0.01))
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        for _ in range(3):
            heard.put_nowait(await reader.readexactly(4))
            writer.write(b"\r\n")
        writer.write(request("OPTIONS"))
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        writer.close()
        over.set()

    over = asyncio.Event()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with StreamEnd(options=often) as end:
        end.transport.send(b"x", Address("tcp", "127.0.0.1", port))
        assert [await heard.get() for _ in range(3)] == [b"\r\n\r\n"] * 3
        data, _, _ = await end.inbox.messages.get()
        assert data == request("OPTIONS")
    await over.wait()
    server.close()
    await server.wait_closed()


async def test_messages_arrive_whole_byte_by_byte() -> None:
    async with StreamEnd() as end:
        _, writer = await end.connect()
        stream = request(body=SDP) + b"\r\n\r\n" + request("BYE")
        for at in range(len(stream)):
            writer.write(stream[at : at + 1])
            await writer.drain()
        assert (await end.inbox.messages.get())[0] == request(body=SDP)
        assert (await end.inbox.messages.get())[0] == request("BYE")


async def test_a_stream_that_cannot_be_followed_is_closed(end: StreamEnd) -> None:
    reader, writer = await end.connect()
    writer.write(b"INVITE sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n")
    await closed(reader)


@pytest.mark.parametrize("beginning", [b"", b"\r\n", b"INVITE sip:a SI"])
async def test_a_message_that_never_comes_closes_the_connection(
    end: StreamEnd, beginning: bytes
) -> None:
    reader, writer = await end.connect()
    writer.write(beginning)
    await closed(reader)


@pytest.mark.parametrize("strangers", [set(), {"127.0.0.1"}])
async def test_connections_that_were_used_keep_newcomers_out_unless_they_are_strangers(
    end: StreamEnd, strangers: set[str]
) -> None:
    end.inbox.strangers |= strangers
    readers = []
    for _ in range(3):
        reader, writer = await end.connect()
        readers.append(reader)
        if len(readers) < 3 or strangers:
            writer.write(request("OPTIONS"))
            await end.inbox.messages.get()
    await closed(readers[0 if strangers else 2])


async def test_a_flood_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    narrow = TransportOptions(limits=ConnectionLimits(per_host=1))
    async with StreamEnd(options=narrow) as end:
        await end.connect()
        for _ in range(5):
            await closed((await end.connect())[0])
    [told] = [text for text in caplog.messages if "no room" in text]
    assert told.startswith("no room for tcp:127.0.0.1:")


async def test_the_unwelcome_are_not_let_in(end: StreamEnd) -> None:
    end.inbox.unwelcome.add("127.0.0.1")
    reader, _ = await end.connect()
    await closed(reader)
    assert len(end.transport.connections) == 0


async def test_a_connection_that_was_reset_before_it_was_accepted_is_let_go(end: StreamEnd) -> None:
    gone = mock.create_autospec(asyncio.Transport, instance=True)
    gone.get_extra_info.return_value = None
    StreamConnection(end.transport, PlainWire()).connection_made(gone)
    gone.abort.assert_called_once_with()


async def test_a_peer_that_does_not_read_is_dropped(end: StreamEnd) -> None:
    _, writer = await end.connect()
    writer.write(request("OPTIONS"))
    _, source, _ = await end.inbox.messages.get()
    for _ in range(100):
        end.transport.send(bytes(1_000_000), source)
    assert await end.inbox.lost.get() == source


async def test_a_port_in_use_is_named(end: StreamEnd) -> None:
    with pytest.raises(OSError, match=f"cannot listen on {end.local}: Address already"):
        await StreamTransport(end.local).start(Inbox())


@pytest.mark.parametrize(
    ("host", "option"),
    [
        ("127.0.0.1", (socket.IPPROTO_IP, socket.IP_TOS)),
        ("[::1]", (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)),
    ],
)
async def test_both_ends_of_a_connection_are_marked(host: str, option: tuple[int, int]) -> None:
    """RFC 2474 §3: the class is the upper six bits of the byte."""
    marked = TransportOptions(dscp=46)
    async with (
        StreamEnd(f"tcp:{host}:0", marked) as end,
        StreamEnd(f"tcp:{host}:0", marked) as other,
    ):
        end.transport.send(request(), other.local)
        await other.inbox.messages.get()
        for side in (end, other):
            (connection,) = side.transport._own
            assert connection._transport is not None
            sock = connection._transport.get_extra_info("socket")
            assert sock.getsockopt(*option) == 46 << 2


async def test_a_connection_leaves_from_the_address_that_is_listened_on() -> None:
    async with StreamEnd("tcp:127.0.0.3:0") as end, StreamEnd() as other:
        end.transport.send(request(), other.local)
        assert (await other.inbox.messages.get())[1].host == "127.0.0.3"


async def test_what_cannot_be_opened_in_time_is_given_up() -> None:
    impatient = TransportOptions(limits=ConnectionLimits(connect=0.01))
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    there = Address("tcp", *full.getsockname())
    waiting = [socket.socket() for _ in range(4)]
    for each in waiting:  # nobody accepts: the last ones' handshakes hang
        each.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            each.connect(full.getsockname())
    async with StreamEnd(options=impatient) as end:
        end.transport.send(request(), there)
        assert await end.inbox.lost.get() == there
    for each in (full, *waiting):
        each.close()
