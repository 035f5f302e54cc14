"""IP-2.1.1b to d: branches on live figures, the customer and the numbers."""

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from ivr.conditions import Case
from ivr.flow import Flow
from ivr.messages import EffectFailed, LookedAt
from ivr.schema import BranchNode
from tests.support.mock_call import MockCall

FIGURES: Mapping[str, float | None] = {
    "waiting": 5,
    "longest_wait": 61.5,
    "idle": 0,
    "signed_in": 3,
    "service_level": 0.8,
    "expected_wait": None,
    "priority": 2,
}
NUMBERS = {"ani": "057188880000", "dnis": "4001"}


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"waiting": ">= 5"}, True),
        ({"waiting": "> 5"}, False),
        ({"waiting": "<=5"}, True),
        ({"waiting": "< 5"}, False),
        ({"idle": "= 0"}, True),
        ({"longest_wait": "> 61.4"}, True),
        ({"service_level": "< 0.8"}, False),
        ({"priority": ">= 1"}, True),
        ({"ani": "0571"}, True),
        ({"ani": "010"}, False),
        ({"dnis": "4001", "signed_in": "> 0"}, True),
        ({"dnis": "4001", "signed_in": "> 3"}, False),
        ({"expected_wait": "< 60"}, False),  # nobody knows
        ({"expected_wait": ">= 60"}, False),
    ],
)
def test_a_case_holds_when_all_of_it_does(conditions: dict[str, str], holds: bool) -> None:
    assert Case(next="x", **conditions).holds(FIGURES, NUMBERS) is holds


@pytest.mark.parametrize("text", ["5", "=> 5", "> five", "> -1", "", "> 1e9", "!= 3"])
def test_what_is_no_comparison_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="is no comparison"):
        Case(next="x", waiting=text)


@pytest.mark.parametrize(
    ("queue", "case", "told"),
    [
        ("q", {"next": "x"}, "case 1 has no condition"),
        (None, {"next": "x", "idle": "> 0"}, "case 1 is about a queue"),
    ],
)
def test_a_branch_that_cannot_be_decided_is_refused(
    queue: str | None, case: dict[str, str], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        BranchNode(queue=queue, cases=(Case(**case),), otherwise="hangup")


def branching() -> MockCall:
    node = BranchNode(
        queue="support",
        cases=(
            Case(idle="> 0", next="queue:support"),
            Case(waiting="< 3", next="queue:sales"),
        ),
        otherwise="voicemail",
    )
    return MockCall(Flow("test", "a", {"a": node}))


@pytest.mark.parametrize(
    ("figures", "then"),
    [
        ({"idle": 1.0, "waiting": 0.0}, "queue support 0"),
        ({"idle": 0.0, "waiting": 2.0}, "queue sales 0"),
        ({"idle": 0.0, "waiting": 3.0}, "say Nobody can take your call now."),
    ],
)
def test_the_first_case_that_holds_decides(figures: dict[str, float | None], then: str) -> None:
    call = branching()
    assert call.log == ["look at support"]
    call.tell(LookedAt(1, figures))
    assert call.log[-1].startswith(then)


def test_figures_that_cannot_be_had_lead_to_the_last_resort() -> None:
    call = branching().tell(EffectFailed(1, "no figures"))
    assert call.log[-1].startswith("say Nobody can take your call now.")
