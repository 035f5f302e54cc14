"""The event stream as agents are told it."""

from typing import Any

import pytest

from agent_proto.session import Session
from callcenter import events
from callcenter.clock import Clock
from callcenter.desk.notices import Notices
from callcenter.desk.screen_pop import ScreenPop
from callcenter.event_stream import EventStream
from callcenter.settings.screen_pop import ScreenPopSettings


class Client(Session):
    """A session that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str | None, dict[str, Any]]] = []

    def notify(self, event: Any, *, call_id: str | None = None) -> None:
        self.told.append((event.event, call_id, event.model_dump(mode="json", exclude_none=True)))


@pytest.fixture
def ann() -> Client:
    return Client()


@pytest.fixture
def stream(ann: Client) -> EventStream:
    """With its notices, among whose agents is Ann."""
    stream = EventStream(lambda *_: None)
    notices = Notices(
        Clock(lambda: 100.0, lambda: 1_760_000_000.0),
        stream,
        ScreenPop(ScreenPopSettings()),
        lambda _: None,
    )
    notices.enter("1001", ann)
    return stream


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            events.AgentStateChanged(90.0, "1001", "8001", "busy", "idle", "lunch"),
            (
                "agent.state_changed",
                None,
                {
                    "state": "busy",
                    "previous": "idle",
                    "reason": "lunch",
                    "since": "2025-10-09T08:53:10.000Z",
                },
            ),
        ),
        (
            events.AgentLoggedOut(90.0, "1001", "8001", "replaced"),
            ("agent.logged_out", None, {"reason": "replaced"}),
        ),
        (
            events.NoAnswerRecorded(90.0, "1001", "8001", "c", "sales", "no_answer"),
            ("agent.no_answer_recorded", "c", {"queue": "sales", "cause": "no_answer"}),
        ),
        (
            events.AgentOffered(
                90.0, "c", "sales", "1001", "8001", "138", "4000", 1.5, 10, {"k": "v"}
            ),
            (
                "call.ringing",
                "c",
                {
                    "ani": "138",
                    "dnis": "4000",
                    "service": "sales",
                    "queue": "sales",
                    "waited_s": 1.5,
                    "data": {"k": "v"},
                    "answer_within_s": 10.0,
                },
            ),
        ),
        (
            events.TalkStarted(90.0, "c", "sales", "1001", "8001", "138"),
            (
                "call.answered",
                "c",
                {
                    "participants": [
                        {"role": "caller", "number": "138"},
                        {"role": "agent", "seat_no": "8001"},
                    ]
                },
            ),
        ),
        (
            events.TalkEnded(90.0, "c", "sales", "1001", "8001", "caller", "hangup", 12.3456),
            ("call.ended", "c", {"cause": "hangup", "by": "caller", "talk_s": 12.346}),
        ),
        (
            events.RecordingStarted(90.0, "c", "r", "day/r.wav", "1001"),
            ("call.recording_started", "c", {"recording_id": "r"}),
        ),
        (
            events.RecordingStopped(90.0, "c", "r", "day/r.wav", 3.0, 44, "", "1001"),
            ("call.recording_stopped", "c", {"recording_id": "r", "duration_s": 3.0}),
        ),
    ],
)
async def test_each_event_is_told_in_the_protocols_words(
    stream: EventStream,
    ann: Client,
    event: events.Event,
    told: tuple[str, str | None, dict[str, Any]],
) -> None:
    stream.emit(event)
    stream.catch_up()

    assert ann.told == [told]


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        ("caller_left", "caller_left"),
        ("no_answer", "no_answer"),
        ("rejected", "rejected"),
        ("device_busy", "device_busy"),
        ("device_failed", "device_failed"),
        ("lost_race", "answered_elsewhere"),
        ("accepted", None),
        ("withdrawn", None),
    ],
)
async def test_the_end_of_an_offer_is_told_unless_the_agent_knows_it_otherwise(
    stream: EventStream, ann: Client, outcome: events.OfferOutcome, cause: str | None
) -> None:
    event = events.OfferEnded(90.0, "c", "sales", "1001", "8001", outcome)
    stream.emit(event)
    stream.catch_up()

    expected = [] if cause is None else [("call.offer_withdrawn", "c", {"cause": cause})]
    assert ann.told == expected


@pytest.mark.parametrize(
    "event",
    [
        events.AgentStateChanged(90.0, "1001", "8001", "logged_out", "idle", ""),
        events.AgentStateChanged(90.0, "1002", "8002", "busy", "idle", ""),
        events.TalkStarted(90.0, "c", "sales", "1002", "8002", "138"),
    ],
)
async def test_what_does_not_concern_an_agent_is_not_told(
    stream: EventStream, ann: Client, event: events.Event
) -> None:
    stream.emit(event)
    stream.catch_up()

    assert ann.told == []
