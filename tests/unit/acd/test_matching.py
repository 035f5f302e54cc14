"""Who is offered whom: order among contacts, order among agents, skills, several queues."""

import pytest

from acd import (
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    ContactEnded,
    ContactQueued,
    Engine,
    Event,
    Offer,
    OfferAccepted,
    QueueConfig,
)
from tests.support.acd_script import feed, play, quietly

QUEUES = [
    QueueConfig("sales", {"sales": 1}),
    QueueConfig("support", {"support": 3}),
    QueueConfig("vip", {"sales": 5, "support": 5}, priority=5),
    QueueConfig("anyone"),
]
ALL_SKILLS = {"sales": 9, "support": 9}


def offered(engine: Engine, now: float, event: Event) -> list[tuple[str, str]]:
    commands = feed(engine, now, event)
    return [(each.contact_id, each.agent_id) for each in commands if isinstance(each, Offer)]


def served_in_order(engine: Engine, count: int) -> list[str]:
    """The contacts that one new agent with all skills takes, one after the other."""
    order = []
    commands = engine.handle(AgentSignedIn("zoe", ALL_SKILLS), 1000.0)
    for _ in range(count):
        offer = next(each for each in commands if isinstance(each, Offer))
        order.append(offer.contact_id)
        quietly(engine, 1000.0, OfferAccepted(offer.offer_id))
        commands = engine.handle(ContactEnded(offer.contact_id), 1000.0)
    return order


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        pytest.param(
            [("a", "sales", 0, None), ("b", "sales", 0, None), ("c", "sales", 0, None)],
            ["a", "b", "c"],
            id="first come, first served",
        ),
        pytest.param(
            [("a", "sales", 0, None), ("b", "sales", 2, None), ("c", "sales", 1, None)],
            ["b", "c", "a"],
            id="the higher priority first",
        ),
        pytest.param(
            [("a", "sales", 0, None), ("b", "support", 1, None), ("c", "anyone", 0, None)],
            ["b", "a", "c"],
            id="priority and then waiting time across queues",
        ),
        pytest.param(
            [("a", "sales", 4, None), ("b", "vip", 0, None), ("c", "sales", 6, None)],
            ["c", "b", "a"],
            id="the queue's priority adds to the contact's",
        ),
        pytest.param(
            [("a", "sales", 0, None), ("b", "support", 0, -50.0)],
            ["b", "a"],
            id="a re-queued caller keeps their place",
        ),
        pytest.param(
            [("a", "sales", 0, 5.0), ("b", "support", 0, 5.0), ("c", "sales", 0, 5.0)],
            ["a", "b", "c"],
            id="the order of coming breaks ties",
        ),
    ],
)
def test_an_agent_who_becomes_free_takes(
    contacts: list[tuple[str, str, int, float | None]], expected: list[str]
) -> None:
    engine = Engine(QUEUES)
    for now, (contact_id, queue, priority, enqueued_at) in enumerate(contacts, 10):
        quietly(engine, now, ContactQueued(contact_id, queue, priority, enqueued_at))
    assert served_in_order(engine, len(contacts)) == expected


@pytest.mark.parametrize(
    ("queue", "expected"),
    [("sales", "ann"), ("support", "bo"), ("vip", "cy"), ("anyone", "ann")],
)
def test_a_contact_goes_only_to_those_who_reach_every_level(queue: str, expected: str) -> None:
    engine = Engine(QUEUES)
    quietly(
        engine,
        0,
        AgentSignedIn("ann", {"sales": 4, "support": 2}),
        AgentSignedIn("bo", {"support": 3}),
        AgentSignedIn("cy", {"sales": 5, "support": 5}),
    )
    assert offered(engine, 1, ContactQueued("c1", queue)) == [("c1", expected)]


def test_the_longest_idle_is_offered_first_and_a_higher_level_does_not_rank() -> None:
    engine = Engine(QUEUES)
    quietly(engine, 0, AgentSignedIn("ann", {"sales": 1}))
    quietly(engine, 1, AgentSignedIn("bo", {"sales": 10}))
    quietly(engine, 2, AgentSetBusy("ann", "x"))
    quietly(engine, 3, AgentSetIdle("ann"))
    assert offered(engine, 4, ContactQueued("c1", "sales")) == [("c1", "bo")]
    assert offered(engine, 4, ContactQueued("c2", "sales")) == [("c2", "ann")]


def test_sign_in_order_breaks_a_tie_of_idle_times() -> None:
    engine = Engine(QUEUES)
    quietly(engine, 0, AgentSignedIn("zed", {"sales": 1}), AgentSignedIn("abe", {"sales": 1}))
    for agent_id in ("abe", "zed"):
        quietly(engine, 1, AgentSetBusy(agent_id, "x"))
    for agent_id in ("abe", "zed"):
        quietly(engine, 2, AgentSetIdle(agent_id))
    assert offered(engine, 3, ContactQueued("c1", "sales")) == [("c1", "zed")]


def test_an_agent_taken_by_one_queue_is_gone_from_the_others() -> None:
    engine = Engine(QUEUES)
    quietly(engine, 0, AgentSignedIn("ann", ALL_SKILLS))
    assert offered(engine, 1, ContactQueued("c1", "sales")) == [("c1", "ann")]
    assert offered(engine, 1, ContactQueued("c2", "support")) == []


def test_an_agent_who_signs_in_with_other_skills_serves_other_queues() -> None:
    engine = Engine(QUEUES)
    quietly(engine, 0, AgentSignedIn("ann", {"sales": 1}), AgentSignedOut("ann"))
    quietly(engine, 1, ContactQueued("c1", "sales"), ContactQueued("c2", "support"))
    assert offered(engine, 2, AgentSignedIn("ann", {"support": 3})) == [("c2", "ann")]


def test_skill_sets_that_nobody_has_any_more_are_forgotten() -> None:
    engine = Engine(QUEUES)
    for level in range(1, 11):
        quietly(engine, 0, AgentSignedIn("ann", {"sales": level}), AgentSignedOut("ann"))
    assert len(engine._floor.matching._profiles) == 0


def test_one_event_can_lead_to_several_offers_in_the_order_of_time() -> None:
    engine = Engine([QueueConfig("sales", acw=5.0)])
    quietly(engine, 0, AgentSignedIn("ann", {}), AgentSignedIn("bo", {}))
    quietly(engine, 0, ContactQueued("c1", "sales"), ContactQueued("c2", "sales"))
    quietly(engine, 1, OfferAccepted(1), OfferAccepted(2), ContactEnded("c2"), ContactEnded("c1"))
    quietly(engine, 2, ContactQueued("c3", "sales"), ContactQueued("c4", "sales"))
    play(
        engine,
        [
            (
                6,
                None,
                [
                    "bo: acw>idle",
                    "offer c3 to bo",
                    "bo: idle>ringing",
                    "ann: acw>idle",
                    "offer c4 to ann",
                    "ann: idle>ringing",
                ],
            )
        ],
    )
