"""Distributions have the mean and the spread they are told."""

import statistics
from random import Random
from typing import Any

import pytest

from callcenter.simulation.duration import Duration


@pytest.mark.parametrize(
    ("given", "sd"),
    [
        ({"mean": 180}, 180),
        ({"mean": 180, "kind": "lognormal", "sd": 60}, 60),
        ({"mean": 180, "kind": "fixed"}, 0),
        ({"mean": 0}, 0),
    ],
)
def test_mean_and_spread(given: dict[str, Any], sd: float) -> None:
    duration, chance = Duration.model_validate(given), Random(3)
    drawn = [duration.draw(chance) for _ in range(20_000)]
    assert statistics.mean(drawn) == pytest.approx(given["mean"], rel=0.03)
    assert statistics.pstdev(drawn) == pytest.approx(sd, rel=0.05, abs=1e-9)
    assert min(drawn) >= 0


@pytest.mark.parametrize(
    "given",
    [
        {"mean": -1},
        {"mean": 1, "sd": 1},
        {"mean": 1, "kind": "lognormal"},
        {"mean": 0, "kind": "lognormal", "sd": 1},
        {"mean": 1, "kind": "normal"},
        {"mean": float("inf")},
    ],
)
def test_what_is_no_distribution(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's, whichever
        Duration.model_validate(given)
