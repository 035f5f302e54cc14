"""Why each agent has, or has not, got a contact."""

from random import Random

import pytest

from acd import (
    AgentEngaged,
    AgentSetIdle,
    AgentSignedIn,
    ContactQueued,
    Engine,
    Offer,
    OfferAccepted,
    OfferRefused,
    Preferred,
    QueueConfig,
    Runners,
    Standing,
    Step,
)
from tests.support.acd_script import quietly

SALES = QueueConfig(
    "sales",
    {"sales": 3},
    busy_after_no_answer=False,
    acw=30.0,
    steps=(Step(20.0, {"sales": 1}), Step(40.0, agents=("kim",))),
)


def _verdicts(engine: Engine, contact_id: str) -> dict[str, str]:
    return {each.agent_id: each.verdict for each in engine.standings(contact_id)}


def _engine(*queues: QueueConfig, chance: Random | None = None) -> Engine:
    engine = Engine(queues or (SALES,), chance.random if chance else None)
    for at, name in enumerate(("ann", "bo", "cy")):
        quietly(engine, float(at), AgentSignedIn(name, {"sales": 5}))
    return engine


def test_the_line_in_its_order_and_who_lacks_what() -> None:
    engine = _engine()
    quietly(
        engine,
        5.0,
        AgentSignedIn("dee", {"sales": 2}),
        AgentSignedIn("kim", {"french": 9}),
        AgentSignedIn("lou", {}),
        AgentSignedIn("may", {"sales": 3}, ready=False, reason="lunch"),
    )
    (offer,) = [
        each
        for each in engine.handle(ContactQueued("c1", "sales"), 10.0)
        if isinstance(each, Offer)
    ]
    assert engine.runners(offer.offer_id, 5) == Runners(1, ("bo", "cy"))
    assert engine.standings("c1") == [
        Standing("ann", "offered", since=10.0, contact_id="c1", step=0),
        Standing("bo", "in_line", 1, 1.0, step=0),
        Standing("cy", "in_line", 2, 2.0, step=0),
        Standing("dee", "later_step", since=5.0, lacks=(("sales", 3, 2),), step=1),
        Standing("kim", "later_step", since=5.0, lacks=(("sales", 3, 0),), step=2),
        Standing("lou", "lacks_skills", since=5.0, lacks=(("sales", 3, 0),)),
        Standing("may", "busy", since=5.0, reason="lunch", step=0),
    ]


def test_those_with_others_and_after_the_answer() -> None:
    engine = _engine()
    for number in range(2):
        quietly(engine, 10.0, ContactQueued(f"c{number}", "sales"))
    quietly(engine, 11.0, OfferAccepted(1), AgentEngaged("cy", "dialling"))
    assert _verdicts(engine, "c1") == {"bo": "offered", "ann": "talking", "cy": "dialling"}
    (ann,) = [each for each in engine.standings("c1") if each.agent_id == "ann"]
    assert ann.contact_id == "c0"
    assert _verdicts(engine, "c0")["ann"] == "talking_with"


def test_who_has_just_let_it_ring_is_held_back_and_counts_in_the_rank() -> None:
    engine = _engine()
    quietly(engine, 10.0, ContactQueued("c1", "sales"), OfferRefused(1, "no_answer"))
    assert _verdicts(engine, "c1") == {"bo": "offered", "cy": "in_line", "ann": "in_line"}
    # The hold-back ended with bo's offer; with two idle who let it ring it lasts.
    only = Engine([SALES])
    quietly(only, 0.0, AgentSignedIn("ann", {"sales": 5}), ContactQueued("c1", "sales"))
    quietly(only, 1.0, OfferRefused(1, "no_answer"))
    assert _verdicts(only, "c1") == {"ann": "held_back"}


def test_who_waits_by_name_asks_nobody_else() -> None:
    engine = _engine()
    quietly(engine, 3.0, AgentSignedIn("zoe", {}, ready=False, reason="x"))
    asks = ContactQueued("c1", "sales", preferred=(Preferred("zoe", 60.0),))
    quietly(engine, 4.0, asks)
    assert _verdicts(engine, "c1") == {
        "ann": "not_asked_for",
        "bo": "not_asked_for",
        "cy": "not_asked_for",
        "zoe": "busy",
    }
    quietly(engine, 5.0, AgentSetIdle("zoe"))
    assert _verdicts(engine, "c1")["zoe"] == "offered"


def test_by_chance_there_is_no_order_but_all_are_named() -> None:
    engine = _engine(QueueConfig("sales", {}, "random"), chance=Random(1))
    commands = engine.handle(ContactQueued("c1", "sales"), 10.0)
    (offer,) = [each for each in commands if isinstance(each, Offer)]
    runners = engine.runners(offer.offer_id, 5)
    assert runners is not None
    assert sorted((offer.agent_id, *runners.next)) == ["ann", "bo", "cy"]


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_no_more_runners_than_wanted(limit: int) -> None:
    engine = _engine()
    quietly(engine, 10.0, ContactQueued("c1", "sales"))
    runners = engine.runners(1, limit)
    assert runners is not None
    assert runners.next == ("bo", "cy")[:limit]


def test_nothing_is_known_of_who_is_not_here() -> None:
    engine = _engine()
    assert engine.standings("c1") == []
    assert engine.runners(1, 5) is None
