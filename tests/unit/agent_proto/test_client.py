import asyncio
from collections.abc import AsyncIterator

import pytest

from agent_proto import AgentClient, AgentServer, Limits, ProtocolError, Session
from agent_proto import models as m
from tests.support.fake_desk import WALL, FakeDesk, gate, state_changed, wall


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def server(desk: FakeDesk) -> AsyncIterator[AgentServer]:
    server = AgentServer(
        desk, host="127.0.0.1", port=0, wall=wall, limits=Limits(grace_s=5, heartbeat_s=7)
    )
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def agent(server: AgentServer) -> AsyncIterator[AgentClient]:
    async with await AgentClient.connect("127.0.0.1", server.port, client="test 1") as agent:
        yield agent


async def test_connecting_says_hello(agent: AgentClient) -> None:
    assert agent.hello is not None
    assert (agent.hello.protocol, agent.hello.heartbeat_s) == (1, 7)
    assert "agent.login" in agent.hello.capabilities


async def test_logging_in(agent: AgentClient, desk: FakeDesk) -> None:
    result = await agent.login(
        "1001", "secret", "8001", agent_class="supervisor", skills={"sales": 1}, state="busy"
    )
    assert isinstance(result, m.LoginResult)
    assert (result.agent.agent_class, result.state) == ("supervisor", "busy")
    assert agent.session_id == desk.sessions[0].session_id
    assert agent.resume_token == desk.sessions[0].resume_token
    assert desk.sessions[0].client == "test 1"


async def test_every_method_has_a_helper(agent: AgentClient, desk: FakeDesk) -> None:
    for method in ("call.answer", "call.reject"):
        _, go_on = gate(desk, method)
        go_on.set()
    await agent.login("1001", "secret", "8001")
    assert (await agent.ping()).at == WALL.replace(microsecond=123000)
    assert (await agent.get()).calls == []
    assert (await agent.set_busy("tea", request_key="k1")).reason == "tea"
    assert (await agent.set_idle(request_key="k2")).state == "idle"
    await agent.answer("c1", request_key="k3")
    await agent.reject("c2", reason="wrong queue", request_key="k4")
    await agent.hangup("c3", request_key="k5")
    await agent.logout()
    assert [params for method, params in desk.requests if method.startswith("call.")] == [
        m.AnswerParams(call_id="c1", request_key="k3"),
        m.RejectParams(call_id="c2", reason="wrong queue", request_key="k4"),
        m.HangupParams(call_id="c3", request_key="k5"),
    ]


async def test_a_refusal_is_raised(agent: AgentClient) -> None:
    with pytest.raises(ProtocolError, match="1005 bad_credentials"):
        await agent.login("1001", "wrong", "8001")
    await agent.login("1001", "secret", "8001")
    with pytest.raises(ProtocolError) as refused:
        await agent.reject("c")
    assert refused.value.data == {"state": "talking", "allowed": ["ringing"]}


async def test_methods_that_the_library_does_not_know(agent: AgentClient) -> None:
    with pytest.raises(ProtocolError) as refused:
        await agent.request("call.juggle", {"call_id": "c"})
    assert refused.value.code == -32601


async def test_requests_may_overlap(agent: AgentClient, desk: FakeDesk) -> None:
    await agent.login("1001", "secret", "8001")
    entered, go_on = gate(desk, "call.hangup")
    slow = asyncio.create_task(agent.hangup("c"))
    await entered.wait()
    quick = asyncio.create_task(agent.ping())
    go_on.set()
    await asyncio.gather(slow, quick)


async def test_events_are_kept_until_somebody_waits(agent: AgentClient, desk: FakeDesk) -> None:
    await agent.login("1001", "secret", "8001")
    session = desk.sessions[0]
    session.notify(m.CallOfferWithdrawn(cause="no_answer"), call_id="c1")
    session.notify(m.CallOfferWithdrawn(cause="rejected"), call_id="c2")
    session.notify(state_changed("busy", "rejected"))
    changed = await agent.wait_for("agent.state_changed", state="busy")
    assert (changed.seq, changed.at) == (3, WALL.replace(microsecond=123000))
    withdrawn = await agent.wait_for("call.offer_withdrawn", call_id="c2")
    assert withdrawn.read(m.CallOfferWithdrawn).cause == "rejected"
    assert [event.call_id for event in agent.history] == ["c1", "c2", ""]
    assert agent.last_seq == 3


