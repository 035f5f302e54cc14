"""The queue engine under random traffic, and what queueing theory says of it.

Calls come as a Poisson process, talks last exponentially, and so does patience where there is any:
M/M/c is Erlang C, M/M/c+M is Erlang A.
"""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from math import exp, inf
from random import Random

from acd import (
    AgentSignedIn,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    Engine,
    Event,
    Offer,
    OfferAccepted,
    QueueConfig,
)

BATCHES = 20
T_99 = 2.861
"""Student's t, two-sided 99 %, 19 degrees of freedom."""


@dataclass(frozen=True)
class Traffic:
    """Times in seconds."""

    agents: int
    load: float
    """Offered traffic over agents."""
    talk: float = 180.0
    patience: float = inf
    threshold: float = 20.0
    """Of the service level."""

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.agents * self.load / self.talk


@dataclass(frozen=True)
class Outcome:
    """What befell the calls of a time."""

    mean_wait: float
    """Of all calls, answered or not."""
    waited: float
    """Share of calls that did not find an agent idle."""
    in_time: float
    """Share of calls answered within the threshold; Erlang A: of calls that did not leave."""
    left: float


def theory(traffic: Traffic) -> Outcome:
    """The birth and death process of calls in the house, solved; service level of Erlang C only."""
    agents, rate = traffic.agents, traffic.rate
    serve, leave = 1 / traffic.talk, 1 / traffic.patience
    share, shares = 1.0, [1.0]
    while len(shares) < agents + 5 or share > 1e-15 * max(shares):
        n = len(shares)
        share *= rate / (min(n, agents) * serve + max(n - agents, 0) * leave)
        shares.append(share)
    total = sum(shares)
    waited = sum(shares[agents:]) / total
    length = sum((n - agents) * each for n, each in enumerate(shares) if n > agents) / total
    late = waited * exp(-(agents * serve - rate) * traffic.threshold) if leave == 0 else 0.0
    return Outcome(length / rate, waited, 1 - late, leave * length / rate)


def simulated(traffic: Traffic, calls: int, seed: int) -> list[Outcome]:
    """The engine's outcomes in batches, after as many calls as one batch has to warm up."""
    waits = list(_Shift(traffic, seed).run(calls + calls // BATCHES))
    size = calls // BATCHES
    batches = [waits[start : start + size] for start in range(size, calls + size, size)]
    return [_outcome(batch, traffic.threshold) for batch in batches]


def interval(values: list[float]) -> tuple[float, float]:
    """Mean of the batches, and half of the 99 % interval around it."""
    return statistics.mean(values), T_99 * statistics.stdev(values) / len(values) ** 0.5


def _outcome(waits: list[tuple[float, bool]], threshold: float) -> Outcome:
    size = len(waits)
    return Outcome(
        mean_wait=sum(wait for wait, _ in waits) / size,
        waited=sum(wait > 0 for wait, _ in waits) / size,
        in_time=sum(answered and wait <= threshold for wait, answered in waits) / size,
        left=sum(not answered for _, answered in waits) / size,
    )


class _Shift:
    """A day without end: who calls when, talks how long, and gives up when."""

    def __init__(self, traffic: Traffic, seed: int) -> None:
        self._traffic = traffic
        self._random = Random(seed)
        self._engine = Engine([QueueConfig("q")])
        self._agenda: list[tuple[float, int, Event]] = []
        self._planned = 0
        self._came: dict[str, float] = {}
        self._waits: dict[str, tuple[float, bool]] = {}

    def run(self, calls: int) -> Iterator[tuple[float, bool]]:
        """Wait of each call and whether it was answered, in the order of coming."""
        for n in range(self._traffic.agents):
            self._engine.handle(AgentSignedIn(f"a{n}", {}), 0.0)
        at = 0.0
        for n in range(calls):
            at += self._random.expovariate(self._traffic.rate)
            while self._agenda and self._agenda[0][0] <= at:
                now, _, event = heappop(self._agenda)
                self._feed(event, now)
            self._came[f"c{n}"] = at
            self._feed(ContactQueued(f"c{n}", "q"), at)
            if self._traffic.patience < inf:
                self._plan(at + self._random.expovariate(1 / self._traffic.patience), n)
        while self._agenda:
            now, _, event = heappop(self._agenda)
            self._feed(event, now)
        return iter([self._waits[f"c{n}"] for n in range(calls)])

    def _plan(self, at: float, leaving: int | None = None, contact_id: str = "") -> None:
        self._planned += 1
        event = ContactEnded(contact_id) if leaving is None else ContactLeft(f"c{leaving}")
        heappush(self._agenda, (at, self._planned, event))

    def _feed(self, event: Event, now: float) -> None:
        if isinstance(event, ContactLeft):
            if event.contact_id in self._waits:
                return
            self._waits[event.contact_id] = (now - self._came[event.contact_id], False)
        for command in self._engine.handle(event, now):
            if isinstance(command, Offer):
                contact_id = command.contact_id
                self._waits[contact_id] = (now - self._came[contact_id], True)
                self._plan(
                    now + self._random.expovariate(1 / self._traffic.talk), contact_id=contact_id
                )
                self._engine.handle(OfferAccepted(command.offer_id), now)
