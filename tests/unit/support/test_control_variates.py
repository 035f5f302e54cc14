"""The estimates of the long table are honest: unbiased, with intervals that hold what they say."""

from random import Random
from statistics import mean, stdev

import pytest

from tests.support.acd_theory import Traffic, calls_of
from tests.support.control_variates import controls, estimate, student

EXPERIMENTS = 400
DAYS = 20


@pytest.mark.parametrize(
    ("share", "freedom", "known"),
    [(0.99, 9, 3.250), (0.99, 19, 2.861), (0.95, 21, 2.080), (0.99, 1000, 2.581)],
)
def test_students_t_is_that_of_the_tables(share: float, freedom: int, known: float) -> None:
    assert student(share, freedom) == pytest.approx(known, abs=1e-3)


@pytest.mark.parametrize(
    "traffic", [Traffic(10, 0.7), Traffic(10, 1.2, patience=120.0)], ids=["C", "A"]
)
def test_every_control_is_0_on_average(traffic: Traffic) -> None:
    days = [controls(traffic, calls_of(traffic, 3000, seed), 500) for seed in range(60)]
    for seen in zip(*days, strict=True):
        assert abs(mean(seen)) < 3.5 * stdev(seen) / len(seen) ** 0.5
        assert stdev(seen) > 0


def test_what_explains_the_chance_is_taken_out_and_the_mean_stays() -> None:
    chance = Random(3)
    inside, narrow, wide = 0, 0.0, 0.0
    for _ in range(EXPERIMENTS):
        luck = [chance.gauss(0, 1) for _ in range(DAYS)]
        values = [5 + 2 * each + chance.gauss(0, 0.2) for each in luck]
        found = estimate(values, [[each] for each in luck])
        inside += found.holds(5)
        narrow += found.half
        wide += estimate(values, [[] for _ in luck]).half
    assert narrow < wide / 5
    assert 0.97 * EXPERIMENTS < inside < EXPERIMENTS


def test_an_engine_that_is_wrong_is_not_talked_right() -> None:
    luck = [[float(n % 5 - 2)] for n in range(DAYS)]
    honest = [10 + each[0] for each in luck]
    assert estimate(honest, luck).mean == pytest.approx(10)
    assert estimate([value * 1.05 for value in honest], luck).mean == pytest.approx(10.5)
