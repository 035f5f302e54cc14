from contextlib import nullcontext

import pytest

from agent_proto import MethodHandler, ProtocolError, Session, answers
from agent_proto import models as m
from agent_proto.session import SessionFacts
from tests.support.fake_desk import wall


@pytest.fixture
def session() -> Session:
    return Session(
        SessionFacts(
            session_id="s",
            resume_token="t",
            wall=wall,
            on_ended=lambda _: None,
            turn=nullcontext(),
            replay_events=4,
            request_keys=4,
        )
    )


class Base(MethodHandler):
    @answers("agent.logout")
    async def _logout(self, session: Session, params: m.LogoutParams) -> dict[str, object]:
        return {"by": "base"}

    @answers("call.answer")
    async def _answer(self, session: Session, params: m.AnswerParams) -> dict[str, object]:
        return {"by": "base", "call_id": params.call_id}


class Derived(Base):
    @answers("agent.logout")
    async def _leave(self, session: Session, params: m.LogoutParams) -> dict[str, object]:
        return {"by": "derived"}


async def test_the_marked_coroutine_answers(session: Session) -> None:
    params = m.AnswerParams(call_id="c1")
    assert await Base().handle(session, "call.answer", params) == {"by": "base", "call_id": "c1"}


async def test_a_subclass_adds_and_replaces(session: Session) -> None:
    assert await Derived().handle(session, "agent.logout", m.LogoutParams()) == {"by": "derived"}
    assert await Base().handle(session, "agent.logout", m.LogoutParams()) == {"by": "base"}
    assert await Derived().handle(session, "call.answer", m.AnswerParams(call_id="c"))


async def test_what_nobody_answers_is_an_unknown_method(session: Session) -> None:
    with pytest.raises(ProtocolError) as refused:
        await Base().handle(session, "agent.get", m.GetParams())
    assert refused.value.code == -32601


def test_only_methods_of_the_protocol_can_be_answered() -> None:
    with pytest.raises(ValueError, match="no method"):
        answers("agent.log_in")
