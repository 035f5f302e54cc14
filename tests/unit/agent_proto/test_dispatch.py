import asyncio
import logging
import weakref

import pytest

from agent_proto import CAPABILITIES, Answer, ProtocolError, Session
from agent_proto import models as m
from tests.support.agent_links import AgentLinks
from tests.support.fake_desk import AT, gate, state_changed
from tests.support.virtual_loop import elapsed, virtual_time


@virtual_time
async def test_hello_says_what_the_server_is_and_has() -> None:
    async with AgentLinks(heartbeat_s=15) as links:
        peer = await links.connect()
        assert await peer.hello() == {
            "server": "test",
            "protocol": 1,
            "capabilities": list(CAPABILITIES),
            "heartbeat_s": 15.0,
        }


@virtual_time
async def test_another_version_is_refused_and_greets_nobody() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        answer = await peer.ask("session.hello", protocol=2, client="c", locale="en")
        assert answer["error"]["code"] == 1004
        assert answer["error"]["data"]["supported"] == [1]
        assert await peer.refusal("session.ping") == (-32600, "hello_first")


@virtual_time
async def test_a_ping_answers_the_time() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.hello()
        assert await peer.result("session.ping") == {"at": AT}


@virtual_time
async def test_login_answers_what_the_session_is() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        assert await peer.login(skills={"sales": 2}, state="busy") == {
            "session_id": "id-1",
            "resume_token": "id-2",
            "agent": {
                "agent_id": "1001",
                "name": "Ann",
                "class": "agent",
                "team": "east",
                "skills": {"sales": 2},
            },
            "seat_no": "8001",
            "state": "busy",
            "reason": "",
            "queues": ["sales"],
            "unheard_messages": 0,
        }
        (session,) = links.desk.sessions
        assert (session.client, session.locale, session.signed_in) == ("peer", "en", True)


@virtual_time
async def test_a_refused_login_signs_nobody_in() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.hello()
        wrong = {"agent_id": "1001", "password": "wrong", "seat_no": "8001"}
        assert await peer.refusal("agent.login", **wrong) == (1005, "bad_credentials")
        assert await peer.refusal("agent.get") == (1001, "not_logged_in")


@virtual_time
async def test_what_a_handler_answers_reaches_the_client() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.login()
        assert await peer.result("agent.set_idle") == {"state": "idle", "reason": ""}  # a mapping
        assert await peer.result("call.hangup", call_id="c") == {}  # None
        assert await peer.result("agent.get") == {  # a model
            "state": "idle",
            "reason": "",
            "since": AT,
            "calls": [],
        }
        refused = await peer.ask("call.reject", call_id="c")
        assert refused["error"] == {
            "code": 1101,
            "message": "wrong state",
            "data": {"name": "wrong_state", "state": "talking", "allowed": ["ringing"]},
        }


async def _fails(session: Session, params: m.Params) -> Answer:
    raise RuntimeError("secret detail")


async def _answers_nonsense(session: Session, params: m.Params) -> Answer:
    return {"state": "asleep"}


async def _answers_too_little(session: Session, params: m.Params) -> Answer:
    return None


@pytest.mark.parametrize("script", [_fails, _answers_nonsense, _answers_too_little])
def test_a_handlers_fault_is_an_internal_error_and_no_more(
    script: object, caplog: pytest.LogCaptureFixture
) -> None:
    @virtual_time
    async def run() -> None:
        async with AgentLinks() as links:
            links.desk.script["agent.set_idle"] = script  # type: ignore[assignment]
            peer = await links.connect()
            await peer.login()
            answer = await peer.ask("agent.set_idle")
            assert answer["error"] == {
                "code": -32603,
                "message": "internal error",
                "data": {"name": "internal_error"},
            }
            assert await peer.result("session.ping") == {"at": AT}

    with caplog.at_level(logging.ERROR):
        run()
    assert "agent.set_idle failed in session id-1" in caplog.text


@virtual_time
async def test_a_handler_has_a_time_limit() -> None:
    async with AgentLinks(request_timeout_s=5, heartbeat_s=60) as links:
        peer = await links.connect()
        await peer.login()
        gate(links.desk, "call.hangup")
        assert await peer.refusal("call.hangup", call_id="c") == (-32603, "internal_error")
        assert elapsed() == 5


@virtual_time
async def test_a_repeated_request_is_done_once() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.login()
        first = await peer.result("agent.set_busy", reason="tea", request_key="k")
        second = await peer.result("agent.set_busy", reason="not read", request_key="k")
        assert first == second == {"state": "busy", "reason": "tea"}
        refused = [await peer.refusal("call.answer", call_id="c", request_key="l") for _ in "ab"]
        assert refused == [(1102, "no_such_call")] * 2
        assert [method for method, _ in links.desk.requests[1:]] == [
            "agent.set_busy",
            "call.answer",
        ]
        assert [event["params"]["reason"] for event in peer.events] == ["tea"]
        assert await peer.refusal("agent.set_idle", request_key="k") == (-32602, "invalid_params")


