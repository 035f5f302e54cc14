"""The engine against queueing theory: what Erlang C and A expect lies in the 99 % interval."""

import pytest

from tests.support.acd_theory import Traffic, interval, simulated, theory

CALLS = 40_000


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


@pytest.mark.parametrize(
    "traffic",
    [
        Traffic(2, 0.5),
        Traffic(10, 0.7),
        Traffic(10, 0.8),
        Traffic(50, 1.0, patience=120.0),
        Traffic(10, 0.9, patience=120.0),
        Traffic(10, 1.2, patience=120.0),
    ],
    ids=str,
)
def test_the_engine_does_what_theory_says(traffic: Traffic) -> None:
    expected = theory(traffic)
    batches = simulated(traffic, CALLS, seed=7)
    figures = ["mean_wait", "waited"]
    figures.append("left" if traffic.patience < float("inf") else "in_time")
    for figure in figures:
        mean, half = interval([getattr(batch, figure) for batch in batches])
        assert abs(mean - getattr(expected, figure)) <= half, (figure, mean, half)
        assert half < 0.5 * mean
