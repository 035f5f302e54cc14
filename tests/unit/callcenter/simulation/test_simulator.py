"""The simulator leads callers by the site's rules, each to one outcome."""

from collections import Counter
from math import inf
from random import Random

import pytest

import acd
from callcenter.settings import Settings
from callcenter.simulation.simulator import Left, Result, Simulator
from callcenter.simulation.traffic import Arrival, Habits, Presence, Traffic
from tests.support.simulated_site import simulated_site

ANN: Presence = (0.0, acd.AgentSignedIn("ann", {"sales": 5}))
BO: Presence = (0.0, acd.AgentSignedIn("bo", {"backup": 5}))
MONDAY_NOON = 1_767_585_600.0  # 2026-01-05 12:00 in Shanghai


def run(
    arrivals: list[Arrival],
    presence: list[Presence],
    site: Settings | None = None,
    *,
    seconds: float = 1000.0,
    missed: float = 0.0,
) -> tuple[Result, list[Left]]:
    told: list[Left] = []
    habits = Habits(lambda _: 2.0, missed, back_after=20.0)
    traffic = Traffic(seconds, MONDAY_NOON, arrivals, presence, habits)
    return Simulator(site or simulated_site(), traffic, 1, told.append).run(), told


def test_each_caller_has_one_story() -> None:
    arrivals = [
        Arrival(10.0, "a", "sales", talk=100.0),
        Arrival(20.0, "b", "sales", talk=50.0, patience=5.0),
        Arrival(30.0, "c", "sales", talk=50.0, patience=1.0),
        Arrival(40.0, "d", "sales", talk=50.0),
    ]
    result, told = run(arrivals, [ANN, BO])
    assert told == [
        Left("a", "sales", "answered", 2.0),
        Left("b", "sales", "abandoned", 5.0),
        Left("c", "sales", "short_abandon", 1.0),
        Left("d", "sales", "timeout", 30.0),
        Left("d", "backup", "answered", 2.0),
    ]
    assert result.queues["sales"].outcomes == Counter(
        answered=1, abandoned=1, short_abandon=1, timeout=1
    )
    assert (result.total.entries, result.total.still_open) == (5, 0)
    assert result.busy_s == 100 + 10 + 50  # talk, after-call work, talk
    assert result.waits == [2.0, 2.0]


def test_who_lets_it_ring_is_busy_for_a_while() -> None:
    arrivals = [Arrival(10.0, "a", "sales", talk=10.0, patience=300.0)]
    site = simulated_site(('max_wait = 30\non_timeout = "queue:backup"\n', ""))
    result, told = run(arrivals, [ANN], site, missed=0.999)
    assert told == [Left("a", "sales", "abandoned", 300.0)]
    assert result.commands["Offer"] == 10  # ten seconds of ringing, twenty of being busy


def test_closing_time_is_followed() -> None:
    more = """
[[calendar]]
name = "office"
workday = { work = ["09:00-12:05"] }
"""
    site = simulated_site(("acw = 10", 'acw = 10\ncalendar = "office"'), more=more)
    arrivals = [Arrival(at, str(at), "sales", talk=10.0) for at in (10.0, 290.0, 310.0)]
    _, told = run(arrivals, [ANN], site)
    assert [each.outcome for each in told] == ["answered", "answered", "no_agents"]


def test_the_same_seed_is_the_same_day_and_every_entry_is_accounted_for() -> None:
    chance = Random(4)
    arrivals = [
        Arrival(at, str(number), "sales", chance.expovariate(1 / 60), chance.expovariate(1 / 20))
        for number, at in enumerate(sorted(chance.uniform(0, 3600) for _ in range(200)))
    ]
    agents: list[Presence] = [
        (0.0, acd.AgentSignedIn(str(number), {"sales": 1})) for number in range(3)
    ]
    result, told = run(arrivals, agents, seconds=3600.0, missed=0.1)
    again, told_again = run(arrivals, agents, seconds=3600.0, missed=0.1)
    assert told == told_again
    assert result.waits == again.waits
    for figures in result.queues.values():
        assert figures.entries == figures.outcomes.total() + figures.still_open
    assert len({each.contact_id for each in told if each.queue == "sales"}) == len(
        [each for each in told if each.queue == "sales"]
    )
    assert result.occupancy is not None
    assert 0 < result.occupancy < 1
    assert len(result.waiting) == 61


def test_progress_is_told() -> None:
    told: list[float] = []
    traffic = Traffic(120.0, 0.0, [], [], Habits(lambda _: 0.0))
    Simulator(simulated_site(), traffic).run(told.append)
    assert told == [0.0, 60.0, 120.0, 120.0]


def test_nobody_at_all_is_no_figure() -> None:
    result, _ = run([], [])
    assert result.occupancy is None
    assert result.total.asa_s is None


@pytest.mark.parametrize("patience", [inf, 10.0])
def test_nobody_signed_in(patience: float) -> None:
    site = simulated_site(("acw = 10", 'on_no_agents = "voicemail"'))
    _, told = run([Arrival(1.0, "a", "sales", 10.0, patience)], [], site)
    assert told == [Left("a", "sales", "no_agents", 0.0)]
