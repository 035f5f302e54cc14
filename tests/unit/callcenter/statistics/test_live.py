"""The service level of the last hour."""

import pytest

from callcenter.events import QueueEntered, QueueLeft, QueueOutcome
from callcenter.statistics.live import Level, LiveLevels

HOUR = 3600.0


def left(levels: LiveLevels, at: float, waited: float, outcome: QueueOutcome) -> None:
    levels.read(QueueEntered(at - waited, "c", "sales", 0))
    levels.read(QueueLeft(at, "c", "sales", outcome))


@pytest.fixture
def levels() -> LiveLevels:
    return LiveLevels({"sales": Level(20.0, "negative"), "other": Level(20.0, "handled")})


def test_it_is_that_of_the_queues_formula(levels: LiveLevels) -> None:
    left(levels, 100.0, 5.0, "answered")
    left(levels, 100.0, 20.0, "answered")
    left(levels, 100.0, 21.0, "answered")
    left(levels, 100.0, 1.0, "abandoned")
    assert levels.service_level("sales", 100.0) == 0.5


def test_nobody_yet_nobody_known(levels: LiveLevels) -> None:
    assert levels.service_level("sales", 100.0) is None
    assert levels.service_level("unheard of", 100.0) is None
    levels.read(QueueLeft(5.0, "never entered", "sales", "answered"))
    assert levels.service_level("sales", 100.0) is None


def test_what_is_older_than_an_hour_is_forgotten(levels: LiveLevels) -> None:
    left(levels, 10.0, 30.0, "answered")
    left(levels, HOUR / 2, 1.0, "answered")
    assert levels.service_level("sales", HOUR / 2) == 0.5
    assert levels.service_level("sales", 10.0 + HOUR) == 1.0
    assert levels.service_level("sales", 2 * HOUR) is None


def test_memory_is_bounded(levels: LiveLevels) -> None:
    for minute in range(1000):
        left(levels, 60.0 * minute, 1.0, "answered")
    assert len(levels._buckets["sales"]) == 12
    assert not levels._entered
