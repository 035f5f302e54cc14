from acd import (
    AgentSignedIn,
    AgentView,
    ContactQueued,
    Engine,
    OfferAccepted,
    OfferRefused,
    QueueConfig,
)
from tests.support.acd_script import ADVANCE, play, quietly

ANN = AgentSignedIn("ann", {})
BO = AgentSignedIn("bo", {})
C1 = ContactQueued("c1", "sales")


def test_the_next_deadline_follows_every_input() -> None:
    engine = Engine([QueueConfig("sales", ring_timeout=10, max_wait=60)])
    assert engine.next_deadline() is None
    quietly(engine, 0, C1)
    assert engine.next_deadline() == 60
    quietly(engine, 5, ANN)
    assert engine.next_deadline() == 15
    quietly(engine, 7, OfferAccepted(1))
    assert engine.next_deadline() is None


def test_advancing_early_does_nothing() -> None:
    engine = Engine([QueueConfig("sales")])
    quietly(engine, 0, ANN, C1)
    assert engine.advance(9.999) == []
    assert engine.next_deadline() == 10


def test_a_stall_counts_no_ring_that_never_was() -> None:
    engine = Engine([QueueConfig("sales", ring_timeout=10)])
    quietly(engine, 0, ANN, BO, C1)
    play(
        engine,
        [
            (
                100,
                ADVANCE,
                [
                    "withdraw c1 from ann: no_answer",
                    "ann: ringing>busy(no_answer)",
                    "offer c1 to bo",
                    "bo: idle>ringing",
                ],
            )
        ],
    )
    assert engine.next_deadline() == 110


def test_the_view_of_an_agent_tells_all_that_the_desk_checks() -> None:
    engine = Engine([QueueConfig("sales")])
    assert engine.agent("ann") is None
    quietly(engine, 0, ANN)
    quietly(engine, 3, C1)
    ringing = AgentView(
        agent_id="ann",
        state="ringing",
        reason="",
        since=3,
        acw_until=None,
        contact_id="c1",
        offer_id=1,
        standing_busy=None,
        device_usable=True,
        unanswered=0,
    )
    assert engine.agent("ann") == ringing
    quietly(engine, 4, OfferRefused(1, "rejected"))
    assert engine.agent("ann") == AgentView(
        agent_id="ann",
        state="busy",
        reason="rejected",
        since=4,
        acw_until=None,
        contact_id=None,
        offer_id=None,
        standing_busy="rejected",
        device_usable=True,
        unanswered=1,
    )
