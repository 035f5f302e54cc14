"""The simulator under random traffic, and what queueing theory says of it.

Calls come as a Poisson process, talks last exponentially, and so does patience where there is any:
M/M/c is Erlang C, M/M/c+M is Erlang A. Two kinds of proof come of it: call by call, `recursion`
knows how long each of these very calls has to wait; and on average, `theory` knows what
`replications` of a simulated time must come to (`tests.support.control_variates`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from heapq import heapreplace
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
STEPS = 2000
"""Of the integral over the waits up to the threshold."""


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
class Visit:
    """A call's way through the queue."""

    wait: float
    answered: bool = True


@dataclass(frozen=True)
class Outcome:
    """What befell the calls of a time."""

    mean_wait: float
    """Of all calls, answered or not."""
    waited: float
    """Share of calls that did not find an agent idle."""
    in_time: float
    """Share of calls answered within the threshold."""
    left: float
    """Share of calls that gave up."""


def theory(traffic: Traffic) -> Outcome:
    """The birth and death process of calls in the house, solved."""
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
    found = [each / total for each in shares[agents:]]
    soon = _answered_after_waiting(found, agents * serve, leave, traffic.threshold)
    return Outcome(length / rate, waited, 1 - waited + soon, leave * length / rate)


def _answered_after_waiting(found: list[float], serve: float, leave: float, within: float) -> float:
    """Share of calls that wait, and are answered within so many seconds.

    `found[m]` is the share that finds all agents busy and m calls waiting. Its wait has m + 1
    stages, which end at the rates serve, serve + leave, …, serve + m · leave; the call lives to
    see its end if it does not give up before, at the rate leave. Simpson's rule over that density.
    """

    def density(at: float) -> float:
        gone = (1 - exp(-leave * at)) / leave if leave else at
        stages, total = serve * exp(-(serve + leave) * at), 0.0
        for ahead, share in enumerate(found):
            total += share * stages
            stages *= (serve + (ahead + 1) * leave) * gone / (ahead + 1)
        return total

    width = within / STEPS
    weights = (1 if n in (0, STEPS) else 4 if n % 2 else 2 for n in range(STEPS + 1))
    return sum(weight * density(n * width) for n, weight in enumerate(weights)) * width / 3


def calls_of(traffic: Traffic, calls: int, seed: int) -> list[Arrival]:
    """So many calls, in the order of coming."""
    chance = Random(seed)
    patience = traffic.patience
    at, arrivals = 0.0, []
    for n in range(calls):
        at += chance.expovariate(traffic.rate)
        talk = chance.expovariate(1 / traffic.talk)
        waits = chance.expovariate(1 / patience) if patience < inf else inf
        arrivals.append(Arrival(at, str(n), "q", talk, waits))
    return arrivals


def simulated(traffic: Traffic, arrivals: list[Arrival], seed: int = 0) -> list[Visit]:
    """What becomes of each call in `callcenter simulate`, if agents answer at once."""
    day = Day(
        seconds=arrivals[-1].at + CLEARED * traffic.talk,
        begins=0.0,
        arrivals=arrivals,
        presence=[(0.0, AgentSignedIn(f"a{n}", {})) for n in range(traffic.agents)],
        habits=Habits(answer=lambda _: 0.0),
    )
    visits: dict[str, Visit] = {}

    def left(visit: Left) -> None:
        visits[visit.contact_id] = Visit(visit.waited_s, visit.outcome == "answered")

    Simulator(loads(SITE, "theory", {}), day, seed, left).run()
    return [visits[arrival.contact_id] for arrival in arrivals]


def recursion(traffic: Traffic, arrivals: list[Arrival]) -> Iterator[Visit]:
    """What becomes of each call if the first to come is the first to be answered.

    Kiefer and Wolfowitz (1955): all there is to know is when each agent will have worked off those
    ahead; the next call is taken by the first of them, unless it has given up by then.
    """
    free_at = [0.0] * traffic.agents
    for arrival in arrivals:
        wait = max(free_at[0] - arrival.at, 0.0)
        answered = wait < arrival.patience
        if answered:
            heapreplace(free_at, arrival.at + wait + arrival.talk)
        yield Visit(min(wait, arrival.patience), answered)


def outcome(visits: list[Visit], threshold: float) -> Outcome:
    """The figures of these calls."""
    size = len(visits)
    return Outcome(
        mean_wait=sum(visit.wait for visit in visits) / size,
        waited=sum(visit.wait > 0 for visit in visits) / size,
        in_time=sum(visit.answered and visit.wait <= threshold for visit in visits) / size,
        left=sum(not visit.answered for visit in visits) / size,
    )


def figures(traffic: Traffic) -> list[str]:
    """What there is to compare; nobody leaves who has patience without end."""
    names = [field.name for field in fields(Outcome)]
    return names if traffic.patience < inf else names[:-1]
