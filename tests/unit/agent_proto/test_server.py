import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agent_proto import AgentServer, Limits
from tests.support.fake_desk import AT, FakeDesk, gate, state_changed, wall
from tests.support.line_peer import LinePeer


@asynccontextmanager
async def serving(desk: FakeDesk, **limits: Any) -> AsyncIterator[AgentServer]:
    limits = {"linger_s": 0.05, **limits}
    server = AgentServer(desk, host="127.0.0.1", port=0, wall=wall, limits=Limits(**limits))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def connect() -> AsyncIterator[Callable[[AgentServer], Awaitable[LinePeer]]]:
    """Connects peers that are closed after the test."""
    peers: list[LinePeer] = []

    async def one(server: AgentServer) -> LinePeer:
        peers.append(await LinePeer.connect(server.port))
        return peers[-1]

    yield one
    for peer in peers:
        await peer.close()


Connect = Callable[[AgentServer], Awaitable[LinePeer]]


async def until(condition: Callable[[], object]) -> None:
    """Lets the loop run until something came true."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (nothing in a server announces this)
            await asyncio.sleep(0)


async def test_agents_are_served_over_tcp(desk: FakeDesk, connect: Connect) -> None:
    async with serving(desk) as server:
        first, second = await connect(server), await connect(server)
        one, other = await first.login("1001"), await second.login("1002", seat_no="8002")
        assert one["session_id"] != other["session_id"]
        assert len({one["resume_token"], other["resume_token"]}) == 2
        desk.sessions[1].notify(state_changed("busy"))
        assert (await second.read())["params"]["seq"] == 1
        assert await first.result("agent.get")
        assert first.events == []


async def test_tokens_are_long_and_random(desk: FakeDesk, connect: Connect) -> None:
    async with serving(desk) as server:
        tokens = {(await (await connect(server)).login(str(n)))["resume_token"] for n in range(5)}
        assert len(tokens) == 5
        assert min(map(len, tokens)) >= 32


async def test_one_clients_rubbish_is_no_others_business(desk: FakeDesk, connect: Connect) -> None:
    async with serving(desk) as server:
        good, bad = await connect(server), await connect(server)
        await good.login()
        bad.write(b"[" * 60_000 + b"\n" + b"\xff" * 200_000 + b"\n\x00\n")
        answers = await bad.rest()
        assert [answer["error"]["code"] for answer in answers[:-1]] == [-32700] * 3
        assert await good.result("agent.get")


async def test_the_address_in_use_is_an_error(desk: FakeDesk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = AgentServer(
            desk, host="127.0.0.1", port=taken.getsockname()[1], wall=wall, limits=Limits()
        )
        with pytest.raises(OSError, match=r"for agents: Address already in use"):
            await server.start()
        await server.stop()


@pytest.mark.parametrize("reason", ["shutdown", "drain"])
async def test_stopping_is_told_to_everybody(desk: FakeDesk, connect: Connect, reason: Any) -> None:
    async with serving(desk) as server:
        greeted, signed_in = await connect(server), await connect(server)
        await greeted.hello()
        await signed_in.login()
        port = server.port
        stopping = asyncio.create_task(server.stop(reason))
        for peer in (greeted, signed_in):
            (closing,) = await peer.rest()
            assert closing["method"] == "session.closing"
            assert closing["params"] == {"seq": 1, "at": AT, "reason": reason}
            await peer.close()
        await stopping
        await server.stop()
        with pytest.raises(ConnectionRefusedError):
            await LinePeer.connect(port)
    assert desk.lost == []


async def test_a_handler_that_hangs_does_not_keep_the_server_from_stopping(
    desk: FakeDesk, connect: Connect
) -> None:
    async with serving(desk, linger_s=0.05) as server:
        peer = await connect(server)
        await peer.login()
        entered, _ = gate(desk, "call.hangup")
        peer.post("call.hangup", call_id="c")
        await entered.wait()
        await server.stop()


async def test_nobody_resumes_in_time(desk: FakeDesk, connect: Connect) -> None:
    async with serving(desk, grace_s=0.02) as server:
        peer = await connect(server)
        token = (await peer.login())["resume_token"]
        await peer.close()
        await until(lambda: desk.expired)
        assert desk.lost == desk.expired == desk.sessions
        late = await connect(server)
        await late.hello()
        refusal = await late.refusal("session.resume", resume_token=token, last_seq=0)
        assert refusal == (1005, "bad_credentials")


async def test_a_resumed_session_does_not_expire(desk: FakeDesk, connect: Connect) -> None:
    async with serving(desk, grace_s=0.05) as server:
        first, other = await connect(server), await connect(server)
        token = (await first.login())["resume_token"]
        await other.login("1002")
        await first.close()
        await until(lambda: desk.lost)
        second = await connect(server)
        await second.hello()
        await second.result("session.resume", resume_token=token, last_seq=0)
        await other.close()
        await until(lambda: desk.expired)
        assert [session.remote != "" for session in desk.expired] == [True]
        assert desk.expired == [desk.sessions[1]]
        assert await second.result("agent.get")


async def test_connections_are_bounded(desk: FakeDesk, connect: Connect) -> None:
    async with serving(desk, max_connections=2) as server:
        for agent_id in ("1001", "1002"):
            await (await connect(server)).login(agent_id)
        (refusal,) = await (await connect(server)).rest()
        assert (refusal["id"], refusal["error"]["code"]) == (None, 1302)
        desk.sessions[0].end("drain")
        await (await connect_when_free(server, connect)).hello()


async def connect_when_free(server: AgentServer, connect: Connect) -> LinePeer:
    await until(lambda: len(server._links) < 2)
    return await connect(server)


async def test_who_does_not_sign_in_gives_way(desk: FakeDesk, connect: Connect) -> None:
    async with serving(desk, max_anonymous=2) as server:
        agent = await connect(server)
        await agent.login()
        oldest, newer = await connect(server), await connect(server)
        await oldest.hello()
        await newer.hello()
        newest = await connect(server)
        await newest.login("1002")
        assert await oldest.rest() == []
        for peer in (agent, newer, newest):
            assert await peer.result("session.ping") == {"at": AT}
