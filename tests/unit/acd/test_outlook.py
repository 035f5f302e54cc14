"""Where a contact stands, who works for its queue, and what had no effect."""

from acd import (
    AcwFinished,
    AgentSetBusy,
    AgentSignedIn,
    AgentSignedOut,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    DeviceChanged,
    Engine,
    OfferAccepted,
    OfferRefused,
    Outlook,
    QueueConfig,
    Worker,
)
from tests.support.acd_script import quietly


def test_the_position_is_that_in_the_order_of_service() -> None:
    engine = Engine([QueueConfig("q", {"a": 1}), QueueConfig("other", {"a": 1})])
    quietly(engine, 0, ContactQueued("first", "q"), ContactQueued("elsewhere", "other"))
    quietly(engine, 1, ContactQueued("vip", "q", priority=1), ContactQueued("last", "q"))
    places = [engine.outlook(each) for each in ("vip", "first", "last", "nobody")]
    assert places == [Outlook(1, False), Outlook(2, False), Outlook(3, False), None]
    quietly(engine, 2, AgentSignedIn("ann", {"a": 1}))
    assert engine.outlook("vip") == Outlook(1, True)
    quietly(engine, 3, OfferAccepted(1))
    assert engine.outlook("vip") is None  # who talks waits for nobody
    assert engine.outlook("last") == Outlook(2, False)


def test_who_works_for_a_queue() -> None:
    engine = Engine([QueueConfig("q", {"a": 1}), QueueConfig("other")])
    quietly(
        engine,
        0,
        AgentSignedIn("idle", {"a": 1}),
        AgentSignedIn("pausing", {"a": 1}),
        AgentSignedIn("phoneless", {"a": 1}),
        AgentSignedIn("unskilled", {}),
    )
    quietly(engine, 1, AgentSetBusy("pausing", "break"), DeviceChanged("phoneless", usable=False))
    assert engine.workers("q") == [Worker("idle", 2, True)]
    assert [each.agent_id for each in engine.workers("other")] == ["idle", "unskilled"]
    assert engine.queue("q").idle == 1


def test_late_and_unknown_inputs_change_nothing_and_are_counted() -> None:
    engine = Engine([QueueConfig("q")])
    quietly(engine, 0, AgentSignedIn("ann", {}), ContactQueued("c", "q"), OfferAccepted(1))
    before = engine.snapshot()
    for event in (
        AgentSignedIn("ann", {}),
        AgentSignedOut("zoe"),
        AcwFinished("zoe"),
        ContactQueued("c", "q"),
        ContactLeft("unknown"),
        ContactEnded("unknown"),
        OfferAccepted(1),
        OfferRefused(9, "rejected"),
    ):
        assert engine.handle(event, 1) == []
    assert engine.snapshot() == before
    assert engine.ignored() == {
        "AgentSignedIn": 1,
        "AgentSignedOut": 1,
        "AcwFinished": 1,
        "ContactQueued": 1,
        "ContactLeft": 1,
        "ContactEnded": 1,
        "OfferAccepted": 1,
        "OfferRefused": 1,
    }