async def test_what_does_not_come_is_told_with_what_came(
    agent: AgentClient, desk: FakeDesk
) -> None:
    await agent.login("1001", "secret", "8001")
    desk.sessions[0].notify(state_changed("busy", "tea"))
    await agent.ping()
    with pytest.raises(TimeoutError, match=r"no call\.ringing .*agent\.state_changed .*tea"):
        await agent.wait_for("call.ringing", timeout=0.01, call_id="c9")


async def test_reading_all_events(agent: AgentClient, desk: FakeDesk) -> None:
    await agent.login("1001", "secret", "8001")
    for reason in "abc":
        desk.sessions[0].notify(state_changed("busy", reason))
    desk.sessions[0].end("drain")
    names = [event.params["reason"] async for event in agent.events()]
    assert names == ["a", "b", "c", "drain"]


async def test_resuming_after_a_lost_connection(agent: AgentClient, desk: FakeDesk) -> None:
    await agent.login("1001", "secret", "8001")
    session = desk.sessions[0]
    session.notify(state_changed("busy", "a"))
    await agent.wait_for("agent.state_changed", reason="a")
    agent.abort()
    await agent.wait_closed()
    with pytest.raises(ConnectionError):
        await agent.get()
    session.notify(state_changed("busy", "b"))
    resumed = await agent.reconnect()
    assert resumed.session_id == session.session_id
    session.notify(state_changed("busy", "c"))
    await agent.wait_for("agent.state_changed", reason="c")
    assert [event.params["reason"] for event in agent.history] == ["a", "b", "c"]
    assert [event.seq for event in agent.history] == [1, 2, 3]
    assert (await agent.get()).state == "idle"


async def test_a_second_client_takes_over(
    agent: AgentClient, server: AgentServer, desk: FakeDesk
) -> None:
    await agent.login("1001", "secret", "8001")
    desk.sessions[0].notify(state_changed("busy", "a"))
    await agent.wait_for("agent.state_changed")
    async with await AgentClient.connect("127.0.0.1", server.port) as second:
        await second.resume(agent.resume_token, agent.last_seq)
        closing = await agent.wait_for("session.closing")
        assert closing.params["reason"] == "replaced"
        await agent.wait_closed()
        assert agent.last_seq == 1  # the closing is not counted
        desk.sessions[0].notify(state_changed("busy", "b"))
        assert (await second.wait_for("agent.state_changed")).seq == 2
        assert desk.lost == []
        # and back again
        await agent.reconnect()
        assert (await agent.wait_for("agent.state_changed")).seq == 2


async def test_requests_under_way_fail_with_the_connection(
    agent: AgentClient, desk: FakeDesk
) -> None:
    await agent.login("1001", "secret", "8001")
    entered, go_on = gate(desk, "call.hangup")
    request = asyncio.create_task(agent.hangup("c"))
    await entered.wait()
    agent.abort()
    with pytest.raises(ConnectionError):
        await request
    go_on.set()


async def test_nobody_listens() -> None:
    with pytest.raises(OSError, match="Connect call failed"):
        await AgentClient.connect("127.0.0.1", 1)


async def test_an_answer_that_does_not_come(server: AgentServer, desk: FakeDesk) -> None:
    async with await AgentClient.connect("127.0.0.1", server.port, patience=0.2) as agent:
        await agent.login("1001", "secret", "8001")
        _, go_on = gate(desk, "call.hangup")
        with pytest.raises(TimeoutError):
            await agent.hangup("c")
        go_on.set()
        await agent.ping()  # the late answer disturbs nobody


async def test_without_a_connection_nothing_can_be_asked() -> None:
    agent = AgentClient("127.0.0.1", 1)
    with pytest.raises(ConnectionError, match="not connected"):
        await agent.ping()
    await agent.close()
    await agent.wait_closed()
    agent.abort()


async def test_any_method_is_asked_by_its_params(agent: AgentClient, desk: FakeDesk) -> None:
    target = {"agent_id": "1004", "seat_no": "8004", "state": "busy", "reason": "forced"}

    async def forced(session: Session, params: m.Params) -> m.TargetResult:
        return m.TargetResult.model_validate(target)

    desk.script["supervisor.force_busy"] = forced
    await agent.login("1001", "secret", "8001", agent_class="supervisor")
    assert await agent.do(m.HoldParams(call_id="c1")) == m.Confirmed()
    answer = await agent.do(m.ForceBusyParams(target="8004"), m.TargetResult)
    assert answer.reason == "forced"
    with pytest.raises(TypeError, match="answered with TargetResult"):
        await agent.do(m.ForceBusyParams(target="8004"), m.StateResult)
    with pytest.raises(TypeError, match="no method"):
        await agent.do(m.TargetParams(target="8004"))
