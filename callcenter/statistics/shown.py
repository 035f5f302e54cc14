"""A report as rows of plain values, for a table, JSON or CSV."""

from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from callcenter.statistics.figures import FORMULAS, QueueFigures
from callcenter.statistics.report import QueueReport
from callcenter.store.ledger import OUTCOMES

COLUMNS: Final = (
    "interval",
    "queue",
    "presented",
    *OUTCOMES,
    "open",
    "threshold_s",
    "answered_in_time",
    "abandoned_in_time",
    *(f"sl_{formula}" for formula in FORMULAS),
    "asa_s",
    "longest_wait_s",
    "aht_s",
    "talks",
    "talk_s",
    "wrap_up_s",
    "occupancy",
    "busy_s",
    "idle_s",
    "abandon_rate",
    "estimates",
    "estimates_hit",
    "estimate_hit_rate",
)
"""Of JSON and CSV; times are seconds, rates 0 to 1, empty where nothing is known."""
HEADER: Final = (
    "interval",
    "queue",
    "presented",
    "answered",
    "abandoned",
    "short",
    "elsewhere",
    "failed",
    "open",
    "level %",
    "ASA s",
    "longest s",
    "AHT s",
    "occ. %",
    "est. hit %",
)
_ELSEWHERE = ("timeout", "overflow", "no_agents", "key_exit", "callback", "transferred")


def records(report: QueueReport, zone: tzinfo) -> list[dict[str, Any]]:
    """One for each queue and interval, keyed by `COLUMNS`."""
    starts = report.frame.starts
    return [
        _record(_time(starts[index], zone), queue, figures)
        for queue, index, figures in report.rows()
    ]


def lines(report: QueueReport, zone: tzinfo, formula: str) -> list[dict[str, str]]:
    """The same in short, keyed by `HEADER`, with each queue's total where there are several."""
    starts = report.frame.starts
    told = [
        _line(f"{starts[index].astimezone(zone):%Y-%m-%d %H:%M}", queue, figures, formula)
        for queue, index, figures in report.rows()
    ]
    if len(starts) > 1:
        told += [_line("total", name, sums, formula) for name, sums in report.totals().items()]
    return told


def _record(interval: str, queue: str, figures: QueueFigures) -> dict[str, Any]:
    return {
        "interval": interval,
        "queue": queue,
        "presented": figures.entries,
        **{outcome: figures.outcomes[outcome] for outcome in OUTCOMES},
        "open": figures.still_open,
        "threshold_s": figures.threshold_s,
        "answered_in_time": figures.handled_in_time,
        "abandoned_in_time": figures.abandoned_in_time,
        **{f"sl_{formula}": _rounded(figures.service_level(formula), 4) for formula in FORMULAS},
        "asa_s": _rounded(figures.asa_s, 1),
        "longest_wait_s": _rounded(figures.longest_wait_s, 1),
        "aht_s": _rounded(figures.aht_s, 1),
        "talks": figures.talks,
        "talk_s": _rounded(figures.talk_s, 1),
        "wrap_up_s": _rounded(figures.wrap_up_s, 1),
        "occupancy": _rounded(figures.occupancy, 4),
        "busy_s": _rounded(figures.busy_s, 1),
        "idle_s": _rounded(figures.idle_s, 1),
        "abandon_rate": _rounded(figures.abandon_rate, 4),
        "estimates": figures.estimates,
        "estimates_hit": figures.estimates_hit,
        "estimate_hit_rate": _rounded(figures.estimate_hit_rate, 4),
    }


def _line(interval: str, queue: str, figures: QueueFigures, formula: str) -> dict[str, str]:
    outcomes = figures.outcomes
    values = (
        interval,
        queue,
        str(figures.entries),
        str(figures.answered),
        str(figures.abandoned),
        str(outcomes["short_abandon"]),
        str(sum(outcomes[each] for each in _ELSEWHERE)),
        str(outcomes["system_error"]),
        str(figures.still_open),
        _shown(figures.service_level(formula), 100),
        _shown(figures.asa_s),
        _shown(figures.longest_wait_s),
        _shown(figures.aht_s),
        _shown(figures.occupancy, 100),
        _shown(figures.estimate_hit_rate, 100),
    )
    return dict(zip(HEADER, values, strict=True))


def _time(start: datetime, zone: tzinfo) -> str:
    return start.astimezone(zone if zone is not None else UTC).isoformat()


def _shown(value: float | None, times: float = 1.0) -> str:
    return "–" if value is None else f"{value * times:.1f}"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
