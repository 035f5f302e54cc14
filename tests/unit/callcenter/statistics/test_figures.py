"""What is divided by what, by hand."""

from dataclasses import dataclass

import pytest

from callcenter.statistics.figures import FORMULAS, WORDS, QueueFigures


@dataclass(frozen=True)
class Left:
    outcome: str
    waited_s: float


DAY = [
    *[Left("answered", 5.0)] * 6,
    Left("answered", 20.0),
    Left("answered", 20.1),
    *[Left("abandoned", 10.0)] * 2,
    Left("abandoned", 40.0),
    Left("short_abandon", 1.0),
    Left("timeout", 60.0),
]
"""P 12, H 8, HW 7, A 3, AW 2, and one who hung up at once."""


def figures(visits: list[Left], entries: int | None = None) -> QueueFigures:
    told = QueueFigures(20.0)
    for _ in range(len(visits) if entries is None else entries):
        told.enter()
    for visit in visits:
        told.leave(visit)
    return told


@pytest.mark.parametrize(
    ("formula", "level"),
    [
        ("handled", 7 / 8),
        ("without_abandoned", 7 / 10),
        ("positive", 9 / 12),
        ("negative", 7 / 12),
    ],
)
def test_the_four_service_levels(formula: str, level: float) -> None:
    assert figures(DAY).service_level(formula) == pytest.approx(level)


def test_each_formula_has_its_words() -> None:
    assert FORMULAS.keys() == WORDS.keys()


def test_presented_is_the_sum_of_outcomes_and_of_those_still_there() -> None:
    told = figures(DAY, entries=len(DAY) + 2)
    assert told.entries == told.outcomes.total() + told.still_open
    assert told.still_open == 2
    assert (told.offered, told.answered, told.abandoned) == (12, 8, 3)


def test_averages() -> None:
    told = figures(DAY)
    told.talks, told.talk_s, told.wrap_up_s = 8, 800.0, 80.0
    told.busy_s, told.idle_s = 900.0, 300.0
    told.estimates, told.estimates_hit = 4, 3
    assert told.asa_s == pytest.approx((6 * 5 + 20 + 20.1) / 8)
    assert told.aht_s == 110.0
    assert told.occupancy == 0.75
    assert told.abandon_rate == 3 / 12
    assert told.estimate_hit_rate == 0.75
    assert told.longest_wait_s == 60.0


def test_nothing_is_known_of_nobody() -> None:
    told = QueueFigures(20.0)
    assert [told.service_level(formula) for formula in FORMULAS] == [None] * 4
    assert (told.asa_s, told.aht_s, told.occupancy, told.abandon_rate) == (None,) * 4
    assert told.estimate_hit_rate is None


def test_two_halves_add_up_to_the_whole() -> None:
    half, whole = figures(DAY[:5]), figures(DAY)
    half.add(figures(DAY[5:]))
    assert half == whole
