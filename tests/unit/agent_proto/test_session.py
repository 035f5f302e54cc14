import json
from contextlib import nullcontext
from typing import Any

import pytest

from agent_proto import ProtocolError, Session
from agent_proto import models as m
from agent_proto.outbox import Outbox
from agent_proto.session import SessionFacts
from tests.support.fake_desk import AT, state_changed, wall

CLOSED = {"closed": True}


class Wire:
    """What one connection was sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.outbox = Outbox(self._write, lambda: self.sent.append(CLOSED))

    def _write(self, data: bytes) -> None:
        self.sent += [json.loads(line) for line in data.splitlines()]

    def seqs(self) -> list[int]:
        return [message["params"]["seq"] for message in self.sent if message is not CLOSED]


ended: list[Session] = []


@pytest.fixture
def session() -> Session:
    ended.clear()
    return Session(
        SessionFacts(
            session_id="s1",
            resume_token="t1",
            wall=wall,
            on_ended=ended.append,
            turn=nullcontext(),
            replay_events=4,
            request_keys=4,
        )
    )


@pytest.fixture
def wire(session: Session) -> Wire:
    wire = Wire()
    session.attach(wire.outbox)
    return wire


def tell(session: Session, count: int) -> None:
    for _ in range(count):
        session.notify(state_changed("busy"))


def resume(session: Session, last_seq: int) -> Wire:
    wire = Wire()
    session.check_resumable(last_seq)
    session.attach(wire.outbox)
    session.resend(last_seq)
    return wire


def test_events_are_numbered_from_1_and_stamped(session: Session, wire: Wire) -> None:
    tell(session, 1)
    session.notify(m.CallOfferWithdrawn(cause="no_answer"), call_id="c1")
    assert [message["params"] for message in wire.sent] == [
        {"seq": 1, "at": AT, "state": "busy", "previous": "idle", "reason": "", "since": AT},
        {"seq": 2, "at": AT, "call_id": "c1", "cause": "no_answer"},
    ]
    assert [message["method"] for message in wire.sent] == [
        "agent.state_changed",
        "call.offer_withdrawn",
    ]


def test_an_event_of_the_agent_may_concern_a_call(session: Session, wire: Wire) -> None:
    session.notify(state_changed("ringing"), call_id="c1")
    assert wire.sent[0]["params"]["call_id"] == "c1"


def test_missed_events_are_sent_again_in_order_then_live_ones(session: Session) -> None:
    first = Wire()
    session.attach(first.outbox)
    tell(session, 2)
    assert session.detach(first.outbox)
    assert not session.connected
    tell(session, 2)
    second = resume(session, last_seq=2)
    tell(session, 1)
    assert (first.seqs(), second.seqs()) == ([1, 2], [3, 4, 5])


@pytest.mark.parametrize(("last_seq", "resent"), [(6, []), (5, [6]), (2, [3, 4, 5, 6]), (7, [])])
def test_resuming_sends_what_comes_after_the_clients_last(
    session: Session, last_seq: int, resent: list[int]
) -> None:
    tell(session, 6)
    assert resume(session, last_seq).seqs() == resent


@pytest.mark.parametrize("last_seq", [0, 1, 8])
def test_events_that_are_gone_cannot_be_resumed_from(session: Session, last_seq: int) -> None:
    tell(session, 6)
    with pytest.raises(ProtocolError) as refused:
        session.check_resumable(last_seq)
    assert refused.value.code == 1004
    assert refused.value.data == {"path": "last_seq", "oldest": 2, "newest": 6}
    assert "agent.get" in refused.value.message


def test_a_second_connection_replaces_the_first(session: Session, wire: Wire) -> None:
    tell(session, 1)
    second = resume(session, last_seq=1)
    tell(session, 1)
    assert wire.sent[1]["method"] == "session.closing"
    assert wire.sent[1]["params"] == {"seq": 2, "at": AT, "reason": "replaced"}
    assert wire.sent[2:] == [CLOSED]
    # the closing was the first connection's own: the second goes on without a gap
    assert second.seqs() == [2]
    assert not session.detach(wire.outbox)
    assert session.connected


def test_the_end_is_told_and_is_the_end(session: Session, wire: Wire) -> None:
    session.signed_in = True
    session.end("shutdown")
    session.end("drain")
    tell(session, 1)
    assert [message.get("method") for message in wire.sent] == ["session.closing", None]
    assert wire.sent[0]["params"]["reason"] == "shutdown"
    assert (session.ended, session.signed_in, ended) == (True, False, [session])


def test_after_logging_out_the_connection_stays(session: Session, wire: Wire) -> None:
    session.signed_in = True
    session.log_out()
    session.log_out()
    tell(session, 1)
    assert wire.sent == []
    assert (session.ended, session.signed_in, ended) == (True, False, [session])


def test_closing_the_connection_leaves_the_session(session: Session, wire: Wire) -> None:
    session.close_connection("protocol_error")
    assert wire.sent[0]["params"]["reason"] == "protocol_error"
    assert wire.sent[1] is CLOSED
    assert not session.ended


def test_events_held_for_an_answer_come_after_it(session: Session, wire: Wire) -> None:
    wire.outbox.hold()
    tell(session, 2)
    wire.outbox.answer(b'{"params":{"seq":"answer"}}\n')
    assert wire.seqs() == ["answer", 1, 2]
