"""What callers may expect: silence first, then ranges that prove themselves."""

from collections.abc import Sequence
from random import Random

import pytest

import acd
from callcenter.events import QueueEntered, QueueLeft, TalkEnded, WrapUpEnded, WrapUpStarted
from callcenter.statistics.forecast import SAMPLES, Calibration, Expectation, Forecast


class Centre:
    """An engine of which only the queue's length and the agents are known."""

    def __init__(self, position: int = 1, agents: int = 2, idle: int = 0) -> None:
        self.position, self.rings = position, False
        self.agents, self.idle = agents, idle
        self.counted = 0

    def outlook(self, contact_id: str) -> acd.Outlook | None:
        return acd.Outlook(self.position, self.rings) if contact_id == "c" else None

    def workers(self, queue: str) -> Sequence[acd.Worker]:
        self.counted += 1
        return [acd.Worker(f"a{n}", 2, n < self.idle) for n in range(self.agents)]


def experienced(talk: float = 120.0) -> Calibration:
    known = Calibration()
    for _ in range(SAMPLES):
        known.talked(talk)
    return known


def test_nothing_is_guessed_before_enough_talks() -> None:
    known = Calibration()
    for _ in range(SAMPLES - 1):
        known.talked(60.0)
    assert known.guess(0, 1.0) is None
    known.talked(60.0)
    assert known.guess(0, 1.0) == 60.0
    assert known.guess(0, 0.0) is None  # nobody works


def test_the_guess_is_the_work_ahead_by_those_who_do_it() -> None:
    known = experienced(talk=100.0)
    known.wrapped_up(20.0)
    assert known.guess(3, 2.0) == 120.0 * 4 / 2
    assert known.guess(-5, 2.0) == 60.0


def test_silence_before_enough_waits_and_where_they_differ_too_much() -> None:
    known = experienced()
    for _ in range(SAMPLES - 1):
        known.waited(100.0, 100.0)
    assert known.range_of(300.0) is None
    known.waited(100.0, 100.0)
    assert known.range_of(300.0) == (300.0, 300.0)
    for _ in range(SAMPLES):
        known.waited(100.0, 1000.0)
    assert known.range_of(300.0) is None


def test_a_range_is_rounded_outwards_to_minutes_and_never_zero() -> None:
    known = experienced()
    for _ in range(SAMPLES):
        known.waited(100.0, 90.0)
    assert known.range_of(200.0) == (180.0, 180.0)
    assert known.range_of(210.0) == (180.0, 240.0)
    assert known.range_of(10.0) == (0.0, 60.0)


def test_four_fifths_of_waits_fall_within_the_range() -> None:
    """The proof of the calibration, whatever the guess's own fault: here it is half the truth."""
    chance, known = Random(1), experienced()
    hits = told = 0
    for n in range(3000):
        guess = chance.uniform(200.0, 3000.0)
        truth = guess * 2 * chance.uniform(0.6, 1.4)
        found = known.range_of(guess)
        if n > 200 and found is not None:
            told += 1
            hits += found[0] <= truth <= found[1]
        known.waited(guess, truth)
    assert told > 2500
    assert 0.78 <= hits / told <= 0.95


@pytest.fixture
def centre() -> Centre:
    return Centre(position=3)


def talk(forecast: Forecast, queue: str = "sales", agent_id: str = "a0") -> None:
    forecast.read(TalkEnded(0.0, "x", queue, agent_id, "8001", "caller", talk_s=60.0))


def test_a_caller_is_told_by_what_others_went_through(centre: Centre) -> None:
    now = 0.0
    forecast = Forecast(centre, lambda: now)
    for _ in range(SAMPLES):
        talk(forecast, agent_id="elsewhere")
    # Two agents with half their work here: 60 s × 3 / 1.
    for _ in range(SAMPLES):
        forecast.read(QueueEntered(now, "c", "sales", 0))
        forecast.entered("c", "sales")
        now += 180.0
        forecast.read(QueueLeft(now, "c", "sales", "answered"))
    assert forecast.expectation("c", "sales") == Expectation(3, (180.0, 180.0))
    assert forecast.expected_wait("sales", waiting=2) == 180.0
    assert forecast.expectation("nobody", "sales") is None


def test_the_share_of_an_agent_is_measured(centre: Centre) -> None:
    forecast = Forecast(centre, lambda: 0.0)
    for _ in range(SAMPLES):
        talk(forecast, "sales", "a0")
        talk(forecast, "other", "a1")
    assert forecast._workers("sales") == (1.0, 0)


def test_who_is_idle_is_ahead_of_nobody() -> None:
    forecast = Forecast(Centre(idle=2), lambda: 0.0)
    assert forecast.expected_wait("sales", waiting=1) == 0.0


def test_abandoned_waits_teach_nothing_and_rings_are_not_guessed(centre: Centre) -> None:
    forecast = Forecast(centre, lambda: 0.0)
    for _ in range(SAMPLES):
        talk(forecast)
        forecast.entered("c", "sales")
        forecast.read(QueueLeft(500.0, "c", "sales", "abandoned"))
    assert forecast.expectation("c", "sales") == Expectation(3, None)
    centre.rings = True
    assert forecast.expectation("c", "sales") is None


def test_agents_are_counted_once_a_second(centre: Centre) -> None:
    now = 0.0
    forecast = Forecast(centre, lambda: now)
    for moment in (0.0, 0.5, 0.9, 1.0, 1.5):
        now = moment
        forecast.expected_wait("sales", 0)
    assert centre.counted == 2


def test_after_call_work_is_work(centre: Centre) -> None:
    forecast = Forecast(centre, lambda: 0.0)
    for _ in range(SAMPLES):
        talk(forecast)
    forecast.read(WrapUpStarted(10.0, "x", "sales", "a0"))
    forecast.read(WrapUpEnded(40.0, "x", "sales", "a0"))
    forecast.read(WrapUpEnded(50.0, "x", "sales", "never began"))
    assert forecast._of("sales").guess(0, 1.0) == 90.0
