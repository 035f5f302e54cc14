from contextlib import nullcontext

import pytest

from agent_proto import Session
from agent_proto.session import SessionFacts
from agent_proto.sessions import SessionTable
from tests.support.fake_desk import wall


@pytest.fixture
def table() -> SessionTable:
    return SessionTable(grace_s=60)


def session(table: SessionTable, token: str) -> Session:
    made = Session(
        SessionFacts(
            session_id=f"id of {token}",
            resume_token=token,
            wall=wall,
            on_ended=table.forget,
            turn=nullcontext(),
            replay_events=4,
            request_keys=4,
        )
    )
    table.sign_in(made)
    return made


def expired(table: SessionTable, now: float) -> list[Session]:
    gone: list[Session] = []
    table.advance(now, gone.append)
    return gone


def test_a_token_finds_its_session(table: SessionTable) -> None:
    first, second = session(table, "t1"), session(table, "t2")
    assert first.signed_in
    assert [table.find(token) for token in ("t1", "t2", "t3", "")] == [first, second, None, None]


def test_a_lost_session_ends_after_its_grace_time(table: SessionTable) -> None:
    first, second = session(table, "t1"), session(table, "t2")
    assert table.next_deadline() is None
    table.lost(first, now=100.0)
    table.lost(second, now=130.0)
    assert table.next_deadline() == 160.0
    assert expired(table, 159.9) == []
    assert expired(table, 160.0) == [first]
    assert first.ended
    assert table.find("t1") is None
    assert table.next_deadline() == 190.0
    assert expired(table, 1000.0) == [second]
    assert (table.next_deadline(), len(table)) == (None, 0)


def test_a_resumed_session_goes_on(table: SessionTable) -> None:
    one = session(table, "t1")
    table.lost(one, now=100.0)
    table.found(one)
    assert expired(table, 1000.0) == []
    assert table.find("t1") is one
    table.lost(one, now=2000.0)
    assert table.next_deadline() == 2060.0


def test_a_session_that_ended_is_forgotten(table: SessionTable) -> None:
    one = session(table, "t1")
    table.lost(one, now=100.0)
    one.log_out()
    assert table.find("t1") is None
    assert expired(table, 1000.0) == []
