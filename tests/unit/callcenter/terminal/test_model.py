"""The desk's model follows answers and events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent_proto.models import AgentProfile, GetResult, LoginResult, VoicemailMessage
from callcenter.terminal.model import DeskModel

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)


def model(agent_class: str = "agent") -> DeskModel:
    desk = DeskModel()
    profile = AgentProfile.model_validate(
        {"agent_id": "1001", "name": "Ann", "class": agent_class, "team": "east", "skills": {}}
    )
    desk.logged_in(
        LoginResult(
            session_id="s",
            resume_token="t",
            agent=profile,
            seat_no="8001",
            state="idle",
            reason="",
            queues=[],
            unheard_messages=2,
        )
    )
    return desk


def told(desk: DeskModel, name: str, call_id: str = "", **params: Any) -> DeskModel:
    desk.on_event(name, AT, call_id, params)
    return desk


def test_a_call_from_ringing_to_its_end() -> None:
    desk = model()
    told(desk, "agent.state_changed", state="ringing", reason="", since="2026-11-27T09:00:00Z")
    told(desk, "call.ringing", "c1", ani="138", queue="sales", customer={"name": "Li"}, region="京")
    line = desk.calls["c1"]
    assert (line.state, line.number, line.customer, line.region) == ("ringing", "138", "Li", "京")
    assert (desk.state, desk.since, desk.unheard) == ("ringing", AT, 2)
    told(desk, "call.answered", "c1", participants=[{"role": "caller", "number": "138"}])
    assert line.state == "talking"
    for event, mark, there in (
        ("call.held", "held", True),
        ("call.retrieved", "held", False),
        ("call.consulting", "consulting", True),
        ("call.consult_failed", "consulting", False),
        ("call.recording_started", "recording", True),
    ):
        told(desk, event, "c1")
        assert (mark in line.marks) is there
    told(desk, "call.ended", "c1", cause="hangup", by="caller", talk_s=3.0)
    assert desk.calls == {}
    assert [each.event for each in desk.log][-1] == "call.ended"
    assert "cause=hangup" in desk.log[-1].text


def test_what_rings_is_meant_before_what_is_older() -> None:
    desk = model()
    assert not desk.current
    told(desk, "call.ringing", "c1", ani="1")
    told(desk, "call.dialling", "c2", number="2")
    assert desk.current is desk.calls["c1"]
    told(desk, "call.offer_withdrawn", "c1", cause="no_answer")
    assert desk.current is desk.calls["c2"]


def test_the_full_state_after_a_lost_connection_keeps_what_only_the_ring_told() -> None:
    desk = model()
    told(desk, "call.ringing", "c1", ani="138", customer={"name": "Li"})
    call = {
        "call_id": "c1",
        "state": "talking",
        "since": AT,
        "ani": "138",
        "dnis": "4001",
        "service": "",
        "queue": "sales",
        "waited_s": 1.0,
        "data": {},
        "participants": [],
        "held": True,
    }
    result = GetResult.model_validate(
        {"state": "talking", "reason": "", "since": AT, "calls": [call], "pending": "busy"}
    )
    desk.refreshed(result)
    line = desk.calls["c1"]
    assert (line.state, line.customer, line.marks) == ("talking", "Li", {"held"})
    assert desk.pending == "busy"


def test_what_a_supervisor_watches() -> None:
    desk = model("supervisor")
    assert desk.supervisor
    rows = [{"agent_id": "1", "state": "idle"}, {"agent_id": "2", "state": "busy"}]
    told(desk, "supervisor.topic_updated", topic="agents", snapshot=True, rows=rows, removed=[])
    change = [{"agent_id": "1", "state": "talking"}]
    told(
        desk, "supervisor.topic_updated", topic="agents", snapshot=False, rows=change, removed=["2"]
    )
    assert desk.topics["agents"] == {"1": {"agent_id": "1", "state": "talking"}}
    assert not desk.log
    desk.supervising("c9")
    assert desk.calls["c9"].marks == {"supervised"}
    desk.left("c9")
    assert desk.calls == {}


def test_recordings_by_name_are_known_until_they_end() -> None:
    desk = told(model(), "call.ringing", "c1", ani="1")
    told(desk, "call.recording_started", "c1", recording_id="r")
    assert desk.calls["c1"].recordings == []
    desk.on_event("call.recording_started", AT, "c1", {"recording_id": "r1", "name": "why"})
    assert desk.calls["c1"].recordings == ["why"]
    desk.on_event("call.recording_stopped", AT, "c1", {"recording_id": "r1", "name": "why"})
    assert desk.calls["c1"].recordings == []


def test_the_message_that_is_meant() -> None:
    desk = model()

    def message(message_id: str, *, heard: bool) -> VoicemailMessage:
        return VoicemailMessage(
            message_id=message_id,
            box="1001",
            ani="138",
            contact_number="138",
            left_at=AT,
            duration_s=2.0,
            heard=heard,
        )

    desk.listed([message("m3", heard=True), message("m2", heard=False)])
    assert (desk.message_id, desk.unheard) == ("m2", 1)
    desk.listed([message("m3", heard=True), message("m2", heard=True)])
    assert (desk.message_id, desk.unheard) == ("m3", 0)
    told(desk, "voicemail.waiting", message_id="m4", box="1001", ani="139", duration_s=1.0)
    assert (desk.message_id, desk.unheard) == ("m4", 1)
    desk.listed([])
    assert desk.message_id == ""


def test_who_waits_in_ones_queues_is_known_and_not_logged() -> None:
    desk = told(model(), "queue.updated", queue="sales", waiting=2)
    told(desk, "queue.updated", queue="support", waiting=1)
    assert desk.waiting == {"sales": 2, "support": 1}
    told(desk, "queue.updated", queue="sales", waiting=0)
    assert (desk.waiting, len(desk.log)) == ({"support": 1}, 0)


def test_signed_out_is_the_end() -> None:
    desk = told(model(), "call.ringing", "c1", ani="1")
    told(desk, "agent.logged_out", reason="forced", by="1009")
    assert (desk.state, desk.reason, desk.calls) == ("logged_out", "forced", {})


@pytest.mark.parametrize("name", ["call.held", "notice.posted", "message.received"])
def test_events_of_unknown_calls_and_kinds_are_only_logged(name: str) -> None:
    desk = told(model(), name, "c7", text="hello")
    assert desk.calls == {}
    assert "hello" in desk.log[-1].text
