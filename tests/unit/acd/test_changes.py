"""Queues and skills that change while callers wait (issue of live changes; IP-2.1.5b-c)."""

import pytest

from acd import (
    AgentSetBusy,
    AgentSignedIn,
    AgentSkilled,
    ContactQueued,
    Engine,
    InvalidQueueError,
    InvalidSkillLevelError,
    Offer,
    OfferAccepted,
    OfferRefused,
    Preferred,
    QueueChanged,
    QueueConfig,
    QueueRemoved,
    Step,
    UnknownQueueError,
)
from tests.support.acd_script import ADVANCE, play, quietly


def _engine(*queues: QueueConfig) -> Engine:
    engine = Engine(queues or [QueueConfig("q", {"sales": 5})])
    quietly(engine, 0, AgentSignedIn("ann", {"sales": 3}), AgentSignedIn("bo", {"french": 1}))
    return engine


def test_who_waits_is_offered_at_once_to_who_now_suffices() -> None:
    engine = _engine()
    quietly(engine, 1, ContactQueued("c1", "q"), ContactQueued("c2", "q"))
    play(
        engine,
        [
            (
                2,
                QueueChanged(QueueConfig("q", {"sales": 3})),
                ["offer c1 to ann", "ann: idle>ringing"],
            ),
            (3, AgentSkilled("bo", {"sales": 9}), ["offer c2 to bo", "bo: idle>ringing"]),
        ],
    )


def test_who_no_longer_suffices_is_offered_nobody_but_finishes_the_ring() -> None:
    engine = _engine(QueueConfig("q", {"sales": 1}))
    quietly(engine, 1, ContactQueued("c1", "q"))
    play(
        engine,
        [
            (2, QueueChanged(QueueConfig("q", {"sales": 9})), []),
            (3, OfferAccepted(1), ["ann: ringing>talking"]),
            (4, ContactQueued("c2", "q"), []),
        ],
    )
    assert engine.snapshot().queues[0].signed_in == 0


def test_the_order_of_the_idle_and_of_the_waiting_is_kept() -> None:
    engine = Engine([QueueConfig("q", {"sales": 9})])
    for at, name in enumerate(("ann", "bo", "cy")):
        quietly(engine, at, AgentSignedIn(name, {"sales": 1}))
    for number in range(3):
        quietly(engine, 10 + number, ContactQueued(f"c{number}", "q", number == 2))
    commands = engine.handle(QueueChanged(QueueConfig("q", {"sales": 1})), 20)
    assert [(each.contact_id, each.agent_id) for each in commands if isinstance(each, Offer)] == [
        ("c2", "ann"),
        ("c0", "bo"),
        ("c1", "cy"),
    ]


def test_the_longest_wait_counts_from_the_beginning() -> None:
    engine = _engine(QueueConfig("q", {"x": 1}, max_wait=100))
    quietly(engine, 10, ContactQueued("c1", "q"), ContactQueued("c2", "q"))
    play(
        engine,
        [
            (30, QueueChanged(QueueConfig("q", {"x": 1}, max_wait=50)), []),
            (59, ADVANCE, []),
            (60, ADVANCE, ["overflow c1: max_wait", "overflow c2: max_wait"]),
        ],
    )
    quietly(engine, 70, ContactQueued("c3", "q"))
    play(
        engine,
        [
            (200, QueueChanged(QueueConfig("q", {"x": 1}, max_wait=20)), []),
            (200, ADVANCE, ["overflow c3: max_wait"]),
        ],
    )


def test_steps_are_taken_by_the_time_waited() -> None:
    engine = _engine()
    quietly(engine, 0, ContactQueued("c1", "q"))
    changed = QueueConfig("q", {"sales": 5}, steps=(Step(5, {"sales": 4}), Step(20, {"sales": 3})))
    play(
        engine,
        [
            (10, QueueChanged(changed), ["c1: step 1"]),
            (20, ADVANCE, ["c1: step 2", "offer c1 to ann", "ann: idle>ringing"]),
            (21, QueueChanged(QueueConfig("q", {"sales": 5})), []),
            (
                22,
                OfferRefused(1, "rejected"),
                ["withdraw c1 from ann: rejected", "ann: ringing>busy(rejected)"],
            ),
        ],
    )


def test_who_waits_by_name_goes_on_doing_so() -> None:
    engine = _engine()
    quietly(engine, 0, AgentSetBusy("ann", "x"))
    quietly(engine, 1, ContactQueued("c1", "q", preferred=(Preferred("ann", 30.0),)))
    play(
        engine,
        [
            (2, QueueChanged(QueueConfig("q")), []),
            (31, ADVANCE, ["offer c1 to bo", "bo: idle>ringing"]),
        ],
    )


def test_a_removed_queue_lets_rings_and_talks_finish() -> None:
    engine = _engine(QueueConfig("q", {"sales": 1}), QueueConfig("r"))
    quietly(engine, 1, ContactQueued("c1", "q"), ContactQueued("c2", "q"))
    play(
        engine,
        [
            (2, QueueRemoved("q"), ["overflow c2: closed"]),
            (
                12,
                ADVANCE,
                [
                    "withdraw c1 from ann: no_answer",
                    "ann: ringing>busy(no_answer)",
                    "overflow c1: closed",
                ],
            ),
        ],
    )
    assert [each.name for each in engine.snapshot().queues] == ["r"]
    with pytest.raises(UnknownQueueError):
        engine.handle(ContactQueued("c3", "q"), 13)


def test_a_talk_of_a_removed_queue_goes_on() -> None:
    engine = _engine(QueueConfig("q", {"sales": 1}))
    quietly(engine, 1, ContactQueued("c1", "q"), OfferAccepted(1), QueueRemoved("q"))
    view = engine.agent("ann")
    assert view is not None
    assert view.state == "talking"


def test_nobody_left_who_qualifies() -> None:
    engine = _engine(QueueConfig("q", {"sales": 3}, overflow_no_agents=True))
    quietly(engine, 0, AgentSetBusy("ann", "x"))
    quietly(engine, 1, ContactQueued("c1", "q"))
    play(engine, [(2, AgentSkilled("ann", {}), ["overflow c1: no_agents"])])


def test_what_cannot_be_changes_nothing() -> None:
    steps = (Step(5, queues=("r",)),)
    engine = _engine(QueueConfig("q", {"sales": 1}, steps=steps), QueueConfig("r"))
    quietly(engine, 1, ContactQueued("c1", "q"))
    before = engine.state()
    with pytest.raises(InvalidQueueError, match="must stay"):
        engine.handle(QueueRemoved("r"), 1)
    with pytest.raises(UnknownQueueError):
        engine.handle(QueueRemoved("x"), 1)
    with pytest.raises(UnknownQueueError):
        engine.handle(QueueChanged(QueueConfig("x")), 1)
    with pytest.raises(InvalidQueueError, match="no such other queue"):
        engine.handle(QueueChanged(QueueConfig("r", steps=(Step(5, queues=("x",)),))), 1)
    with pytest.raises(InvalidQueueError, match="needs a chance"):
        engine.handle(QueueChanged(QueueConfig("r", strategy="random")), 1)
    with pytest.raises(InvalidSkillLevelError):
        engine.handle(AgentSkilled("ann", {"sales": 11}), 1)
    assert engine.handle(AgentSkilled("nobody", {}), 1) == []
    assert engine.snapshot() == Engine.restore(before).snapshot()
    play(engine, [(2, OfferAccepted(1), ["ann: ringing>talking"])])
