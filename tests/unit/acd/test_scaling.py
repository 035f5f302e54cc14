"""The cost of a decision, counted in lines executed and times compared, never in seconds."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import acd
from acd import (
    AgentSignedIn,
    Command,
    ContactEnded,
    ContactQueued,
    Engine,
    Offer,
    OfferAccepted,
    QueueConfig,
)

ENGINE = str(Path(acd.__file__).parent)
CYCLES = 40
SKILLS = 50
QUEUES = 200


@dataclass
class Work:
    """What was done while it was being counted."""

    lines: int = 0
    comparisons: int = 0


class Moment(float):
    """A time that counts how often it is compared, also as part of a heap's key."""

    work = Work()

    def __lt__(self, other: float) -> bool:
        Moment.work.comparisons += 1
        return float(self) < float(other)

    def __eq__(self, other: object) -> bool:
        Moment.work.comparisons += 1
        return float(self) == other

    __hash__ = float.__hash__

    def __add__(self, other: float) -> "Moment":
        return Moment(float(self) + other)


@contextmanager
def counted() -> Iterator[Work]:
    """Counts what the engine does inside; the times must be `Moment`s."""
    work = Moment.work = Work()

    def trace(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        if ENGINE not in frame.f_code.co_filename:
            return None
        work.lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield work
    finally:
        sys.settrace(before)
        Moment.work = Work()


def site(agents: int) -> Engine:
    """200 queues, 50 skills, each agent with three of them: twelve queues to serve."""
    engine = Engine(
        QueueConfig(f"q{n}", {f"s{n % SKILLS}": 1 + n // SKILLS}) for n in range(QUEUES)
    )
    for n in range(agents):
        skills = {f"s{(n * step) % SKILLS}": 5 for step in (1, 3, 7)}
        engine.handle(AgentSignedIn(f"a{n}", skills), Moment(n / agents))
    return engine


def offer_in(commands: list[Command]) -> Offer:
    """The one offer among them."""
    (offer,) = (command for command in commands if isinstance(command, Offer))
    return offer


def where_agents_are_idle(agents: int) -> Work:
    """Contacts come to idle agents, are answered and end."""
    engine = site(agents)
    with counted() as work:
        for n in range(CYCLES):
            now = Moment(10.0 + n)
            offer = offer_in(engine.handle(ContactQueued(f"c{n}", f"q{n % QUEUES}"), now))
            engine.handle(OfferAccepted(offer.offer_id), now)
            engine.handle(ContactEnded(f"c{n}"), now)
            engine.advance(now)
    return work


def where_a_crowd_waits(agents: int, waiting: int) -> Work:
    """Agents become free for a crowd of several priorities, queued in no particular order."""
    engine = site(agents)
    talks = []
    for n in range(agents + waiting):
        queued_at = Moment(2.0 + (n * 7919 % 1009) / 1000)
        contact = ContactQueued(f"c{n}", f"q{n % QUEUES}", n % 3, queued_at)
        if commands := engine.handle(contact, 5.0):
            talks.append(offer_in(commands))
    for offer in talks:
        engine.handle(OfferAccepted(offer.offer_id), 5.0)
    assert engine.snapshot().contacts == agents + waiting
    assert len(talks) == agents
    with counted() as work:
        for n, talk in enumerate(talks[:CYCLES]):
            now = Moment(10.0 + n)
            offer = offer_in(engine.handle(ContactEnded(talk.contact_id), now))
            engine.handle(OfferAccepted(offer.offer_id), now)
    return work


def assert_hardly_grows(small: Work, large: Work) -> None:
    """A hundred times the size may cost what a logarithm grows by, and no more."""
    assert small.lines > CYCLES
    assert small.comparisons > CYCLES
    assert large.lines < 1.5 * small.lines
    assert large.comparisons < 4 * small.comparisons


def test_a_contact_finds_its_agent_among_10_000_as_among_100() -> None:
    assert_hardly_grows(where_agents_are_idle(100), where_agents_are_idle(10_000))


def test_an_agent_finds_the_contact_among_40_000_as_among_400() -> None:
    assert_hardly_grows(where_a_crowd_waits(50, 400), where_a_crowd_waits(5_000, 40_000))


def test_a_snapshot_does_not_look_at_the_contacts() -> None:
    works = []
    for contacts in (10, 1_000):
        engine = site(1)
        for n in range(contacts):
            engine.handle(ContactQueued(f"c{n}", "q199"), Moment(float(n)))
        with counted() as work:
            snapshot = engine.snapshot()
        assert snapshot.contacts == contacts
        works.append(work.lines)
    assert works[0] == works[1] > QUEUES
