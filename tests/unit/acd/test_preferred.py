"""Agents asked for by name: bound extension, last agent, each for so long (A-24)."""

from acd import (
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    ContactLeft,
    ContactQueued,
    Engine,
    OfferRefused,
    Preferred,
    QueueConfig,
)
from tests.support.acd_script import play, quietly

OUT_OF_SIGHT = Preferred("zoe", 30.0)


def desk(*, busy_after_no_answer: bool = True) -> Engine:
    config = QueueConfig("sales", {"sales": 5}, busy_after_no_answer=busy_after_no_answer)
    engine = Engine([config])
    quietly(engine, 0, AgentSignedIn("ann", {"sales": 5}), AgentSignedIn("bo", {"support": 1}))
    return engine


def asks(contact_id: str, *preferred: Preferred, no_agents: bool = False) -> ContactQueued:
    return ContactQueued(contact_id, "sales", preferred=preferred, overflow_no_agents=no_agents)


def test_who_is_asked_for_goes_first_whatever_their_skills() -> None:
    play(
        desk(),
        [(1, asks("c1", OUT_OF_SIGHT, Preferred("bo")), ["offer c1 to bo", "bo: idle>ringing"])],
    )


def test_who_is_busy_is_waited_for_and_then_anybody() -> None:
    engine = desk()
    quietly(engine, 1, AgentSetBusy("bo", "x"))
    play(
        engine,
        [
            (2, asks("c1", Preferred("bo", 20)), []),
            (3, asks("c2", Preferred("bo", 5)), []),
            (8, None, ["offer c2 to ann", "ann: idle>ringing"]),
            (9, AgentSetIdle("bo"), ["bo: busy>idle", "offer c1 to bo", "bo: idle>ringing"]),
        ],
    )


def test_who_is_busy_and_not_to_be_waited_for_is_passed_over() -> None:
    engine = desk()
    quietly(engine, 1, AgentSetBusy("bo", "x"))
    play(engine, [(2, asks("c1", Preferred("bo")), ["offer c1 to ann", "ann: idle>ringing"])])


def test_a_refusal_goes_on_to_the_next_choice_and_then_to_anybody() -> None:
    engine = desk()
    quietly(engine, 0, AgentSignedIn("cy", {}))
    play(
        engine,
        [
            (
                1,
                asks("c1", Preferred("bo", 9), Preferred("cy", 9)),
                ["offer c1 to bo", "bo: idle>ringing"],
            ),
            (
                2,
                OfferRefused(1, "rejected"),
                [
                    *("withdraw c1 from bo: rejected", "bo: ringing>busy(rejected)"),
                    *("offer c1 to cy", "cy: idle>ringing"),
                ],
            ),
            (
                3,
                OfferRefused(2, "rejected"),
                [
                    *("withdraw c1 from cy: rejected", "cy: ringing>busy(rejected)"),
                    *("offer c1 to ann", "ann: idle>ringing"),
                ],
            ),
        ],
    )


def test_who_signs_out_is_waited_for_no_longer() -> None:
    engine = desk()
    quietly(engine, 1, AgentSetBusy("bo", "x"), asks("c1", Preferred("bo", 500)))
    play(
        engine,
        [
            (
                2,
                AgentSignedOut("bo"),
                ["bo: busy>logged_out", "offer c1 to ann", "ann: idle>ringing"],
            ),
            (3, ContactLeft("c1"), ["withdraw c1 from ann: caller_left", "ann: ringing>idle"]),
        ],
    )
    assert engine.next_deadline() is None


def test_an_agent_asked_for_takes_whoever_has_waited_longest_of_all() -> None:
    engine = desk()
    quietly(engine, 1, AgentSetBusy("ann", "x"), ContactQueued("c1", "sales"))
    quietly(engine, 2, asks("c2", Preferred("ann", 60)))
    play(
        engine,
        [
            (3, AgentSetIdle("ann"), ["ann: busy>idle", "offer c1 to ann", "ann: idle>ringing"]),
            (
                4,
                ContactLeft("c1"),
                [
                    *("withdraw c1 from ann: caller_left", "ann: ringing>idle"),
                    *("offer c2 to ann", "ann: idle>ringing"),
                ],
            ),
        ],
    )


def test_nobody_signed_in_is_looked_at_after_the_one_asked_for() -> None:
    engine = Engine([QueueConfig("sales", {"sales": 5}, overflow_no_agents=True)])
    quietly(engine, 0, AgentSignedIn("bo", {}, ready=False))
    play(
        engine,
        [
            (1, asks("c1", Preferred("bo", 5)), []),
            (1, asks("c2", OUT_OF_SIGHT), ["overflow c2: no_agents"]),
            (6, None, ["overflow c1: no_agents"]),
        ],
    )


def test_the_hold_back_of_one_choice_does_not_disturb_the_wait_for_the_next() -> None:
    engine = desk(busy_after_no_answer=False)
    quietly(engine, 0, AgentSignedIn("cy", {}, ready=False))
    quietly(engine, 1, asks("c1", Preferred("bo"), Preferred("cy", 60)))
    play(
        engine,
        [
            (11, None, ["withdraw c1 from bo: no_answer", "bo: ringing>idle"]),
            (21, None, []),
            (22, AgentSetIdle("cy"), ["cy: busy>idle", "offer c1 to cy", "cy: idle>ringing"]),
        ],
    )
    quietly(engine, 23, ContactLeft("c1"))
    assert engine.next_deadline() is None


def test_who_is_waited_for_is_offered_the_caller_as_soon_as_they_may_have_them_again() -> None:
    engine = desk(busy_after_no_answer=False)
    play(
        engine,
        [
            (
                1,
                asks("c1", Preferred("ann"), Preferred("ann", 30.0)),
                ["offer c1 to ann", "ann: idle>ringing"],
            ),
            (11, None, ["withdraw c1 from ann: no_answer", "ann: ringing>idle"]),
            (21, None, ["offer c1 to ann", "ann: idle>ringing"]),
        ],
    )
