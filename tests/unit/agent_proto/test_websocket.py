"""The server on a WebSocket, with a client that others wrote."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agent_proto import AgentServer, Limits, Place
from agent_proto.wire import MAX_HANDSHAKE, WebSocketWire
from tests.support.fake_desk import FakeDesk, state_changed, wall

LOGIN = {"agent_id": "1001", "password": "secret", "seat_no": "8001"}


class Site:
    """A server with a WebSocket of its own port."""

    def __init__(self, server: AgentServer, desk: FakeDesk, port: int) -> None:
        self.server = server
        self.desk = desk
        self.port = port

    def open(self, path: str = "/agent", origin: str | None = None) -> "connect":
        headers = {"Origin": origin} if origin else None
        return connect(f"ws://127.0.0.1:{self.port}{path}", additional_headers=headers, proxy=None)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    desk = FakeDesk()
    server = AgentServer(desk, host="127.0.0.1", port=0, wall=wall, limits=Limits(linger_s=0.2))
    await server.start()
    place = Place("127.0.0.1", 0, websocket=True, origins=("https://desk.example",))
    listening = await server.listen(place)
    yield Site(server, desk, listening.port)
    await server.stop()


async def ask(socket: ClientConnection, method: str, **params: object) -> dict[str, Any]:
    request = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    await socket.send(json.dumps(request))
    return await hear(socket)


async def hear(socket: ClientConnection) -> dict[str, Any]:
    message = json.loads(await asyncio.wait_for(socket.recv(), 20))
    assert isinstance(message, dict)
    return message


async def sign_in(socket: ClientConnection) -> dict[str, Any]:
    await ask(socket, "session.hello", protocol=1)
    answer = await ask(socket, "agent.login", **LOGIN)
    result = answer["result"]
    assert isinstance(result, dict)
    return result


async def test_each_text_is_a_message(site: Site) -> None:
    async with site.open() as socket:
        await sign_in(socket)
        site.desk.sessions[0].notify(state_changed("busy", "tea"))
        site.desk.sessions[0].notify(state_changed("idle"))
        told = [await hear(socket), await hear(socket)]
        assert [each["params"]["state"] for each in told] == ["busy", "idle"]
        assert [each["params"]["seq"] for each in told] == [1, 2]


async def test_a_session_goes_on_over_another_transport(site: Site) -> None:
    from agent_proto import AgentClient

    async with site.open() as socket:
        signed_in = await sign_in(socket)
    site.desk.sessions[0].notify(state_changed("busy", "tea"))
    async with await AgentClient.connect("127.0.0.1", site.server.port) as agent:
        await agent.resume(signed_in["resume_token"], 0)
        assert (await agent.wait_for("agent.state_changed")).params["reason"] == "tea"


async def test_another_path_is_not_found(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with site.open("/elsewhere"):
            pass
    assert refused.value.response.status_code == 404


async def test_a_page_from_elsewhere_is_refused(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with site.open(origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with site.open(origin="https://desk.example") as socket:
        assert "result" in await ask(socket, "session.hello", protocol=1)


async def test_the_third_unreadable_message_closes_it(site: Site) -> None:
    async with site.open() as socket:
        for text in ("{", "[" * 500, "x" * 70_000):
            await socket.send(text)
            assert (await hear(socket))["error"]["code"] in (-32700, -32600)
        assert (await hear(socket))["params"]["reason"] == "protocol_error"
        with pytest.raises(ConnectionClosed):
            await hear(socket)


async def test_what_no_line_could_ever_be_closes_it_at_once(site: Site) -> None:
    async with site.open() as socket:
        await socket.send("x" * 1_000_000)
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_who_goes_is_told_at_shut_down(site: Site) -> None:
    async with site.open() as socket:
        await sign_in(socket)
        stopping = asyncio.create_task(site.server.stop())
        assert (await hear(socket))["params"]["reason"] == "shutdown"
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
        await stopping


async def test_a_fragmented_message_is_one_text(site: Site) -> None:
    async with site.open() as socket:
        await socket.send(
            ['{"jsonrpc":"2.0","id":7,', '"method":"session.hello",', '"params":{"protocol":1}}']
        )
        assert (await hear(socket))["result"]["protocol"] == 1


def test_a_handshake_has_bounds() -> None:
    wire = WebSocketWire()
    assert wire.feed(b"GET /agent HTTP/1.1\r\nX: " + b"x" * MAX_HANDSHAKE) == []
    assert "handshake" in wire.failure


def test_nothing_is_said_before_the_handshake() -> None:
    wire = WebSocketWire()
    assert wire.frame([b"{}\n"]) == b""
    assert wire.farewell() == b""
