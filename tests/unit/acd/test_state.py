"""A saved engine goes on exactly like the one that was saved."""

import copy
import json
from random import Random
from typing import Any

import pytest

from acd import (
    AgentSignedIn,
    ContactEnded,
    ContactQueued,
    Engine,
    InvalidStateError,
    Offer,
    OfferAccepted,
    OfferRefused,
    Preferred,
    QueueConfig,
    Step,
)
from acd.strategy import STRATEGIES
from tests.support.acd_script import quietly, text


def _busy_engine(strategy: str, chance: Random | None = None) -> Engine:
    """Agents idle, ringing and talking; contacts waiting, held back and asking by name."""
    queue = QueueConfig(
        "sales",
        {"sales": 2},
        strategy,
        max_wait=90.0,
        acw=5.0,
        busy_after_no_answer=False,
        ranking=("cy", "ann"),
        steps=(Step(20.0, {"sales": 1}, agents=("dee",)),),
    )
    engine = Engine([queue, QueueConfig("support")], chance.random if chance else None)
    for name, level in (("ann", 3), ("bo", 2), ("cy", 5)):
        quietly(engine, 0.0, AgentSignedIn(name, {"sales": level}))
    quietly(engine, 1.0, AgentSignedIn("dee", {}, ready=False, reason="break"))
    for number in range(5):
        quietly(engine, 2.0 + number, ContactQueued(f"c{number}", "sales"))
    quietly(engine, 8.0, ContactQueued("c9", "support", preferred=(Preferred("ann", 30.0),)))
    return engine


def _goes_on(engine: Engine) -> list[str]:
    told = []
    for contact_id in ("c0", "c1", "c2", "c3", "c4", "c9"):
        commands = engine.advance(20.0) + engine.handle(ContactEnded(contact_id), 21.0)
        while commands:
            told += [text(command) for command in commands]
            offers = [each for each in commands if isinstance(each, Offer)]
            commands = [
                command
                for offer in offers
                for command in engine.handle(
                    OfferRefused(offer.offer_id, "no_answer")
                    if offer.offer_id % 3
                    else OfferAccepted(offer.offer_id),
                    22.0,
                )
            ]
    return told


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_a_restored_engine_goes_on_the_same(strategy: str) -> None:
    chance = Random(7)
    engine = _busy_engine(strategy, chance)
    saved = json.loads(json.dumps(engine.state()))
    again = Engine.restore(saved, copy.deepcopy(chance).random)
    assert again.snapshot() == engine.snapshot()
    assert again.next_deadline() == engine.next_deadline()
    told = _goes_on(engine)
    assert len(told) > 10
    assert _goes_on(again) == told


def test_what_is_saved_stays_as_it_is() -> None:
    engine = _busy_engine("longest_idle")
    saved = engine.state()
    frozen = json.dumps(saved)
    _goes_on(engine)
    assert json.dumps(saved) == frozen


def test_many_contacts_need_no_recursion() -> None:
    engine = Engine([QueueConfig("q")])
    for number in range(20_000):
        engine.handle(ContactQueued(f"c{number}", "q"), float(number))
    again = Engine.restore(engine.state())
    assert again.snapshot() == engine.snapshot()


def _damaged(saved: dict[str, Any], what: str) -> dict[str, Any]:
    match what:
        case "version":
            saved["version"] = 99
        case "foreign class":
            saved["fields"]["os:system"] = []
        case "function":
            saved["nodes"][0][1][0] = ["function", "os:system"]
        case "other fields":
            name = "acd.agent:Agent"
            saved["fields"][name] = [*saved["fields"][name], "more"]
        case "missing node":
            saved["nodes"][0][1][0] = ["node", 10**6]
        case "no nodes":
            del saved["nodes"]
        case "unknown tag":
            saved["nodes"][0][1][0] = ["call", "x"]
    return saved


@pytest.mark.parametrize(
    "what",
    [
        "version",
        "foreign class",
        "function",
        "other fields",
        "missing node",
        "no nodes",
        "unknown tag",
    ],
)
def test_what_this_version_did_not_write_is_refused(what: str) -> None:
    saved = json.loads(json.dumps(_busy_engine("longest_idle").state()))
    with pytest.raises(InvalidStateError):
        Engine.restore(_damaged(saved, what))
