"""Estimates from few calls: what the same traffic does elsewhere says how lucky it was.

A day's mean wait depends most on whether callers came in bunches and talked for long. How much so,
is seen by leading the very same calls through systems whose averages are known exactly and to which
the queue engine has no part: `controls`. The deviation of each from its known mean is regressed out
of what was simulated (Lavenberg and Welch, 1981). Whatever the engine does, its expectation stays;
only the spread between the days shrinks, so that a hundredth of the calls does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import exp, factorial, inf
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from callcenter.simulation.traffic import Arrival
from tests.support.acd_theory import Traffic

Controls = list[float]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean, and half of the interval around it."""

    mean: float
    half: float

    def holds(self, value: float) -> bool:
        """Whether it lies in the interval."""
        return abs(self.mean - value) <= self.half


def controls(traffic: Traffic, arrivals: Sequence[Arrival], first: int) -> Controls:
    """Deviations from their expectation, all 0 on average, of the calls from `first` on.

    Of time between calls, talk and patience; of calls in the house if nobody ever waited (M/G/∞:
    Poisson); below full load, of the wait for one agent who is as fast as all together (M/M/1).
    """
    measured = arrivals[first:]
    size = len(measured)
    before = arrivals[first - 1].at if first else 0.0
    found = [
        (measured[-1].at - before) * traffic.rate / size - 1,
        sum(each.talk for each in measured) / traffic.talk / size - 1,
        *_without_waiting(traffic, arrivals, first),
    ]
    if traffic.patience < inf:
        found.append(sum(each.patience for each in measured) / traffic.patience / size - 1)
    if traffic.load < 1:
        found += _of_one_agent(traffic, arrivals, first)
    return found


def _without_waiting(traffic: Traffic, arrivals: Sequence[Arrival], first: int) -> Controls:
    """Calls found in the house, share of calls that find as many as agents, and those beyond."""
    agents, offered = traffic.agents, traffic.agents * traffic.load
    ends: list[float] = []
    seen = np.zeros(3)
    for n, arrival in enumerate(arrivals):
        while ends and ends[0] <= arrival.at:
            heappop(ends)
        if n >= first:
            seen += (len(ends), len(ends) >= agents, max(len(ends) - agents, 0))
        heappush(ends, arrival.at + arrival.talk)
    below = [exp(-offered) * offered**n / factorial(n) for n in range(agents)]
    beyond = offered - agents + sum((agents - n) * share for n, share in enumerate(below))
    return list(seen / (len(arrivals) - first) - (offered, 1 - sum(below), beyond))


def _of_one_agent(traffic: Traffic, arrivals: Sequence[Arrival], first: int) -> Controls:
    """Mean wait, share of calls that wait, and of those that wait beyond the threshold."""
    load, talk = traffic.load, traffic.talk / traffic.agents
    free_at = 0.0
    seen = np.zeros(3)
    for n, arrival in enumerate(arrivals):
        wait = max(free_at - arrival.at, 0.0)
        free_at = arrival.at + wait + arrival.talk / traffic.agents
        if n >= first:
            seen += (wait, wait > 0, wait > traffic.threshold)
    late = load * exp(-(1 - load) / talk * traffic.threshold)
    return list(seen / (len(arrivals) - first) - (load * talk / (1 - load), load, late))


def estimate(values: Sequence[float], given: Sequence[Controls], share: float = 0.99) -> Estimate:
    """The mean of independent values, and its interval that holds the truth in `share` of cases.

    Ordinary least squares: the mean is what the regression says of controls that are all 0.
    """
    wanted: Floats = np.asarray(values, dtype=float)
    design: Floats = np.column_stack([np.ones(len(wanted)), np.asarray(given, dtype=float)])
    scale = np.abs(design).max(axis=0)
    design = design / scale
    weights, _, rank, _ = np.linalg.lstsq(design, wanted, rcond=None)
    freedom = len(wanted) - int(rank)
    rest = wanted - design @ weights
    variance = float(rest @ rest) / freedom * np.linalg.pinv(design.T @ design)[0, 0]
    return Estimate(float(weights[0]), student(share, freedom) * float(variance) ** 0.5)


def student(share: float, freedom: int) -> float:
    """Student's t, two-sided; the expansion of Abramowitz and Stegun, 26.7.5."""
    z = NormalDist().inv_cdf(0.5 + share / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + float(sum(term / freedom ** (n + 1) for n, term in enumerate(terms)))
