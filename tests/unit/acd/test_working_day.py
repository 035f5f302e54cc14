"""A seeded working day: 500 agents, 20,000 callers, every answer a person could give."""

from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

from acd import (
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    Command,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    Engine,
    Event,
    Offer,
    OfferAccepted,
    OfferRefused,
    Overflow,
    QueueConfig,
    Withdraw,
)
from tests.support.acd_script import feed

AGENTS = 500
CALLERS = 20_000
DAY = 10 * 3600.0
SKILLS = ["sales", "support", "billing", "english"]
QUEUES = [
    QueueConfig("sales", {"sales": 2}, max_wait=120, acw=15),
    QueueConfig("support", {"support": 3}, ring_timeout=15, acw=30),
    QueueConfig("billing", {"billing": 1}, max_wait=300, busy_after_no_answer=False),
    QueueConfig("english", {"english": 4, "support": 1}, priority=1),
]


class Day:
    """The people around the engine: when they call, answer, look away, give up and go home."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.engine = Engine(QUEUES)
        self.agenda: list[tuple[float, int, Event]] = []
        self.journal: list[tuple[float, Event | None]] = []
        self.commands: list[Command] = []
        self.live_offers: dict[int, Offer] = {}
        self.outcomes: dict[str, str] = {}
        self._planned = 0

    def plan(self, at: float, event: Event) -> None:
        self._planned += 1
        heappush(self.agenda, (at, self._planned, event))

    def open(self) -> None:
        draw = self.random
        for n in range(AGENTS):
            start = draw.uniform(0, 1800)
            skills = {skill: draw.randint(1, 5) for skill in draw.sample(SKILLS, 2)}
            self.plan(start, AgentSignedIn(f"a{n}", skills, ready=draw.random() < 0.95))
            self.plan(start + draw.uniform(0.8, 1.0) * DAY, AgentSignedOut(f"a{n}"))
        for n in range(CALLERS):
            at = draw.uniform(600, DAY)
            queue = draw.choice(QUEUES).name
            self.plan(at, ContactQueued(f"c{n}", queue, draw.choice((0, 0, 0, 2))))
            self.plan(at + draw.expovariate(1 / 600), ContactLeft(f"c{n}"))

    def run(self) -> None:
        """Until nobody has anything left to do."""
        while self.agenda or self.engine.next_deadline() is not None:
            due = self.engine.next_deadline()
            if due is not None and (not self.agenda or due <= self.agenda[0][0]):
                self._feed(due, None)
            else:
                at, _, event = heappop(self.agenda)
                if self._possible(event):
                    self._feed(at, event)

    def _possible(self, event: Event) -> bool:
        """The desk looks before it asks."""
        if not isinstance(event, AgentSetIdle):
            return True
        agent = self.engine.agent(event.agent_id)
        return agent is not None and agent.state in ("idle", "busy", "acw")

    def _feed(self, now: float, event: Event | None) -> None:
        if isinstance(event, ContactLeft) and self.outcomes.get(event.contact_id) == "accepted":
            event = ContactEnded(event.contact_id)  # the caller hung up in the talk
        self.journal.append((now, event))
        match event:
            case OfferAccepted() if event.offer_id in self.live_offers:
                contact_id = self.live_offers.pop(event.offer_id).contact_id
                self._ends(contact_id, "accepted")
                self.plan(now + self.random.expovariate(1 / 800), ContactEnded(contact_id))
            case ContactLeft() if event.contact_id not in self.outcomes:
                self._ends(event.contact_id, "left")
            case _:
                pass
        for command in feed(self.engine, now, event):
            self.commands.append(command)
            match command:
                case Offer():
                    assert command.agent_id not in {
                        offer.agent_id for offer in self.live_offers.values()
                    }
                    self.live_offers[command.offer_id] = command
                    self.plan(*self._reaction(command, now))
                case Withdraw():
                    del self.live_offers[command.offer_id]
                    if command.cause in ("no_answer", "rejected"):
                        self.plan(now + 30.0, AgentSetIdle(command.agent_id))
                case Overflow():
                    self._ends(command.contact_id, "overflow")
                case _:
                    pass

    def _reaction(self, offer: Offer, now: float) -> tuple[float, Event]:
        reactions: list[Callable[[], tuple[float, Event]]] = [
            lambda: (self.random.uniform(1, 8), OfferAccepted(offer.offer_id)),
            lambda: (2.0, OfferRefused(offer.offer_id, "rejected")),
            # Picks up after the phone has stopped ringing.
            lambda: (offer.answer_within + 1.0, OfferAccepted(offer.offer_id)),
        ]
        (reaction,) = self.random.choices(reactions, weights=(94, 2, 4))
        delay, event = reaction()
        return now + delay, event

    def _ends(self, contact_id: str, outcome: str) -> None:
        assert contact_id not in self.outcomes
        self.outcomes[contact_id] = outcome


def test_every_caller_of_a_day_has_one_outcome_and_the_journal_replays() -> None:
    day = Day(seed=1)
    day.open()
    day.run()
    snapshot = day.engine.snapshot()
    assert (snapshot.agents, snapshot.contacts, day.live_offers) == (0, 0, {})
    totals = Counter(day.outcomes.values())
    assert totals.total() == CALLERS
    # The day is worth its name: most are served, and every other end occurs too.
    assert totals["accepted"] > 0.6 * CALLERS
    assert min(totals["left"], totals["overflow"]) > 100
    again = Engine(QUEUES)
    assert [each for now, event in day.journal for each in feed(again, now, event)] == day.commands
