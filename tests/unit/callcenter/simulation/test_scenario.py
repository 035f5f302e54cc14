"""Traffic made after a scenario file."""

from pathlib import Path

import pytest

import acd
from callcenter.simulation.errors import SimulationError
from callcenter.simulation.scenario import Scenario, generated, load
from tests.support.simulated_site import simulated_site

SAMPLE = Path(__file__).parents[4] / "config" / "scenarios" / "busy-day.toml"
CALLS = {"queue": "sales", "per_hour": 60.0, "talk": {"mean": 60}}


def scenario(**given: object) -> Scenario:
    return Scenario.model_validate({"hours": 10, "arrivals": [CALLS], **given})


def test_the_shipped_scenario_is_good() -> None:
    assert load(SAMPLE).seconds == 36_000


def test_calls_come_at_the_rates_stated_and_alike_for_one_seed() -> None:
    calls = {**CALLS, "per_hour": (100.0, 0.0, 300.0), "patience": {"mean": 30}}
    day = scenario(arrivals=[calls])
    traffic = generated(day, simulated_site(), 1)
    by_hour = [sum(each.at // 3600 == hour for each in traffic.arrivals) for hour in range(10)]
    assert by_hour[1] == 0
    assert 70 < by_hour[0] < 130
    assert all(240 < count < 360 for count in by_hour[2:])
    assert [each.at for each in traffic.arrivals] == sorted(each.at for each in traffic.arrivals)
    assert traffic.arrivals == generated(day, simulated_site(), 1).arrivals
    assert traffic.arrivals != generated(day, simulated_site(), 2).arrivals


def test_shifts_and_breaks() -> None:
    day = scenario(
        begins="2026-01-05T08:00:00",
        shift=[
            {"agents": ["1001"], "from": "09:00", "until": "17:30", "breaks": [["12:00", "12:30"]]},
            {"count": 2, "skills": {"sales": 1}},
        ],
    )
    assert generated(day, simulated_site(), 1).presence == [
        (0.0, acd.AgentSignedIn("shift1-0", {"sales": 1})),
        (0.0, acd.AgentSignedIn("shift1-1", {"sales": 1})),
        (3600.0, acd.AgentSignedIn("1001", {"sales": 5})),
        (14_400.0, acd.AgentSetBusy("1001", "break", deferred=True)),
        (16_200.0, acd.AgentSetIdle("1001", deferred=True)),
        (34_200.0, acd.AgentSignedOut("1001")),
    ]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"arrivals": [{**CALLS, "queue": "sale"}]}, "has no queue 'sale'; did you mean 'sales'"),
        ({"shift": [{"agents": ["1009"]}]}, "has no agent '1009'"),
        ({"arrivals": [{**CALLS, "per_hour": 100_000.0}], "hours": 8000}, "more than"),
    ],
)
def test_what_does_not_fit_the_site(given: dict[str, object], reason: str) -> None:
    with pytest.raises(SimulationError, match=reason):
        generated(scenario(**given), simulated_site(), 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hours = ", "Invalid value"),
        ("hours = 1", "arrivals: Field required"),
        ('arrivals = []\n[[shift]]\nfrom = "late"', "must be a time of day"),
        ("arrivals = []\nspeed = 3", "speed: Extra inputs"),
    ],
)
def test_mistakes_of_the_file_are_named(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises(SimulationError, match=reason):
        load(file)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="No such file"):
        load(tmp_path / "none.toml")