class _Held:
    """What a handler's function holds while it runs."""


@virtual_time
async def test_a_refusal_that_is_kept_keeps_nothing_of_what_was_done_for_it() -> None:
    held: list[weakref.ref[_Held]] = []

    async def refuses(session: Session, params: m.Params) -> Answer:
        own = _Held()
        held.append(weakref.ref(own))
        try:
            raise LookupError("nobody")
        except LookupError as error:
            raise ProtocolError("no_such_call") from error

    async with AgentLinks() as links:
        links.desk.script["call.answer"] = refuses
        peer = await links.connect()
        await peer.login()
        for _ in "ab":
            refusal = await peer.refusal("call.answer", call_id="c", request_key="k")
            assert refusal == (1102, "no_such_call")
        assert [own() for own in held] == [None]


@virtual_time
async def test_a_repeated_login_answers_the_same_session() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        first = await peer.login(request_key="k")
        again = {"agent_id": "1001", "password": "secret", "seat_no": "8001", "request_key": "k"}
        # whoever is signed in is refused before keys are looked at
        assert await peer.refusal("agent.login", **again) == (1002, "agent_already_logged_in")
        assert first["session_id"] == "id-1"


@virtual_time
async def test_a_request_repeated_on_a_new_connection_while_it_runs_is_done_once() -> None:
    async with AgentLinks() as links:
        first = await links.connect()
        token = (await first.login())["resume_token"]
        entered, go_on = gate(links.desk, "call.hangup")
        first.post("call.hangup", call_id="c", request_key="k")
        await entered.wait()
        second = await links.connect()
        await second.hello()
        await second.result("session.resume", resume_token=token, last_seq=0)
        repeated = second.post("call.hangup", call_id="c", request_key="k")
        await asyncio.sleep(1)
        go_on.set()
        assert (await second.answer(repeated))["result"] == {}
        assert [method for method, _ in links.desk.requests] == ["agent.login", "call.hangup"]


@virtual_time
async def test_an_answer_precedes_the_events_of_its_request() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.login()
        peer.post("agent.set_busy", reason="tea")
        peer.post("session.ping")
        assert [(await peer.read()).get("id") for _ in range(3)] == [3, None, 4]


@virtual_time
async def test_after_logging_out_one_may_sign_in_again_in_a_new_session() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        first = await peer.login()
        links.desk.sessions[0].notify(state_changed("busy"))
        assert await peer.result("agent.logout") == {}
        logged_out = await peer.read()
        assert (logged_out["method"], logged_out["params"]["seq"]) == ("agent.logged_out", 2)
        assert await peer.refusal("agent.get") == (1001, "not_logged_in")
        links.desk.sessions[0].notify(state_changed("busy"))  # by somebody who does not know yet
        second = await peer.login()
        assert second["session_id"] != first["session_id"]
        links.desk.sessions[1].notify(state_changed("busy"))
        assert (await peer.read())["params"]["seq"] == 1
        assert await resume_refusal(links, first["resume_token"]) == (1005, "bad_credentials")


@virtual_time
async def test_the_desk_may_log_somebody_out() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.login()
        session = links.desk.sessions[0]
        session.notify(m.AgentLoggedOut(reason="forced", by="1009"))
        session.log_out()
        assert (await peer.read())["params"]["by"] == "1009"
        assert await peer.refusal("agent.get") == (1001, "not_logged_in")
        await peer.login()


@virtual_time
async def test_a_session_that_ended_while_it_signed_in_cannot_be_resumed() -> None:
    async def ends(session: Session, params: m.Params) -> Answer:
        session.end("drain")
        return {
            "session_id": session.session_id,
            "resume_token": session.resume_token,
            "agent": {"agent_id": "1", "name": "", "class": "agent", "team": "", "skills": {}},
            "seat_no": "8001",
            "state": "idle",
            "reason": "",
            "queues": [],
            "unheard_messages": 0,
        }

    async with AgentLinks() as links:
        links.desk.script["agent.login"] = ends
        peer = await links.connect()
        await peer.hello()
        peer.post("agent.login", agent_id="1", password="secret", seat_no="8001")
        assert [message["method"] for message in await peer.rest()] == ["session.closing"]
        assert await resume_refusal(links, "id-2") == (1005, "bad_credentials")
        assert links.desk.lost == []


