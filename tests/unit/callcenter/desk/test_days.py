"""An agent's own day: counts and times since midnight, live and after a restart."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter import events as e
from callcenter.clock import Clock
from callcenter.desk.days import Change, Days, Handled

NOON = datetime(2026, 3, 1, 12, 0, 0, 0, UTC)
ANN = ("1001", "8001")


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(os.environ, "TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def days() -> Days:
    return Days(Clock(lambda: 0.0, NOON.timestamp))


def state(at: float, state: Any, previous: Any, reason: str = "") -> e.AgentStateChanged:
    return e.AgentStateChanged(at, *ANN, state, previous, reason)


def told(*happened: e.Event) -> Days:
    of = days()
    for event in happened:
        of.read(event)
    return of


def test_times_in_states_are_added_up_and_the_present_one_counts() -> None:
    of = told(
        state(0, "idle", "logged_out"),
        state(60, "busy", "idle", "tea"),
        state(90, "busy", "busy", "break"),
        state(150, "acw", "busy"),
        state(160, "idle", "acw"),
    )
    day = of.of("1001", 200)
    assert day.spent == {"idle": 100, "busy": 30, "break": 60, "acw": 10}
    assert (day.busy, day.breaks, day.signed_in_s) == (1, 1, 200)
    assert of.of("1001", 210).spent["idle"] == 110


def test_who_is_signed_out_spends_no_time() -> None:
    of = told(state(0, "idle", "logged_out"), state(60, "logged_out", "idle"))
    assert of.of("1001", 500).signed_in_s == 60
    assert of.of("nobody", 500).signed_in_s == 0


def test_calls_are_counted_by_what_they_were() -> None:
    of = told(
        e.AgentOffered(0, "c1", "sales", *ANN),
        e.TalkEnded(40, "c1", "sales", *ANN, "caller", "hangup", 30.0),
        e.AgentOffered(50, "c2", "sales", *ANN),
        e.NoAnswerRecorded(60, *ANN, "c2", "sales", "no_answer"),
        e.CallStarted(70, "c3", "out", "8001", "139", ""),
        e.BridgeStarted(75, "c3", "139", "8001", "1001"),
        e.BridgeEnded(95, "c3", "139", "caller", "hangup", 20.0),
        e.CallEnded(95, "c3", "hangup", "caller", 200),
        e.CallStarted(100, "c4", "in", "139", "4009", "carrier"),
        e.BridgeStarted(105, "c4", "8001", "8001", "1001"),
        e.BridgeEnded(115, "c4", "8001", "caller", "hangup", 10.0),
    )
    day = of.of("1001", 200)
    assert (day.offered, day.answered, day.no_answer, day.outgoing) == (2, 2, 1, 1)
    assert (day.talk_s, day.outgoing_s) == (40, 20)


def test_midnight_begins_a_new_day_for_everybody() -> None:
    of = told(
        state(0, "idle", "logged_out"), e.TalkEnded(40, "c1", "sales", *ANN, "caller", "", 30.0)
    )
    midnight = 12 * 3600
    day = of.of("1001", midnight + 10)
    assert (day.answered, day.spent) == (0, {"idle": 10})
    assert of.today.isoformat() == "2026-03-02"


def test_a_restart_costs_nobody_their_figures() -> None:
    of = days()
    of.restore(
        [
            Change(NOON - timedelta(hours=2), "1001", "idle", "logged_out", ""),
            Change(NOON - timedelta(hours=1), "1001", "busy", "idle", "break"),
            Change(NOON - timedelta(minutes=30), "1001", "logged_out", "busy", ""),
            Change(NOON - timedelta(minutes=10), "1002", "idle", "logged_out", ""),
        ],
        [Handled("1001", "offered"), Handled("1001", "answered", 50), Handled("1001", "no_answer")],
    )
    day = of.of("1001", 60)
    assert day.spent == {"idle": 3600, "break": 1800}
    assert (day.offered, day.answered, day.talk_s, day.no_answer) == (1, 1, 50, 1)
    assert of.of("1002", 60).spent == {}, "how long they were idle before a crash nobody knows"


def test_who_worked_through_midnight_begins_the_day_in_their_state() -> None:
    of = days()
    midnight = NOON - timedelta(hours=12)
    of.restore([Change(midnight + timedelta(hours=1), "1001", "busy", "idle", "")], [])
    assert of.of("1001", 0).spent == {"idle": 3600}
