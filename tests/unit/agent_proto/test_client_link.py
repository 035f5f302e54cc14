import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent_proto import ReceivedEvent
from agent_proto.client_link import ClientLink
from tests.support.fake_desk import AT
from tests.support.line_peer import LinePeer
from tests.support.virtual_loop import elapsed, virtual_time


class Client:
    """A link with what it told its owner, and the server's end."""

    def __init__(self, link: ClientLink, server: LinePeer) -> None:
        self.link = link
        self.server = server
        self.events: list[ReceivedEvent] = []
        self.closed: list[str] = []


@asynccontextmanager
async def client() -> AsyncIterator[Client]:
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    server = LinePeer(*await asyncio.open_connection(sock=theirs))
    link = ClientLink(
        reader,
        writer,
        lambda event: made.events.append(event),
        lambda why: made.closed.append(why),
    )
    made = Client(link, server)
    link.start()
    try:
        yield made
    finally:
        await link.close()
        await server.close()


@virtual_time
async def test_a_silent_server_is_pinged_then_given_up() -> None:
    async with client() as made:
        made.link.heartbeat_s = 15
        pings = await made.server.rest()
        assert elapsed() == 60
        assert [ping["method"] for ping in pings] == ["session.ping"] * 3
        await made.link.wait_closed()
        assert made.closed == ["the server is silent"]


@virtual_time
async def test_answered_pings_keep_the_connection() -> None:
    async with client() as made:
        for _ in range(10):
            ping = await made.server.read()
            made.server.send({"jsonrpc": "2.0", "id": ping["id"], "result": {"at": AT}})
        assert elapsed() == 150
        assert made.closed == []


@virtual_time
async def test_the_servers_pings_are_answered() -> None:
    async with client() as made:
        made.server.send({"jsonrpc": "2.0", "id": "ping-1", "method": "session.ping"})
        answer = await made.server.read()
        assert answer["id"] == "ping-1"
        assert set(answer["result"]) == {"at"}
        made.server.send({"jsonrpc": "2.0", "id": "x", "method": "session.sing"})
        assert (await made.server.read())["error"]["code"] == -32601


@pytest.mark.parametrize(
    "line",
    [
        b"not JSON\n",
        b"[]\n",
        b"x" * 70_000 + b"\n",
        b'{"jsonrpc":"2.0","method":"a.b","params":{}}\n',
        b'{"jsonrpc":"2.0","method":"a.b","params":{"seq":"1","at":"x"}}\n',
        b'{"jsonrpc":"2.0","method":"a.b","params":{"seq":1,"at":"yesterday"}}\n',
        b'{"jsonrpc":"2.0","id":null,"error":{"code":1302,"message":"too many connections"}}\n',
    ],
)
def test_a_server_that_talks_nonsense_is_left(line: bytes) -> None:
    @virtual_time
    async def run() -> None:
        async with client() as made:
            waiting = asyncio.create_task(made.link.request("session.ping", b"{}"))
            await made.server.read()
            made.server.write(line)
            with pytest.raises(ConnectionError):
                await waiting
            assert len(made.closed) == 1

    run()


@virtual_time
async def test_an_answer_nobody_waits_for_any_more_is_dropped() -> None:
    async with client() as made:
        waiting = asyncio.create_task(made.link.request("call.answer", b"{}"))
        number = (await made.server.read())["id"]
        waiting.cancel()
        await asyncio.wait([waiting])
        made.server.send({"jsonrpc": "2.0", "id": number, "result": {}})
        error = {"code": 1101, "message": "m", "data": {"name": "wrong_state"}}
        made.server.send({"jsonrpc": "2.0", "id": number, "error": error})
        made.server.send(
            {"jsonrpc": "2.0", "method": "a.b", "params": {"seq": 1, "at": AT, "call_id": "c"}}
        )
        await asyncio.sleep(1)
        assert [(event.name, event.call_id) for event in made.events] == [("a.b", "c")]


@virtual_time
async def test_the_end_of_the_connection_is_told_once() -> None:
    async with client() as made:
        await made.server.close()
        await made.link.wait_closed()
        await made.link.close()
        assert made.closed == ["closed by the server"]
        with pytest.raises(ConnectionError, match="closed by the server"):
            await made.link.request("session.ping", b"{}")
