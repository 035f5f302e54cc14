"""Several runs of several sites, side by side."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from callcenter.simulation.simulator import Result
from callcenter.statistics.figures import QueueFigures

Figure: TypeAlias = Callable[[QueueFigures], float | None]

FIGURES: Mapping[str, tuple[str, Figure]] = {
    "presented": ("callers", lambda f: f.entries),
    "answered": ("answered", lambda f: f.answered),
    "abandoned": ("abandoned", lambda f: f.abandoned),
    "elsewhere": ("sent elsewhere", lambda f: _elsewhere(f)),
    "service_level": ("in time %", lambda f: _percent(f.service_level("without_abandoned"))),
    "asa_s": ("ASA s", lambda f: f.asa_s),
    "longest_wait_s": ("longest s", lambda f: f.longest_wait_s),
}
"""Key → heading and figure; in time: HW/(P−AW)."""

_T95 = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16)
"""Student's t, two-sided 95 %, by degrees of freedom from 1; beyond, the normal's and a bit."""


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _elsewhere(figures: QueueFigures) -> float:
    gone = ("timeout", "overflow", "no_agents")
    return sum(figures.outcomes[each] for each in gone)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of all runs; half of the 95 % interval around it, None from a single run."""

    mean: float
    half: float | None

    def __str__(self) -> str:
        shown = f"{self.mean:.1f}" if abs(self.mean) < 1000 else f"{self.mean:.0f}"
        return shown if self.half is None else f"{shown} ± {self.half:.1f}"


def estimate(values: Iterable[float | None]) -> Estimate | None:
    """None where no run knows it."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    mean, runs = statistics.mean(known), len(known)
    if runs == 1:
        return Estimate(mean, None)
    t = _T95[runs - 2] if runs - 2 < len(_T95) else 1.96 + 2.5 / runs
    return Estimate(mean, t * statistics.stdev(known) / runs**0.5)


def table(results: Mapping[str, Sequence[Result]]) -> list[dict[str, object]]:
    """A row for each site and queue, and each site's total with its agents' occupancy."""
    rows: list[dict[str, object]] = []
    for site, runs in results.items():
        rows += [_row(site, queue, [run.queues[queue] for run in runs]) for queue in runs[0].queues]
        total = _row(site, "all", [run.total for run in runs])
        total["service_level"] = estimate(_percent(_level(run)) for run in runs)
        total["occupancy"] = estimate(_percent(run.occupancy) for run in runs)
        rows.append(total)
    return rows


def _row(site: str, queue: str, runs: Sequence[QueueFigures]) -> dict[str, object]:
    found: dict[str, object] = {"site": site, "queue": queue}
    found |= {key: estimate(figure(run) for run in runs) for key, (_, figure) in FIGURES.items()}
    return found | {"occupancy": None}


def _level(run: Result) -> float | None:
    """Each queue by its own threshold, weighted by its callers."""
    handled = sum(figures.handled_in_time for figures in run.queues.values())
    offered = sum(each.offered - each.abandoned_in_time for each in run.queues.values())
    return handled / offered if offered else None
