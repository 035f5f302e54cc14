"""Figure: a simulated day, of as many agents as a large site has."""

from time import process_time

from callcenter.settings import loads
from callcenter.simulation.scenario import Scenario, generated
from callcenter.simulation.simulator import Simulator
from tests.load.figures import Figure

AGENTS, HOURS, QUEUES = 500, 10, 20
SKILLS_EACH = 4
"""Queues that an agent serves."""
CALLS_AN_HOUR = 8_000
BUDGET_S = 30.0

_SITE = """
[sip]
listen = ["udp:127.0.0.1:5060"]
domain = "127.0.0.1"
[media]
address = "127.0.0.1"
"""
_QUEUE = """
[[queue]]
name = "q{number}"
skills = {{ s{number} = 1 }}
"""


def measure() -> list[Figure]:
    """One run, traffic included."""
    site = loads(_SITE + "".join(_QUEUE.format(number=n) for n in range(QUEUES)), "bench", {})
    calls = {"per_hour": CALLS_AN_HOUR / QUEUES, "talk": {"mean": 200}, "patience": {"mean": 120}}
    scenario = Scenario.model_validate(
        {
            "hours": HOURS,
            "arrivals": [{"queue": f"q{number}", **calls} for number in range(QUEUES)],
            "shift": [
                {
                    "count": AGENTS // QUEUES,
                    "skills": {f"s{(first + more) % QUEUES}": 5 for more in range(SKILLS_EACH)},
                }
                for first in range(QUEUES)
            ],
        }
    )
    began = process_time()
    result = Simulator(site, generated(scenario, site, seed=1)).run()
    total, occupancy = result.total, result.occupancy or 0.0
    return [
        Figure(
            key="simulated_day",
            what=f"CPU of a simulated day of {HOURS} hours and {AGENTS} agents",
            value=process_time() - began,
            unit="s",
            reference=BUDGET_S,
            reference_what="budget",
            limit=1.0,
            note=f"{total.entries:,} callers, {100 * occupancy:.0f} % occupancy",
        )
    ]
