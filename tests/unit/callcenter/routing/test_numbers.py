"""Called numbers and what they lead to."""

from callcenter.routing.numbers import NumberPlan
from callcenter.settings import NumberSettings
from ivr import load_flows, shipped_flows

FLOWS = load_flows(shipped_flows())
PLAN = NumberPlan(
    [
        NumberSettings(dnis="4000", flow="welcome"),
        NumberSettings(dnis="4001", queue="sales"),
        NumberSettings(dnis="4002", queue="sales"),
    ],
    FLOWS,
)


def test_a_number_leads_to_its_flow() -> None:
    assert PLAN.flow("4000") is FLOWS["welcome"]


def test_a_queues_number_leads_to_its_implicit_flow() -> None:
    flow = PLAN.flow("4001")
    assert flow is not None
    assert flow.name == "queue:sales"


def test_any_other_number_leads_nowhere() -> None:
    assert PLAN.flow("4999") is None
    assert PLAN.flow("") is None


def test_the_flows_entered_are_named_once() -> None:
    assert sorted(flow.name for flow in PLAN.entered()) == ["queue:sales", "welcome"]
