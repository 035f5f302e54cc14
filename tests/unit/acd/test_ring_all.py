"""Strategy `ring_all`: several agents ring for one contact, and one of them gets it."""

from typing import Any

from acd import (
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    Engine,
    OfferAccepted,
    OfferRefused,
    QueueConfig,
)
from tests.support.acd_script import play, quietly


def desk(*agents: str, **more: Any) -> Engine:
    engine = Engine([QueueConfig("sales", strategy="ring_all", **more)])
    for agent_id in agents:
        quietly(engine, 0, AgentSignedIn(agent_id, {}))
    return engine


def test_one_wins_and_the_others_keep_their_turn() -> None:
    play(
        desk("ann", "bo", "cy"),
        [
            (
                1,
                ContactQueued("c1", "sales"),
                [
                    *("offer c1 to ann", "ann: idle>ringing"),
                    *("offer c1 to bo", "bo: idle>ringing"),
                    *("offer c1 to cy", "cy: idle>ringing"),
                ],
            ),
            (2, ContactQueued("c2", "sales"), []),
            (
                5,
                OfferAccepted(2),
                [
                    "withdraw c1 from ann: lost_race",
                    "withdraw c1 from cy: lost_race",
                    "bo: ringing>talking",
                    *("ann: ringing>idle", "offer c2 to ann", "ann: idle>ringing"),
                    *("cy: ringing>idle", "offer c2 to cy", "cy: idle>ringing"),
                ],
            ),
            (5, OfferAccepted(1), []),
            (5, OfferAccepted(3), []),
        ],
    )


def test_no_more_ring_at_once_than_the_queue_allows_and_a_refusal_brings_the_next() -> None:
    play(
        desk("ann", "bo", "cy", ring_at_once=2),
        [
            (
                1,
                ContactQueued("c1", "sales"),
                [
                    *("offer c1 to ann", "ann: idle>ringing"),
                    *("offer c1 to bo", "bo: idle>ringing"),
                ],
            ),
            (
                2,
                OfferRefused(1, "rejected"),
                [
                    *("withdraw c1 from ann: rejected", "ann: ringing>busy(rejected)"),
                    *("offer c1 to cy", "cy: idle>ringing"),
                ],
            ),
        ],
    )


def test_who_becomes_idle_joins_the_ringing_unless_somebody_waits_for_them_alone() -> None:
    engine = desk("ann", "bo")
    quietly(engine, 0, AgentSignedIn("cy", {}, ready=False))
    quietly(engine, 1, ContactQueued("c1", "sales"))
    play(
        engine,
        [(2, AgentSetIdle("cy"), ["cy: busy>idle", "offer c1 to cy", "cy: idle>ringing"])],
    )
    quietly(engine, 3, ContactQueued("c2", "sales"))
    play(
        engine,
        [
            (
                4,
                AgentSignedIn("dai", {}),
                ["dai: logged_out>idle", "offer c2 to dai", "dai: idle>ringing"],
            )
        ],
    )


def test_a_caller_who_leaves_stops_all_phones() -> None:
    engine = desk("ann", "bo")
    quietly(engine, 1, ContactQueued("c1", "sales"))
    play(
        engine,
        [
            (
                2,
                ContactLeft("c1"),
                [
                    "withdraw c1 from ann: caller_left",
                    "withdraw c1 from bo: caller_left",
                    "ann: ringing>idle",
                    "bo: ringing>idle",
                ],
            )
        ],
    )
    assert engine.next_deadline() is None


def test_a_ringer_who_signs_out_leaves_the_others_ringing() -> None:
    engine = desk("ann", "bo")
    quietly(engine, 1, ContactQueued("c1", "sales"))
    play(
        engine,
        [
            (
                2,
                AgentSignedOut("ann"),
                ["withdraw c1 from ann: withdrawn", "ann: ringing>logged_out"],
            ),
            (3, OfferAccepted(2), ["bo: ringing>talking"]),
            (4, ContactEnded("c1"), ["bo: talking>idle"]),
        ],
    )


def test_after_the_longest_wait_the_ringing_may_finish_but_nobody_joins() -> None:
    engine = desk("ann", max_wait=5)
    quietly(engine, 1, ContactQueued("c1", "sales"))
    play(
        engine,
        [
            (6, None, []),
            (7, AgentSignedIn("bo", {}), ["bo: logged_out>idle"]),
            (
                11,
                None,
                [
                    "withdraw c1 from ann: no_answer",
                    "ann: ringing>busy(no_answer)",
                    "overflow c1: max_wait",
                ],
            ),
        ],
    )


def test_all_who_let_it_ring_and_stay_idle_pause_one_ring_time() -> None:
    engine = desk("ann", "bo", busy_after_no_answer=False)
    quietly(engine, 1, ContactQueued("c1", "sales"))
    play(
        engine,
        [
            (
                11,
                None,
                [
                    *("withdraw c1 from ann: no_answer", "ann: ringing>idle"),
                    *("withdraw c1 from bo: no_answer", "bo: ringing>idle"),
                ],
            ),
            (
                21,
                None,
                [
                    *("offer c1 to ann", "ann: idle>ringing"),
                    *("offer c1 to bo", "bo: idle>ringing"),
                ],
            ),
        ],
    )
