"""A flow goes on by what the time of day is (WZ-T18, HL-3)."""

from typing import Any

import pytest

from ivr.checks import Known
from ivr.flow import Flow
from ivr.implicit import calendar_flow
from ivr.loader import load_flows, parse_flow
from ivr.problems import FlowError
from ivr.prompts import say
from ivr.schema import CalendarNode, Node, PlayNode
from ivr.targets import ToFlow, ToHangUp, ToQueue
from tests.support.mock_call import MockCall

FLOW = """
start: when
nodes:
  when: {kind: calendar, calendar: office, work: queue:sales, %s off: "voicemail"}
"""


def _flow(more: str = "") -> Flow:
    return parse_flow((FLOW % more).encode(), name="f", file="f.yaml", known=Known())


@pytest.mark.parametrize(
    ("more", "band", "then"),
    [
        ("", "work", "queue sales 0"),
        ("", "break", "say"),
        ("break: queue:duty,", "break", "queue duty 0"),
        ("break: queue:duty,", "off", "say"),
    ],
)
def test_each_band_leads_its_way(more: str, band: Any, then: str) -> None:
    line = MockCall(_flow(more))
    assert line.log == ["calendar office"]
    line.calendar_says(band)
    assert line.log[1].startswith(then)


def test_what_cannot_be_asked_counts_as_working_hours() -> None:
    assert MockCall(_flow()).fail().log[1] == "queue sales 0"
    assert MockCall(_flow("on_error: queue:duty,")).fail().log[1] == "queue duty 0"


def test_the_hours_can_be_said() -> None:
    nodes: dict[str, Node] = {
        "when": CalendarNode.model_validate(
            {"calendar": "office", "work": "hangup", "off": "told"}
        ),
        "told": PlayNode(prompt=say(en="We are here ${hours_en}."), next="hangup"),
    }
    line = MockCall(Flow("test", "when", nodes))
    line.calendar_says("off", hours_en="from nine to five")
    assert line.log[1] == "say We are here from nine to five."


def test_who_is_hung_up_on_outside_hours_is_told_why() -> None:
    line = MockCall(calendar_flow("office", work=ToQueue("sales"), off=ToHangUp()))
    line.calendar_says("off")
    assert "Nobody is here" in line.log[1]


def test_a_numbers_flow_leads_on_as_in_working_hours_where_nothing_else_is_said() -> None:
    line = MockCall(calendar_flow("office", work=ToFlow("welcome"), off=None))
    assert line.calendar_says("off").log[1] == "flow welcome"
    line = MockCall(calendar_flow("office", work=ToFlow("a"), off=ToFlow("b")))
    assert line.calendar_says("break").log[1] == "flow b"


def test_an_unknown_calendar_is_a_mistake_of_the_file() -> None:
    known = Known(queues={"sales"}, calendars={"offices"})
    with pytest.raises(FlowError, match="there is no calendar 'office'; did you mean 'offices'"):
        parse_flow((FLOW % "").encode(), name="f", file="f.yaml", known=known)


def test_the_shipped_flow_tells_the_hours_and_takes_a_message() -> None:
    line = MockCall(load_flows()["closed"])
    line.wait(10).press("1")
    assert line.log[0].startswith("say Thank you for calling. We are closed now.")
    assert any(each.startswith("say Please leave a message") for each in line.log)
