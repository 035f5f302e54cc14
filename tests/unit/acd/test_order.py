"""Which caller is next: priority that ages, weight, the head of the queue, the place kept."""

import pytest

from acd import (
    AgentSetIdle,
    AgentSignedIn,
    ContactEnded,
    ContactQueued,
    DeviceFailed,
    Engine,
    Offer,
    OfferAccepted,
    QueueConfig,
)
from tests.support.acd_script import quietly


def served(engine: Engine, now: float, count: int) -> list[str]:
    """The contacts that an agent who comes now takes, one straight after the other."""
    order = []
    commands = engine.handle(AgentSignedIn("zoe", {"a": 9, "b": 9}), now)
    for _ in range(count):
        offer = next(each for each in commands if isinstance(each, Offer))
        order.append(offer.contact_id)
        quietly(engine, now, OfferAccepted(offer.offer_id))
        commands = engine.handle(ContactEnded(offer.contact_id), now)
    return order


@pytest.mark.parametrize(("late_by", "first"), [(59.0, "vip"), (60.0, "old"), (61.0, "old")])
def test_a_step_of_priority_is_worth_so_many_seconds_and_no_more(
    late_by: float, first: str
) -> None:
    engine = Engine([QueueConfig("q", priority_worth=60)])
    quietly(engine, 0, ContactQueued("old", "q"))
    quietly(engine, late_by, ContactQueued("vip", "q", priority=1))
    assert served(engine, 100, 2)[0] == first


def test_nobody_starves_beside_an_endless_stream_of_important_callers() -> None:
    engine = Engine([QueueConfig("q", priority_worth=60)])
    quietly(engine, 0, ContactQueued("old", "q"))
    for n in range(100):
        quietly(engine, n, ContactQueued(f"vip{n}", "q", priority=1))
    assert served(engine, 100, 101).index("old") == 60


def test_weight_is_how_fast_waiting_counts() -> None:
    engine = Engine([QueueConfig("heavy", {"a": 1}, weight=3), QueueConfig("light", {"b": 1})])
    quietly(engine, 0, ContactQueued("light", "light"))
    quietly(engine, 60, ContactQueued("heavy", "heavy"))
    early = Engine([QueueConfig("heavy", {"a": 1}, weight=3), QueueConfig("light", {"b": 1})])
    quietly(early, 0, ContactQueued("light", "light"))
    quietly(early, 60, ContactQueued("heavy", "heavy"))
    # At 80, 3 x 20 s are less than 80 s; at 100, 3 x 40 s are more than 100 s.
    assert served(early, 80, 2) == ["light", "heavy"]
    assert served(engine, 100, 2) == ["heavy", "light"]


def test_a_priority_is_worth_the_same_whatever_the_weight() -> None:
    engine = Engine([QueueConfig("q", weight=4, priority_worth=60), QueueConfig("light")])
    quietly(engine, 0, ContactQueued("light", "light"))
    quietly(engine, 90, ContactQueued("vip", "q", priority=1))
    # 4 x 10 s and 60 s for the priority are as much as 100 s; the order of coming decides.
    assert served(engine, 100, 2) == ["light", "vip"]


def test_a_03_the_head_is_before_all_of_whatever_priority() -> None:
    engine = Engine([QueueConfig("q", priority_worth=1000)])
    quietly(engine, 0, ContactQueued("first", "q"), ContactQueued("low", "q", priority=-1))
    quietly(engine, 5, ContactQueued("vip", "q", priority=1))
    quietly(engine, 10, ContactQueued("lost", "q", enqueued_at=7.0, head=True))
    quietly(engine, 10, ContactQueued("lost too", "q", head=True))
    assert served(engine, 20, 5) == ["lost", "lost too", "vip", "first", "low"]


def test_the_caller_of_a_dead_phone_is_the_next_to_be_answered() -> None:
    engine = Engine([QueueConfig("q")])
    quietly(engine, 0, AgentSignedIn("ann", {}), ContactQueued("c1", "q"), OfferAccepted(1))
    quietly(engine, 1, ContactQueued("c2", "q", enqueued_at=-500.0), ContactQueued("c3", "q"))
    quietly(engine, 2, DeviceFailed("ann"), ContactEnded("c1"))
    quietly(engine, 2, ContactQueued("c1", "q", enqueued_at=0.0, head=True))
    offers = [each for each in engine.handle(AgentSetIdle("ann"), 3) if isinstance(each, Offer)]
    assert [each.contact_id for each in offers] == ["c1"]


def test_the_place_is_kept_from_one_queue_to_the_next() -> None:
    engine = Engine([QueueConfig("q"), QueueConfig("next")])
    quietly(engine, 0, ContactQueued("here first", "next"))
    quietly(engine, 5, ContactQueued("here since", "next"))
    quietly(engine, 9, ContactQueued("from elsewhere", "next", enqueued_at=3.0))
    assert served(engine, 10, 3) == ["here first", "from elsewhere", "here since"]
