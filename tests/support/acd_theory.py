"""The simulator under random traffic, and what queueing theory says of it.

Calls come as a Poisson process, talks last exponentially, and so does patience where there is any:
M/M/c is Erlang C, M/M/c+M is Erlang A.
"""

import statistics
from dataclasses import dataclass
from math import exp, inf
from random import Random

from acd import AgentSignedIn
from callcenter.settings import loads
from callcenter.simulation.simulator import Left, Simulator
from callcenter.simulation.traffic import Arrival, Habits
from callcenter.simulation.traffic import Traffic as Day

SITE = """
[sip]
listen = ["udp:127.0.0.1:5060"]
domain = "127.0.0.1"
[media]
address = "127.0.0.1"
[[queue]]
name = "q"
skills = {}
"""
CLEARED = 100
"""Mean talks after the last call, by which everybody has left."""
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
    waits = _waits(traffic, calls + calls // BATCHES, seed)
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


def _waits(traffic: Traffic, calls: int, seed: int) -> list[tuple[float, bool]]:
    """Wait of each call and whether it was answered, in the order of coming."""
    chance = Random(seed)
    patience = traffic.patience
    at, arrivals = 0.0, []
    for n in range(calls):
        at += chance.expovariate(traffic.rate)
        talk = chance.expovariate(1 / traffic.talk)
        waits = chance.expovariate(1 / patience) if patience < inf else inf
        arrivals.append(Arrival(at, str(n), "q", talk, waits))
    day = Day(
        seconds=at + CLEARED * traffic.talk,
        begins=0.0,
        arrivals=arrivals,
        presence=[(0.0, AgentSignedIn(f"a{n}", {})) for n in range(traffic.agents)],
        habits=Habits(answer=lambda _: 0.0),
    )
    waits_of: dict[str, tuple[float, bool]] = {}

    def left(visit: Left) -> None:
        waits_of[visit.contact_id] = (visit.waited_s, visit.outcome == "answered")

    Simulator(loads(SITE, "theory", {}), day, seed, left).run()
    return [waits_of[str(n)] for n in range(calls)]
