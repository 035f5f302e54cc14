"""The simulator of `callcenter simulate` beside Erlang C and Erlang A, as a table.

    python -m tests.load.theory [--calls 50000] [--jobs 1] [--keep]

Independent days, each from an empty house: after `WARM_UP` calls, which are not counted, the
figures of `calls` more. Most of the chance is taken out (`tests.support.control_variates`).
Half an hour of processor time; `--keep` writes docs/proof/queueing-theory.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import inf

from tests.load.results import keep
from tests.support.acd_theory import (
    Outcome,
    Traffic,
    calls_of,
    figures,
    outcome,
    recursion,
    simulated,
    theory,
)
from tests.support.control_variates import Controls, Estimate, controls, estimate

CALLS = 50_000
"""Counted in each day."""
WARM_UP = 5_000
"""Of what a day begins with, e⁻¹⁴ is left after so many at the most."""
GRID: Sequence[tuple[Traffic, int]] = [
    *((Traffic(10, load), 30) for load in (0.5, 0.7, 0.8, 0.9)),
    (Traffic(50, 0.7), 90),
    (Traffic(50, 0.8), 46),
    (Traffic(50, 0.9), 40),
    *((Traffic(10, load, patience=120.0), 30) for load in (0.7, 0.9, 1.1, 1.3)),
]
"""And how many days: more where waits are rare."""
SAME_S = 1e-6
"""Waits that differ by less are the same: sums of times are rounded."""
HEADING = (
    "| agents | load | patience | figure | theory | simulated, 99 % | off by | |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
)


@dataclass(frozen=True)
class Day:
    """What came of one simulated time."""

    outcome: Outcome
    controls: Controls
    others: int
    """Calls whose wait is not that of the recursion."""


@dataclass(frozen=True)
class Row:
    """One figure of the table."""

    traffic: Traffic
    figure: str
    theory: float
    found: Estimate

    @property
    def off(self) -> float:
        """Share by which the simulator is off."""
        return self.found.mean / self.theory - 1

    @property
    def inside(self) -> bool:
        """Whether theory lies in the simulator's 99 % interval."""
        return self.found.holds(self.theory)

    def __str__(self) -> str:
        traffic, found = self.traffic, self.found
        patience = "–" if traffic.patience == inf else f"{traffic.patience:.0f} s"
        return (
            f"| {traffic.agents} | {traffic.load} | {patience} | {self.figure} | "
            f"{self.theory:.5g} | {found.mean:.5g} ± {found.half:.2g} | "
            f"{100 * self.off:+.2f} % | {'✔' if self.inside else '✘'} |"
        )


def day(traffic: Traffic, calls: int, seed: int, warm_up: int = WARM_UP) -> Day:
    """Simulates one day and looks at it."""
    arrivals = calls_of(traffic, warm_up + calls, seed)
    visits = simulated(traffic, arrivals)
    others = sum(
        visit.answered is not known.answered or abs(visit.wait - known.wait) > SAME_S
        for visit, known in zip(visits, recursion(traffic, arrivals), strict=True)
    )
    measured = outcome(visits[warm_up:], traffic.threshold)
    return Day(measured, controls(traffic, arrivals, warm_up), others)


def rows(traffic: Traffic, days: Sequence[Day]) -> Iterator[Row]:
    """The table's rows of one traffic."""
    expected = theory(traffic)
    given = [each.controls for each in days]
    for figure in figures(traffic):
        found = estimate([getattr(each.outcome, figure) for each in days], given)
        yield Row(traffic, figure, getattr(expected, figure), found)


def table(calls: int, jobs: int) -> tuple[list[Row], dict[str, object]]:
    """All rows, shown as they come, and what they are made of."""
    found: list[Row] = []
    others = days_done = 0
    print(HEADING, end="", flush=True)
    with ProcessPoolExecutor(jobs) as pool:
        for number, (traffic, count) in enumerate(GRID):
            seeds = range(1000 * number, 1000 * number + count)
            days = list(pool.map(day, [traffic] * count, [calls] * count, seeds))
            others += sum(each.others for each in days)
            days_done += count
            for row in rows(traffic, days):
                print(row, flush=True)
                found.append(row)
    facts: dict[str, object] = {
        "command": "python -m tests.load.theory --keep",
        "days": days_done,
        "calls_simulated": days_done * (WARM_UP + calls),
        "calls_that_waited_longer_or_shorter_than_the_recursion_says": others,
        "figures": len(found),
        "theory_inside_the_99_%_interval": sum(row.inside for row in found),
        "widest_interval_%": round(max(100 * row.found.half / row.theory for row in found), 2),
        "farthest_off_%": round(max(100 * abs(row.off) for row in found), 2),
    }
    return found, facts


def kept(found: Sequence[Row], facts: dict[str, object]) -> None:
    """Writes them for programs and for people."""
    in_numbers = [
        {
            "agents": row.traffic.agents,
            "load": row.traffic.load,
            "patience_s": row.traffic.patience if row.traffic.patience < inf else None,
            "figure": row.figure,
            "theory": row.theory,
            "simulated": row.found.mean,
            "half": row.found.half,
        }
        for row in found
    ]
    shown = HEADING + "".join(f"{row}\n" for row in found)
    keep("queueing-theory", "The simulator beside Erlang C and Erlang A", facts, shown, in_numbers)


def main() -> None:
    """Simulates and prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.theory")
    parser.add_argument("--calls", type=int, default=CALLS, help="calls counted in each day")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--keep", action="store_true", help="write docs/proof/queueing-theory")
    given = parser.parse_args()
    found, facts = table(given.calls, given.jobs)
    for fact, value in facts.items():
        print(f"{fact.replace('_', ' ')}: {value}", file=sys.stderr)
    if given.keep:
        kept(found, facts)


if __name__ == "__main__":
    main()
