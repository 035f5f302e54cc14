"""The engine, in the simulator, against queueing theory: call by call, and on average.

The whole grid is `python -m tests.load.theory`, which `make proof` runs.
"""

from dataclasses import replace

import pytest

from tests.load.theory import Day, day, rows
from tests.support.acd_theory import Traffic, calls_of, recursion, simulated, theory

CALLS = 3_000
DAYS, CALLS_A_DAY, WARM_UP = 20, 2_000, 500


@pytest.mark.parametrize(
    ("agents", "load", "waited", "mean_wait"),
    # Erlang C by its textbook formula.
    [(1, 0.5, 0.5, 180.0), (2, 0.5, 1 / 3, 60.0), (10, 0.8, 0.40918, 36.826)],
)
def test_the_theory_itself(agents: int, load: float, waited: float, mean_wait: float) -> None:
    expected = theory(Traffic(agents, load))
    assert expected.waited == pytest.approx(waited, rel=1e-4)
    assert expected.mean_wait == pytest.approx(mean_wait, rel=1e-4)
    assert expected.left == 0
    late = waited * 2.718281828 ** (-agents * (1 - load) / 180 * 20)
    assert expected.in_time == pytest.approx(1 - late, rel=1e-4)


def test_in_the_end_everybody_is_answered_or_has_left() -> None:
    for traffic in (Traffic(10, 1.2, patience=120.0), Traffic(50, 0.9, patience=60.0)):
        expected = theory(replace(traffic, threshold=3600.0))
        assert expected.in_time + expected.left == pytest.approx(1)


@pytest.mark.parametrize(
    "traffic",
    [
        Traffic(1, 0.5),
        Traffic(10, 0.9),
        Traffic(50, 0.8),
        Traffic(10, 0.9, patience=120.0),
        Traffic(50, 1.2, patience=30.0),
    ],
    ids=str,
)
def test_every_call_waits_as_long_as_it_must_and_no_longer(traffic: Traffic) -> None:
    arrivals = calls_of(traffic, CALLS, seed=7)
    visits, known = simulated(traffic, arrivals), list(recursion(traffic, arrivals))
    assert [visit.answered for visit in visits] == [visit.answered for visit in known]
    waits = [visit.wait for visit in visits]
    assert waits == pytest.approx([visit.wait for visit in known], abs=1e-6)
    assert any(waits)


@pytest.mark.parametrize(
    "traffic", [Traffic(10, 0.8), Traffic(10, 1.1, patience=120.0)], ids=["Erlang C", "Erlang A"]
)
def test_averages_are_those_of_theory(traffic: Traffic) -> None:
    days: list[Day] = [day(traffic, CALLS_A_DAY, seed, WARM_UP) for seed in range(DAYS)]
    for row in rows(traffic, days):
        assert row.inside, str(row)
        assert row.found.half < 0.15 * row.theory, str(row)
