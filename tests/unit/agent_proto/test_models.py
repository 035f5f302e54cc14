import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from agent_proto import models as m
from tests.support.fake_desk import WALL

CALLER = m.Participant(role="caller", number="13800138000")
AGENT = m.Participant(role="agent", seat_no="8001")


def test_class_is_a_field_on_the_wire_and_agent_class_in_python() -> None:
    params = m.LoginParams(agent_id="1", password="p", seat_no="8001", agent_class="supervisor")
    assert json.loads(params.model_dump_json(exclude_none=True)) == {
        "agent_id": "1",
        "password": "p",
        "seat_no": "8001",
        "class": "supervisor",
        "state": "idle",
    }
    profile = m.AgentProfile(agent_id="1", name="Ann", agent_class="agent", team="e", skills={})
    assert json.loads(profile.to_json())["class"] == "agent"


def test_a_password_is_not_shown() -> None:
    params = m.LoginParams(agent_id="1", password="hunter2", seat_no="8001")
    assert "hunter2" not in repr(params)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2025, 1, 31, 8, 9, 10, 123456, UTC), "2025-01-31T08:09:10.123Z"),
        (datetime(2025, 1, 31, 8, 9, 10, 0, UTC), "2025-01-31T08:09:10.000Z"),
        (
            datetime(2025, 1, 31, 8, 9, 10, 999999, timezone(timedelta(hours=8))),
            "2025-01-31T00:09:10.999Z",
        ),
    ],
)
def test_instants_are_rfc_3339_in_utc_with_milliseconds(instant: datetime, text: str) -> None:
    assert m.rfc3339(instant) == text
    assert json.loads(m.PingResult(at=instant).to_json()) == {"at": text}
    assert m.PingResult.model_validate({"at": text}).at == datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (
            m.AgentStateChanged(state="busy", previous="idle", reason="lunch", since=WALL),
            {"state", "previous", "reason", "since"},
        ),
        (
            m.AgentStateChanged(
                state="talking", previous="ringing", reason="", since=WALL, pending="busy", by="9"
            ),
            {"state", "previous", "reason", "since", "pending", "by"},
        ),
        (m.AgentLoggedOut(reason="request"), {"reason"}),
        (m.AgentLoggedOut(reason="forced", by="1009"), {"reason", "by"}),
        (m.AgentNoAnswerRecorded(queue="sales", cause="no_answer"), {"queue", "cause"}),
        (
            m.CallRinging(
                ani="",
                dnis="4001",
                service="sales",
                queue="sales",
                waited_s=1.23456,
                data={},
                answer_within_s=10,
            ),
            {"ani", "dnis", "service", "queue", "waited_s", "data", "answer_within_s"},
        ),
        (m.CallAnswered(participants=[CALLER, AGENT]), {"participants"}),
        (m.CallEnded(cause="hangup", by="caller", talk_s=0), {"cause", "by", "talk_s"}),
        (m.CallOfferWithdrawn(cause="caller_left"), {"cause"}),
        (m.CallRecordingStarted(recording_id="r1"), {"recording_id"}),
        (
            m.CallRecordingStopped(recording_id="r1", duration_s=3.0, name="n"),
            {"recording_id", "duration_s", "name"},
        ),
        (m.SessionClosing(reason="replaced"), {"reason"}),
    ],
    ids=lambda value: value.event if isinstance(value, m.Event) else "",
)
def test_an_event_writes_its_fields_and_leaves_absent_ones_out(
    event: m.Event, fields: set[str]
) -> None:
    written = json.loads(event.to_json())
    assert set(written) == fields
    assert m.EVENTS[event.event].model_validate(written).event == event.event


def test_a_participant_has_a_role_and_where_it_is() -> None:
    written = json.loads(m.CallAnswered(participants=[CALLER, AGENT]).to_json())
    assert written["participants"] == [
        {"role": "caller", "number": "13800138000"},
        {"role": "agent", "seat_no": "8001"},
    ]


def test_durations_are_written_to_the_millisecond() -> None:
    event = m.CallEnded(cause="hangup", by="agent", talk_s=12.3456789)
    assert json.loads(event.to_json())["talk_s"] == 12.346


def test_null_in_call_data_is_data() -> None:
    event = m.CallRinging(
        ani="1",
        dnis="2",
        service="s",
        queue="q",
        waited_s=0,
        data={"vip": None},
        answer_within_s=1,
    )
    assert json.loads(event.to_json())["data"] == {"vip": None}


def test_chinese_is_written_as_it_is() -> None:
    event = m.AgentLoggedOut(reason="\u4e0b\u73ed")
    assert "\u4e0b\u73ed".encode() in event.to_json()


def test_what_is_no_text_is_written_all_the_same() -> None:
    event = m.AgentLoggedOut(reason="caf\udce9", by="\u674e")
    assert json.loads(event.to_json()) == {"reason": "caf?", "by": "\u674e"}


def test_every_event_of_version_1_is_registered_under_its_name() -> None:
    assert all(name == model.event for name, model in m.EVENTS.items())
    assert {"agent.state_changed", "call.ringing", "message.received"} <= set(m.EVENTS)
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", name) for name in m.EVENTS)


def test_newer_servers_may_say_more() -> None:
    assert m.AgentLoggedOut.model_validate({"reason": "x", "news": 1}).reason == "x"
