"""Relaxation steps: the longer the wait, the more agents may have the contact."""

from typing import Any

import pytest

from acd import (
    AgentSignedIn,
    AgentSignedOut,
    ContactLeft,
    ContactQueued,
    Engine,
    InvalidQueueError,
    InvalidSkillLevelError,
    OfferAccepted,
    Preferred,
    QueueAdded,
    QueueConfig,
    Step,
)
from tests.support.acd_script import play, quietly

STEPS = (
    Step(10, {"sales": 2}),
    Step(20, {}),
    Step(30, queues=("other",)),
    Step(40, agents=("dai", "eva")),
)
SALES = {"sales": 5, "english": 3}


def desk(**more: Any) -> Engine:
    steps = more.pop("steps", STEPS)
    return Engine(
        [QueueConfig("sales", SALES, steps=steps, **more), QueueConfig("other", {"other": 1})]
    )


def test_each_step_offers_the_contact_to_those_it_adds() -> None:
    engine = desk(steps=(Step(10, {"sales": 2}), Step(20, queues=("other",), agents=("dai",))))
    quietly(
        engine,
        0,
        AgentSignedIn("dai", {"chess": 1}),
        AgentSignedIn("cy", {"other": 1}),
        AgentSignedIn("bo", {"sales": 3}),
    )
    play(
        engine,
        [
            (1, ContactQueued("c1", "sales"), []),
            (1, ContactQueued("c2", "sales"), []),
            (1, ContactQueued("c3", "sales"), []),
            (
                11,
                None,
                ["c1: step 1", "offer c1 to bo", "bo: idle>ringing", "c2: step 1", "c3: step 1"],
            ),
            (
                21,
                None,
                [
                    "c1: step 2",
                    "withdraw c1 from bo: no_answer",
                    "bo: ringing>busy(no_answer)",
                    *("offer c1 to cy", "cy: idle>ringing"),
                    *("c2: step 2", "offer c2 to dai", "dai: idle>ringing"),
                    "c3: step 2",
                ],
            ),
        ],
    )


def test_who_becomes_free_finds_the_contact_by_any_of_its_steps() -> None:
    agents = {
        "ann": SALES,
        "bo": {"sales": 2},
        "cy": {"chess": 1},
        "fay": {"other": 1},
        "eva": {"chess": 1},
    }
    for steps, expected in ((0, "ann"), (1, "bo"), (2, "cy"), (4, "eva")):
        engine = desk()
        quietly(engine, 0, ContactQueued("c1", "sales"))
        for _ in range(steps):
            quietly(engine, engine.next_deadline() or 0.0, None)
        play(
            engine,
            [
                (
                    41,
                    AgentSignedIn(expected, agents[expected]),
                    [
                        f"{expected}: logged_out>idle",
                        f"offer c1 to {expected}",
                        f"{expected}: idle>ringing",
                    ],
                )
            ],
        )


def test_who_fully_qualifies_is_asked_before_those_added() -> None:
    engine = desk()
    quietly(engine, 0, AgentSignedIn("bo", {"sales": 2}))
    quietly(engine, 5, AgentSignedIn("ann", SALES))
    play(
        engine,
        [
            (
                50,
                ContactQueued("c1", "sales", enqueued_at=30.0),
                ["c1: step 1", "c1: step 2", "offer c1 to ann", "ann: idle>ringing"],
            )
        ],
    )


def test_steps_stop_with_the_wait() -> None:
    engine = desk()
    quietly(engine, 0, AgentSignedIn("ann", SALES), ContactQueued("c1", "sales"), OfferAccepted(1))
    quietly(engine, 1, ContactQueued("c2", "sales"), ContactLeft("c2"))
    assert engine.next_deadline() is None


def test_a_step_in_the_middle_of_a_ring_counts_when_the_ring_is_over() -> None:
    engine = desk()
    quietly(engine, 0, AgentSignedIn("ann", SALES), AgentSignedIn("bo", {"sales": 2}))
    play(
        engine,
        [
            (5, ContactQueued("c1", "sales"), ["offer c1 to ann", "ann: idle>ringing"]),
            (14, None, []),
            (
                15,
                None,
                [
                    "c1: step 1",
                    *("withdraw c1 from ann: no_answer", "ann: ringing>busy(no_answer)"),
                    *("offer c1 to bo", "bo: idle>ringing"),
                ],
            ),
        ],
    )


