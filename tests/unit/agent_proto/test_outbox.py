import pytest

from agent_proto.outbox import MAX_HELD, Outbox


@pytest.fixture
def sent() -> list[bytes]:
    return []


@pytest.fixture
def outbox(sent: list[bytes]) -> Outbox:
    return Outbox(sent.append, lambda: sent.append(b"<closed>"))


def test_events_leave_at_once(outbox: Outbox, sent: list[bytes]) -> None:
    outbox.send(b"1")
    assert sent == [b"1"]


def test_an_answer_leaves_before_the_events_that_the_request_caused(
    outbox: Outbox, sent: list[bytes]
) -> None:
    outbox.hold()
    outbox.send(b"1")
    outbox.send(b"2")
    assert sent == []
    outbox.answer(b"answer")
    outbox.send(b"3")
    assert b" ".join(sent) == b"answer12 3"


def test_not_more_waits_than_may(outbox: Outbox, sent: list[bytes]) -> None:
    outbox.hold()
    for _ in range(MAX_HELD):
        outbox.send(b"e")
    assert sent == []
    outbox.send(b"f")
    outbox.send(b"g")
    outbox.answer(b"answer")
    outbox.send(b"h")
    assert b" ".join(sent) == b"e" * MAX_HELD + b" f g answer h"


def test_nothing_that_waited_is_lost_when_the_connection_closes(
    outbox: Outbox, sent: list[bytes]
) -> None:
    outbox.hold()
    outbox.send(b"1")
    outbox.close(b"closing")
    assert sent == [b"1", b"closing", b"<closed>"]
