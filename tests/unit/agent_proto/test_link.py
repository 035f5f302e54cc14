import asyncio
import json
import socket

import pytest

from agent_proto import Session
from agent_proto import models as m
from tests.support.agent_links import AgentLinks
from tests.support.fake_desk import AT, gate, state_changed
from tests.support.virtual_loop import elapsed, virtual_time

PING = b'{"jsonrpc":"2.0","id":%d,"method":"session.ping"}\n'


@virtual_time
async def test_requests_in_one_packet_are_answered_in_order() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.hello()
        peer.write(b"".join(PING % number for number in range(50)))
        assert [(await peer.read())["id"] for _ in range(50)] == list(range(50))


@virtual_time
async def test_many_requests_in_one_packet_leave_the_loop_to_others() -> None:
    async with AgentLinks() as links:
        peer, other = await links.connect(), await links.connect()
        await peer.hello()
        peer.write(b"".join(PING % number for number in range(150)))
        await other.hello()
        assert not peer.reader._buffer.count(b'"id":149')  # type: ignore[attr-defined]
        assert [(await peer.read())["id"] for _ in range(150)][-1] == 149


@virtual_time
async def test_a_request_may_come_byte_by_byte() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.hello()
        for byte in PING % 7:
            peer.write(bytes([byte]))
            await peer.writer.drain()
            await asyncio.sleep(0.01)
        assert (await peer.read())["id"] == 7


@virtual_time
async def test_requests_are_handled_one_at_a_time() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.login()
        entered, go_on = gate(links.desk, "call.hangup")
        numbers = [peer.post("call.hangup", call_id=call_id) for call_id in ("a", "b")]
        await entered.wait()
        await asyncio.sleep(5)
        assert len(links.desk.requests) == 2  # login and the first
        go_on.set()
        assert [(await peer.read())["id"] for _ in numbers] == numbers


@virtual_time
async def test_a_flood_is_slowed_to_the_rate() -> None:
    async with AgentLinks(requests_per_s=10, request_burst=5) as links:
        peer = await links.connect()
        await peer.hello()
        for _ in range(100):
            peer.write(b'{"jsonrpc":"2.0","method":"session.ping"}\n')
        await peer.ask("session.ping")
        assert 4 < elapsed() < 10


@virtual_time
async def test_the_third_unreadable_line_is_answered_and_closes() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.login()
        peer.write(b"x\n[]\n" + b"y" * 70_000 + b"\n" + PING % 1)
        *errors, closing = await peer.rest()
        assert [(error["id"], error["error"]["code"]) for error in errors] == [
            (None, -32700),
            (None, -32600),
            (None, -32700),
        ]
        assert closing["method"] == "session.closing"
        assert closing["params"] == {"seq": 1, "at": AT, "reason": "protocol_error"}
        await peer.close()
        await links.finished(0)
        assert links.desk.lost == links.desk.sessions  # it may still resume


@virtual_time
async def test_a_silent_client_is_pinged_then_lost() -> None:
    async with AgentLinks(heartbeat_s=15) as links:
        peer = await links.connect()
        await peer.login()
        pings = await peer.rest()
        assert elapsed() == 60
        assert [ping["method"] for ping in pings] == ["session.ping"] * 3
        assert len({ping["id"] for ping in pings}) == 3
        await links.finished(0)
        assert links.desk.lost == links.desk.sessions


@virtual_time
async def test_a_client_that_answers_pings_stays() -> None:
    async with AgentLinks(heartbeat_s=15) as links:
        peer = await links.connect()
        await peer.login()
        async with asyncio.timeout(1000):
            for _ in range(20):
                line = await peer.reader.readline()
                ping = json.loads(line)
                assert ping["method"] == "session.ping"
                peer.send({"jsonrpc": "2.0", "id": ping["id"], "result": {"at": AT}})
        assert elapsed() == 300
        assert await peer.result("agent.get")


@virtual_time
async def test_who_does_not_sign_in_is_closed() -> None:
    async with AgentLinks(login_timeout_s=20, heartbeat_s=15) as links:
        peer = await links.connect()
        assert await peer.rest() == []
        assert elapsed() == 20
        second = await links.connect()
        await second.hello()
        assert [message["method"] for message in await second.rest()] == ["session.ping"]
        assert elapsed() == 40


@virtual_time
async def test_who_was_logged_out_by_the_desk_has_to_sign_in_again_in_time() -> None:
    async with AgentLinks(login_timeout_s=20, heartbeat_s=5) as links:
        peer = await links.connect()
        await peer.login()
        links.desk.sessions[0].log_out()
        assert all(message["method"] == "session.ping" for message in await peer.rest())
        assert elapsed() <= 25


@virtual_time
async def test_a_closed_connection_waits_for_its_reader_and_no_longer_than_it_may() -> None:
    async with AgentLinks(linger_s=2) as links:
        peer = await links.connect()
        await peer.login()
        links.desk.sessions[0].end("drain")
        peer.post("agent.get")  # not read any more
        messages = await peer.rest()
        assert [message["params"]["reason"] for message in messages] == ["drain"]
        assert elapsed() == 0
        await links.finished(0)
        assert elapsed() == 2


@virtual_time
async def test_a_slow_reader_is_cut_off_and_may_resume() -> None:
    async with AgentLinks(max_write_buffer=50_000, replay_events=4000) as links:
        peer = await links.connect()
        token = (await peer.login())["resume_token"]
        session = links.desk.sessions[0]
        sock = links.links[0]._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        peer.reader._transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(3000):
            session.notify(state_changed("busy"))
        await links.finished(0)
        assert links.desk.lost == [session]
        second = await links.connect()
        await second.hello()
        number = second.post("session.resume", resume_token=token, last_seq=2999)
        assert (await second.answer(number))["result"]["last_seq"] == 3000
        assert (await second.read())["params"]["seq"] == 3000


@virtual_time
async def test_half_closed_clients_get_their_answers() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        peer.post("session.hello", protocol=1, client="nc", locale="en")
        peer.post("session.ping")
        peer.writer.write_eof()
        assert [message["id"] for message in await peer.rest()] == [1, 2]


@virtual_time
async def test_a_handler_may_end_the_session_it_answers() -> None:
    async def ends(session: Session, params: m.Params) -> None:
        session.end("drain")

    async with AgentLinks() as links:
        links.desk.script["call.hangup"] = ends
        peer = await links.connect()
        await peer.login()
        peer.post("call.hangup", call_id="c")
        messages = await peer.rest()
        assert messages[-1]["params"]["reason"] == "drain"


@virtual_time
async def test_a_connection_that_is_reset_is_a_lost_one() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.login()
        peer.writer.transport.abort()
        await links.finished(0)
        assert links.desk.lost == links.desk.sessions


@virtual_time
async def test_what_is_said_together_is_one_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.login()
        session, transport = links.desk.sessions[0], links.links[0]._writer.transport
        written: list[bytes] = []
        send = transport.write

        def write(data: bytes) -> None:
            written.append(data)
            send(data)

        monkeypatch.setattr(transport, "write", write)
        session.notify(state_changed("talking"))
        session.notify(state_changed("busy"))
        states = [(await peer.read())["params"]["state"] for _ in range(2)]
        assert states == ["talking", "busy"]
        session.notify(state_changed("idle"))
        await peer.read()
        assert [data.count(b"\n") for data in written] == [2, 1]