def test_one_who_waits_for_an_agent_by_name_is_relaxed_afterwards() -> None:
    engine = desk()
    quietly(engine, 0, AgentSignedIn("bo", {"sales": 2}), AgentSignedIn("cy", {}, ready=False))
    play(
        engine,
        [
            (0, ContactQueued("c1", "sales", preferred=(Preferred("cy", 15),)), []),
            (10, None, ["c1: step 1"]),
            (15, None, ["offer c1 to bo", "bo: idle>ringing"]),
        ],
    )


def test_with_ring_all_a_step_lets_more_agents_ring() -> None:
    engine = desk(strategy="ring_all")
    quietly(engine, 0, AgentSignedIn("ann", SALES), AgentSignedIn("bo", {"sales": 2}))
    quietly(engine, 0, ContactQueued("c1", "sales"))
    play(
        engine,
        [
            (
                10,
                None,
                [
                    *("c1: step 1", "offer c1 to bo", "bo: idle>ringing"),
                    *("withdraw c1 from ann: no_answer", "ann: ringing>busy(no_answer)"),
                ],
            )
        ],
    )


def test_nobody_leaves_while_a_later_step_has_agents() -> None:
    engine = desk(overflow_no_agents=True)
    quietly(engine, 0, AgentSignedIn("bo", {"sales": 2}), AgentSignedIn("cy", {"other": 1}))
    play(
        engine,
        [
            (1, ContactQueued("c1", "sales"), []),
            (2, AgentSignedOut("bo"), ["bo: idle>logged_out"]),
            (3, AgentSignedOut("cy"), ["cy: idle>logged_out", "overflow c1: no_agents"]),
            (4, ContactQueued("c2", "sales"), ["overflow c2: no_agents"]),
        ],
    )


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([Step(0, {})], "step 1: after = 0, must be > 0"),
        ([Step(5, {"sales": 1}), Step(5, {})], "step 2: after = 5, must be > 5"),
        ([Step(5)], "step 1 adds nobody"),
        ([Step(5, {"sales": 6})], "step 1: skill 'sales' at level 6 asks for more than before"),
        ([Step(5, {"chess": 1})], "step 1: skill 'chess' at level 1 asks for more than before"),
        ([Step(5, {}), Step(6, SALES)], "step 2: skill 'sales' at level 5 asks for more"),
        ([Step(5, SALES)], "step 1: skills are as before"),
        ([Step(5, queues=("nowhere",))], "step 1: no such other queue: 'nowhere'"),
        ([Step(5, queues=("sales",))], "step 1: no such other queue: 'sales'"),
    ],
)
def test_steps_that_make_no_sense_are_refused(steps: list[Step], words: str) -> None:
    with pytest.raises(InvalidQueueError, match=f"queue 'sales': {words}"):
        desk(steps=tuple(steps))


def test_a_wrong_level_names_queue_and_step() -> None:
    with pytest.raises(InvalidSkillLevelError, match="queue 'sales': step 1"):
        desk(steps=(Step(5, {"sales": 0}),))


def test_a_queue_opened_later_is_reached_by_those_who_know_of_it() -> None:
    engine = desk()
    quietly(engine, 0, AgentSignedIn("cy", {"other": 1}))
    quietly(engine, 1, QueueAdded(QueueConfig("late", SALES, steps=(Step(5, queues=("other",)),))))
    quietly(engine, 1, ContactQueued("c1", "late"))
    play(engine, [(6, None, ["c1: step 1", "offer c1 to cy", "cy: idle>ringing"])])


def test_whom_a_step_brings_waits_by_the_weight_of_their_own_queue() -> None:
    light = QueueConfig("light", {"x": 9}, steps=(Step(5.0, queues=("heavy",)),))
    engine = Engine([light, QueueConfig("heavy", {"support": 1}, weight=2.0)])
    quietly(engine, 0, ContactQueued("c1", "light"), ContactQueued("c2", "heavy"))
    quietly(engine, 5, None)
    play(
        engine,
        [
            (
                10,
                AgentSignedIn("b", {"support": 1}),
                ["b: logged_out>idle", "offer c2 to b", "b: idle>ringing"],
            )
        ],
    )
