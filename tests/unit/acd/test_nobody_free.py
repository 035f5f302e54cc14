"""What becomes of a caller for whom nobody is free, in the order of A-07."""

from typing import Any

import pytest

from acd import (
    AgentSignedIn,
    ContactQueued,
    Engine,
    OfferRefused,
    QueueClosed,
    QueueConfig,
    QueueReopened,
    UnknownQueueError,
)
from tests.support.acd_script import play, quietly

ANN = AgentSignedIn("ann", {})
BUSY_ANN = AgentSignedIn("ann", {}, ready=False)


def desk(**more: Any) -> Engine:
    return Engine([QueueConfig("sales", **more)])


@pytest.mark.parametrize(
    ("scene", "outcome"),
    [
        pytest.param([QueueClosed("sales"), ANN], ["overflow c: closed"], id="closed first"),
        pytest.param([], ["overflow c: no_agents"], id="then nobody signed in"),
        pytest.param([ANN], ["offer c to ann", "ann: idle>ringing"], id="then an idle agent"),
        pytest.param([BUSY_ANN], ["overflow c: all_busy"], id="then all busy"),
    ],
)
def test_a07_the_order_in_which_ways_out_are_looked_at(
    scene: list[Any], outcome: list[str]
) -> None:
    engine = desk(overflow_no_agents=True, overflow_all_busy=True, max_length=0, max_wait=20)
    quietly(engine, 0, *scene)
    play(engine, [(1, ContactQueued("c", "sales"), outcome)])
    assert engine.snapshot().contacts == (1 if "offer" in outcome[0] else 0)


def test_a07_a_full_queue_takes_nobody_but_those_who_go_to_the_head() -> None:
    engine = desk(max_length=2, max_wait=20)
    quietly(engine, 0, BUSY_ANN)
    play(
        engine,
        [
            (1, ContactQueued("c1", "sales"), []),
            (2, ContactQueued("c2", "sales"), []),
            (3, ContactQueued("c3", "sales"), ["overflow c3: full"]),
            (4, ContactQueued("c4", "sales", head=True), []),
            (21, None, ["overflow c1: max_wait"]),
            (22, None, ["overflow c2: max_wait"]),
            (23, ContactQueued("c5", "sales"), []),
        ],
    )


def test_who_rings_does_not_count_as_waiting() -> None:
    engine = desk(max_length=0)
    quietly(engine, 0, ANN, AgentSignedIn("bo", {}))
    quietly(engine, 1, ContactQueued("c1", "sales"))
    play(
        engine,
        [
            (2, ContactQueued("c2", "sales"), ["offer c2 to bo", "bo: idle>ringing"]),
            (3, ContactQueued("c3", "sales"), ["overflow c3: full"]),
            # Once in, a caller whose ring failed waits on.
            (
                4,
                OfferRefused(1, "rejected"),
                ["withdraw c1 from ann: rejected", "ann: ringing>busy(rejected)"],
            ),
        ],
    )


def test_closing_lets_those_who_wait_stay_or_leave() -> None:
    engine = desk()
    quietly(engine, 0, BUSY_ANN, ContactQueued("c1", "sales"), ContactQueued("c2", "sales"))
    play(
        engine,
        [
            (1, QueueClosed("sales"), []),
            (2, ContactQueued("c3", "sales"), ["overflow c3: closed"]),
            (3, QueueClosed("sales", clear=True), ["overflow c1: closed", "overflow c2: closed"]),
            (4, QueueReopened("sales"), []),
            (5, ContactQueued("c4", "sales"), []),
        ],
    )


def test_clearing_lets_a_ring_finish() -> None:
    engine = desk()
    quietly(engine, 0, ANN, ContactQueued("c1", "sales"))
    play(
        engine,
        [
            (1, QueueClosed("sales", clear=True), []),
            (
                10,
                None,
                [
                    "withdraw c1 from ann: no_answer",
                    "ann: ringing>busy(no_answer)",
                    "overflow c1: closed",
                ],
            ),
        ],
    )


@pytest.mark.parametrize("event", [QueueClosed("x"), QueueReopened("x")])
def test_an_unknown_queue_is_refused(event: QueueClosed | QueueReopened) -> None:
    with pytest.raises(UnknownQueueError):
        desk().handle(event, 0.0)