@virtual_time
async def test_a_request_that_waited_for_its_turn_while_the_session_ended_is_refused() -> None:
    async with AgentLinks() as links:
        first = await links.connect()
        token = (await first.login())["resume_token"]
        entered, go_on = gate(links.desk, "call.hangup")
        first.post("call.hangup", call_id="c")
        await entered.wait()
        second = await links.connect()
        await second.hello()
        await second.result("session.resume", resume_token=token, last_seq=0)
        waiting = second.post("agent.get")
        await asyncio.sleep(1)
        links.desk.sessions[0].log_out()
        go_on.set()
        assert (await second.answer(waiting))["error"]["code"] == 1001


async def resume_refusal(links: AgentLinks, token: str, last_seq: int = 0) -> tuple[int, str]:
    peer = await links.connect()
    await peer.hello()
    return await peer.refusal("session.resume", resume_token=token, last_seq=last_seq)


@virtual_time
async def test_a_token_nobody_has_resumes_nothing() -> None:
    async with AgentLinks() as links:
        await (await links.connect()).login()
        for token in ("", "id-1", "id-99", "\u674e"):
            assert await resume_refusal(links, token) == (1005, "bad_credentials")


@virtual_time
async def test_a_lost_session_gets_what_it_missed_after_the_answer() -> None:
    async with AgentLinks() as links:
        first = await links.connect()
        token = (await first.login())["resume_token"]
        session = links.desk.sessions[0]
        session.notify(state_changed("busy", "a"))
        await first.close()
        await links.finished(0)
        assert links.desk.lost == [session]
        assert not session.connected
        session.notify(state_changed("busy", "b"))
        second = await links.connect()
        await second.hello()
        number = second.post("session.resume", resume_token=token, last_seq=1)
        answer, missed = await second.read(), await second.read()
        assert answer == {
            "jsonrpc": "2.0",
            "id": number,
            "result": {"session_id": "id-1", "last_seq": 2},
        }
        assert (missed["params"]["seq"], missed["params"]["reason"]) == (2, "b")
        session.notify(state_changed("busy", "c"))
        assert (await second.read())["params"]["seq"] == 3
        assert await second.result("agent.get")
        # the token stays valid
        third = await links.connect()
        await third.hello()
        assert await third.result("session.resume", resume_token=token, last_seq=3)


@virtual_time
async def test_a_refused_resume_changes_nothing() -> None:
    async with AgentLinks(replay_events=2) as links:
        first = await links.connect()
        token = (await first.login())["resume_token"]
        for _ in range(5):
            links.desk.sessions[0].notify(state_changed("busy"))
        second = await links.connect()
        await second.hello()
        answer = await second.ask("session.resume", resume_token=token, last_seq=1)
        assert answer["error"]["code"] == 1004
        newest = answer["error"]["data"]["newest"]
        assert await first.result("agent.get")  # still the first's
        assert await second.refusal("agent.get") == (1001, "not_logged_in")
        assert await second.result("session.resume", resume_token=token, last_seq=newest)
        assert await second.result("agent.get")


@virtual_time
async def test_the_session_ends_after_the_grace_time() -> None:
    async with AgentLinks(grace_s=60) as links:
        peer = await links.connect()
        token = (await peer.login())["resume_token"]
        await peer.close()
        await links.finished(0)
        links.dispatcher.expire(asyncio.get_running_loop().time() + 59)
        assert links.desk.expired == []
        links.dispatcher.expire(asyncio.get_running_loop().time() + 61)
        assert links.desk.expired == links.desk.sessions
        assert await resume_refusal(links, token) == (1005, "bad_credentials")


def test_a_hook_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    @virtual_time
    async def run() -> None:
        async with AgentLinks() as links:
            peer = await links.connect()
            await peer.login()
            links.desk.lost = None  # type: ignore[assignment]
            await peer.close()
            await links.finished(0)
            assert links.dispatcher.sessions.next_deadline() is not None

    run()
    assert "session_lost failed in session id-1" in caplog.text


@virtual_time
async def test_the_connection_may_be_lost_while_a_request_is_handled() -> None:
    async with AgentLinks() as links:
        peer = await links.connect()
        await peer.login()
        entered, go_on = gate(links.desk, "call.hangup")
        peer.post("call.hangup", call_id="c")
        await entered.wait()
        await peer.close()
        go_on.set()
        await links.finished(0)
        assert links.desk.lost == links.desk.sessions


def test_an_error_of_the_protocol_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async def refuses(session: Session, params: m.Params) -> Answer:
        raise ProtocolError("seat_in_use", seat_no="8001")

    @virtual_time
    async def run() -> None:
        async with AgentLinks() as links:
            links.desk.script["agent.set_idle"] = refuses
            peer = await links.connect()
            await peer.login()
            assert await peer.refusal("agent.set_idle") == (1003, "seat_in_use")

    run()
    assert caplog.records == []
