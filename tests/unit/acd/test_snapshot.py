from acd import (
    AgentSetBusy,
    AgentSignedIn,
    ContactLeft,
    ContactQueued,
    Engine,
    OfferAccepted,
    QueueConfig,
    QueueSnapshot,
)
from tests.support.acd_script import quietly


def test_counts_where_everybody_is() -> None:
    engine = Engine([QueueConfig("sales", {"sales": 1}), QueueConfig("support", {"support": 1})])
    for agent_id in ("ann", "bo", "cy"):
        quietly(engine, 0, AgentSignedIn(agent_id, {"sales": 1}))
    quietly(engine, 0, AgentSignedIn("dai", {"sales": 1, "support": 1}))
    quietly(engine, 1, AgentSetBusy("cy", "x"))
    for now in range(2, 7):
        quietly(engine, now, ContactQueued(f"c{now}", "sales"))
    quietly(engine, 7, OfferAccepted(1))
    snapshot = engine.snapshot()
    assert snapshot.queues == (
        QueueSnapshot(
            "sales", waiting=2, ringing=2, talking=1, waiting_since=3, idle=0, signed_in=4
        ),
        QueueSnapshot("support", 0, 0, 0, None, idle=0, signed_in=1),
    )
    assert (snapshot.agents, snapshot.contacts) == (4, 5)


def test_the_longest_wait_is_found_behind_a_higher_priority() -> None:
    engine = Engine([QueueConfig("sales")])
    quietly(engine, 5, ContactQueued("c1", "sales"))
    quietly(engine, 6, ContactQueued("c2", "sales", priority=9))
    assert engine.snapshot().queues[0].waiting_since == 5
    quietly(engine, 7, ContactLeft("c1"))
    assert engine.snapshot().queues[0].waiting_since == 6
    quietly(engine, 8, ContactLeft("c2"))
    assert engine.snapshot().queues[0].waiting_since is None
