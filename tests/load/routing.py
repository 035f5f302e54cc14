"""Figures: the queue engine alone, with more agents and callers than a site will ever have."""

import gc
import statistics
import tracemalloc
from dataclasses import dataclass
from time import process_time, thread_time

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
from callcenter import memory
from tests.load.figures import Figure

QUEUES = 200
SKILLS = 50
FEW, MANY = 100, 10_000
WAITING = 100_000
CYCLES = 20_000
BUDGET_US = 50.0
"""20,000 decisions a second."""


@dataclass(frozen=True)
class Cost:
    """Of a decision and the inputs around it, in microseconds."""

    mean: float
    median: float
    p99: float


def measure() -> list[Figure]:
    """With a crowd waiting an agent becomes free; with agents idle a caller comes.

    Of both cases the worse one counts.
    """
    few = {"crowd": _crowd(FEW, MANY), "idle": _idle(FEW)}
    many = {"crowd": _crowd(MANY, WAITING), "idle": _idle(MANY)}
    gc.unfreeze()
    worst = max(each.mean for each in many.values())
    growing = max(many, key=lambda case: many[case].mean / few[case].mean)
    uneven = max(many.values(), key=lambda cost: cost.p99 / cost.median)
    floor = f"{MANY:,} agents, {QUEUES} queues, {SKILLS} skills, {WAITING:,} waiting"
    costs = "; ".join(
        f"{case} {cost.mean:.1f} µs ({few[case].mean:.1f} µs with {FEW} agents)"
        for case, cost in many.items()
    )
    return [
        Figure(
            key="routing_decision",
            what=f"CPU a routing decision ({floor})",
            value=worst,
            unit="µs",
            reference=BUDGET_US,
            reference_what="20,000 decisions a second",
            limit=1.0,
            note=f"{1e6 / worst:,.0f} decisions a second; {costs}",
        ),
        Figure(
            key="routing_growth",
            what=f"CPU a routing decision, {MANY:,} agents, {growing}",
            value=many[growing].mean,
            unit="µs",
            reference=few[growing].mean,
            reference_what=f"{FEW} agents",
            limit=2.0,
        ),
        Figure(
            key="routing_p99",
            what="CPU of a routing decision, 99th percentile",
            value=uneven.p99,
            unit="µs",
            reference=uneven.median,
            reference_what="the median",
            limit=20.0,
        ),
        Figure(
            key="waiting_contact",
            what="memory a waiting contact",
            value=(_size(WAITING) - _size(0)) / WAITING,
            unit="B",
            reference=2048.0,
            reference_what="2 KB",
            limit=1.0,
        ),
    ]


def _site(agents: int) -> Engine:
    """Each agent has three skills, and so twelve queues to serve; waits end and agents wrap up."""
    engine = Engine(
        QueueConfig(f"q{n}", {f"s{n % SKILLS}": 1 + n // SKILLS}, max_wait=3600.0)
        for n in range(QUEUES)
    )
    for n in range(agents):
        skills = {f"s{(n * step) % SKILLS}": 5 for step in (1, 3, 7)}
        engine.handle(AgentSignedIn(f"a{n}", skills), n / agents)
    return engine


def _offer_in(commands: list[Command]) -> Offer:
    return next(command for command in commands if isinstance(command, Offer))


def _crowded(agents: int, waiting: int) -> tuple[Engine, list[str]]:
    """All agents talk and so many wait, of several priorities and in no order of time."""
    engine = _site(agents)
    talks: list[str] = []
    n = 0
    while len(talks) < agents:
        offers = [
            each
            for each in engine.handle(ContactQueued(f"c{n}", f"q{n % QUEUES}"), 2.0)
            if isinstance(each, Offer)
        ]
        for offer in offers:
            engine.handle(OfferAccepted(offer.offer_id), 2.0)
            talks.append(offer.contact_id)
        n += 1
    for more in range(n, n + waiting):
        queued_at = 3.0 + (more * 7919 % 1009) / 1000
        engine.handle(ContactQueued(f"c{more}", f"q{more % QUEUES}", more % 3, queued_at), 5.0)
    return engine, talks


def _size(waiting: int) -> int:
    """The bytes of a floor where so many wait."""
    gc.collect()
    tracemalloc.start()
    kept = _crowded(MANY, waiting)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return size


def _crowd(agents: int, waiting: int) -> Cost:
    """A talk ends, the agent's next one begins, another caller comes to wait."""
    engine, talks = _crowded(agents, waiting)
    memory.settle()
    times = []
    begun = process_time()
    for n in range(CYCLES):
        now = 10.0 + n / 1000
        start = thread_time()
        engine.advance(now)
        offer = _offer_in(engine.handle(ContactEnded(talks[n]), now))
        engine.handle(OfferAccepted(offer.offer_id), now)
        engine.handle(ContactQueued(f"d{n}", f"q{n % QUEUES}", n % 3), now)
        times.append(thread_time() - start)
        talks.append(offer.contact_id)
    return _cost(times, process_time() - begun)


def _idle(agents: int) -> Cost:
    """A caller comes, is answered and goes; the agent is idle again in all their queues."""
    engine = _site(agents)
    memory.settle()
    times = []
    begun = process_time()
    for n in range(CYCLES):
        now = 10.0 + n / 1000
        start = thread_time()
        engine.advance(now)
        offer = _offer_in(engine.handle(ContactQueued(f"c{n}", f"q{n % QUEUES}"), now))
        engine.handle(OfferAccepted(offer.offer_id), now)
        engine.handle(ContactEnded(f"c{n}"), now)
        times.append(thread_time() - start)
    return _cost(times, process_time() - begun)


def _cost(times: list[float], cpu: float) -> Cost:
    times.sort()
    return Cost(
        mean=cpu / CYCLES * 1e6,
        median=statistics.median(times) * 1e6,
        p99=times[CYCLES * 99 // 100] * 1e6,
    )
