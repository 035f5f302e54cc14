"""What becomes of the event stream: tables of events in, rows out."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

import pytest

from callcenter.events import (
    AgentLoggedIn,
    AgentLoggedOut,
    AgentOffered,
    AgentStateChanged,
    CallAnswered,
    CallEnded,
    CallStarted,
    Event,
    FlowEnded,
    FlowStarted,
    LegClosed,
    LineHeard,
    NoAnswerRecorded,
    OfferEnded,
    QueueEntered,
    QueueLeft,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    TalkEnded,
    TalkStarted,
    VoicemailLeft,
    WrapUpEnded,
    WrapUpStarted,
)
from callcenter.store.call_record import KEPT_SEGMENTS
from callcenter.store.cdr import FORGET_S, LINGER_S, CdrProjection
from callcenter.store.rows import (
    AgentLogEntry,
    Cdr,
    CdrLeg,
    CdrSegment,
    Recording,
    Row,
    VoicemailMessage,
)
from media.heard import Sign

NOON = datetime(2026, 3, 1, 12, 0, 0, 0, UTC)
ANN = ("sales", "1001", "8001")
BO = ("sales", "1002", "8002")
RowT = TypeVar("RowT", bound=Row)


def wall(at: float) -> datetime:
    return NOON + timedelta(seconds=at)


def projection(max_calls: int = 100) -> CdrProjection:
    numbers = count(1)
    return CdrProjection(wall, lambda: f"id{next(numbers)}", max_calls=max_calls)


def rows_of(events: Iterable[Event], of: CdrProjection | None = None) -> list[Row]:
    of = of or projection()
    return [row for event in events for row in of.handle(event)]


def only(kind: type[RowT], rows: Iterable[Row]) -> list[RowT]:
    return [row for row in rows if isinstance(row, kind)]


def seconds(at: datetime) -> float:
    return (at - NOON).total_seconds()


def outline(rows: Iterable[Row]) -> list[tuple[str, float, float, str]]:
    """The segments in the order of beginning: kind, start, end, outcome."""
    segments = sorted(only(CdrSegment, rows), key=lambda segment: segment.n)
    return [(s.kind, seconds(s.started_at), seconds(s.ended_at), s.outcome) for s in segments]


def started(at: float, call_id: str = "c1") -> CallStarted:
    return CallStarted(at, call_id, "in", "13800000000", "4000", "carrier")


QUEUE_CALL: Sequence[Event] = (
    started(0.0),
    CallAnswered(0.1, "c1"),
    FlowStarted(0.1, "c1", "welcome"),
    FlowEnded(10.1, "c1", "welcome"),
    QueueEntered(10.1, "c1", "sales", 0),
    AgentOffered(11.0, "c1", *ANN),
    OfferEnded(21.0, "c1", *ANN, "no_answer"),
    AgentOffered(21.0, "c1", *BO),
    OfferEnded(24.0, "c1", *BO, "accepted"),
    QueueLeft(24.0, "c1", "sales", "answered"),
    TalkStarted(24.0, "c1", *BO),
    RecordingStarted(24.0, "c1", "r1", "2026/03/c1.wav"),
    TalkEnded(84.0, "c1", *BO, "agent"),
    CallEnded(84.0, "c1", "hangup", "agent", 200),
)


def test_a_queue_call_becomes_one_cdr() -> None:
    assert only(Cdr, rows_of(QUEUE_CALL)) == [
        Cdr(
            call_id="c1",
            direction="in",
            ani="13800000000",
            dnis="4000",
            trunk="carrier",
            started_at=wall(0),
            answered_at=wall(0.1),
            ended_at=wall(84),
            cause="hangup",
            ended_by="agent",
            sip_code=200,
            flow="welcome",
            queue="sales",
            agent_id="1002",
            seat_no="8002",
            waited_s=13.9,
            rang_s=13.0,
            talked_s=60.0,
            billable_s=83.9,
            recording="2026/03/c1.wav",
        )
    ]


def test_a_queue_call_s_segments_tell_who_had_it_when() -> None:
    rows = rows_of(QUEUE_CALL)

    assert outline(rows) == [
        ("ivr", 0.1, 10.1, "handed_on"),
        ("wait", 10.1, 24.0, "answered"),
        ("ring", 11.0, 21.0, "no_answer"),
        ("ring", 21.0, 24.0, "accepted"),
        ("talk", 24.0, 84.0, "agent"),
    ]
    hands = {(s.kind, s.queue, s.agent_id, s.seat_no, s.flow) for s in only(CdrSegment, rows)}
    assert hands == {
        ("ivr", None, None, None, "welcome"),
        ("wait", "sales", None, None, None),
        ("ring", *ANN, None),
        ("ring", *BO, None),
        ("talk", *BO, None),
    }


def test_nothing_is_written_before_the_call_has_ended() -> None:
    assert rows_of(QUEUE_CALL[:-1]) == []


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(
            [CallAnswered(1, "c1"), QueueEntered(1, "c1", "sales", 0)],
            [("wait", 1, 9, "abandoned")],
            id="the caller hangs up while waiting",
        ),
        pytest.param(
            [QueueEntered(1, "c1", "sales", 0), AgentOffered(2, "c1", *ANN)],
            [("wait", 1, 9, "abandoned"), ("ring", 2, 9, "caller_left")],
            id="the caller hangs up while a phone rings",
        ),
        pytest.param(
            [
                CallAnswered(1, "c1"),
                FlowStarted(1, "c1", "welcome"),
                QueueEntered(2, "c1", "sales", 0),
                QueueLeft(5, "c1", "sales", "timeout"),
            ],
            [("ivr", 1, 2, "handed_on"), ("wait", 2, 5, "timeout"), ("ivr", 5, 9, "abandoned")],
            id="a flow that has not ended has the caller again after the queue",
        ),
        pytest.param(
            [
                CallAnswered(1, "c1"),
                QueueEntered(1, "c1", "sales", 0),
                TalkStarted(4, "c1", *ANN),
                QueueLeft(4.01, "c1", "sales", "answered"),
            ],
            [("wait", 1, 4, "answered"), ("talk", 4, 9, "abandoned")],
            id="the talk begins before the queue is left",
        ),
        pytest.param(
            [
                CallAnswered(1, "c1"),
                QueueEntered(1, "c1", "sales", 0),
                QueueLeft(4, "c1", "sales", "answered"),
                TalkStarted(4.05, "c1", *ANN),
                TalkEnded(8.95, "c1", *ANN, "agent"),
            ],
            [("wait", 1, 4.05, "answered"), ("talk", 4.05, 9, "agent")],
            id="short handovers count for the one who handed over",
        ),
        pytest.param(
            [
                CallAnswered(1, "c1"),
                QueueEntered(1, "c1", "sales", 0),
                QueueLeft(4, "c1", "sales", "answered"),
                TalkStarted(6, "c1", *ANN),
                TalkEnded(7, "c1", *ANN, "agent"),
            ],
            [
                ("wait", 1, 4, "answered"),
                ("ivr", 4, 6, "handed_on"),
                ("talk", 6, 7, "agent"),
                ("ivr", 7, 9, "abandoned"),
            ],
            id="long time in nobody's hand is ivr without a flow",
        ),
        pytest.param(
            [CallAnswered(1, "c1"), FlowStarted(1.02, "c1", "welcome")],
            [("ivr", 1, 9, "abandoned")],
            id="the first holder has the call from its answer",
        ),
        pytest.param([CallAnswered(8.99, "c1")], [("ivr", 8.99, 9, "abandoned")], id="answer only"),
        pytest.param([], [], id="never answered, never held"),
        pytest.param(
            [
                FlowStarted(1, "c1", "early"),
                FlowEnded(2, "c1", "early"),
                CallAnswered(5, "c1"),
                TalkStarted(5, "c1", *ANN),
            ],
            [("ivr", 1, 2, "handed_on"), ("talk", 5, 9, "abandoned")],
            id="before the answer gaps stay gaps",
        ),
        pytest.param(
            [
                CallAnswered(1, "c1"),
                TalkStarted(1, "c1", *ANN),
                TalkStarted(3, "c1", *BO),
                TalkEnded(3.01, "c1", *ANN, "agent"),
            ],
            [("talk", 1, 3, "handed_on"), ("talk", 3, 9, "abandoned")],
            id="a second agent takes over from the first",
        ),
        pytest.param(
            [AgentOffered(1, "c1", *ANN), AgentOffered(2, "c1", *ANN)],
            [("ring", 1, 2, "withdrawn"), ("ring", 2, 9, "caller_left")],
            id="an offer whose end was not told ends with the next",
        ),
        pytest.param(
            [
                CallStarted(5, "c1", "out", "", "", ""),
                OfferEnded(6, "c1", *ANN, "rejected"),
                TalkEnded(6, "c1", *ANN, "agent"),
                FlowEnded(6, "c1", "welcome"),
                QueueLeft(6, "c1", "sales", "timeout"),
                WrapUpEnded(6, "c1", "sales", "1001"),
            ],
            [],
            id="ends without a beginning are ignored",
        ),
    ],
)
def test_segments(events: list[Event], expected: list[tuple[str, float, float, str]]) -> None:
    rows = rows_of([started(0), *events, CallEnded(9, "c1", "abandoned", "caller", 200)])

    assert outline(rows) == expected


def test_an_unanswered_call_costs_nothing_and_names_nobody() -> None:
    [call] = only(Cdr, rows_of([started(0), CallEnded(3, "c1", "rejected", "system", 503)]))

    assert (call.answered_at, call.billable_s, call.sip_code) == (None, 0.0, 503)
    assert (call.flow, call.queue, call.agent_id, call.recording) == (None, None, None, None)


def test_a_wrap_up_after_the_call_is_a_segment_of_its_own_when_it_ends() -> None:
    made = projection()
    rows_of(QUEUE_CALL, made)

    assert rows_of([WrapUpStarted(84.0, "c1", "sales", "1002")], made) == []
    assert rows_of([WrapUpEnded(99.0, "c1", "sales", "1002")], made) == [
        CdrSegment("c1", 6, "wrap_up", wall(84), wall(99), *BO, None, "completed")
    ]


def test_a_wrap_up_that_runs_at_the_end_of_the_call_goes_on() -> None:
    events = [*QUEUE_CALL[:-1], WrapUpStarted(84.0, "c1", "sales", "1002"), QUEUE_CALL[-1]]
    made = projection()

    assert "wrap_up" not in [kind for kind, *_ in outline(rows_of(events, made))]
    ended = rows_of([WrapUpEnded(90.0, "c1", "sales", "1002")], made)
    assert outline(ended) == [("wrap_up", 84, 90, "completed")]


def test_a_recording_is_written_when_its_file_is_complete() -> None:
    made = projection()
    rows_of(QUEUE_CALL, made)

    rows = rows_of(
        [RecordingStopped(84.2, "c1", "r1", "2026/03/c1.wav", 60.1, 961_644, "", "1002")], made
    )

    assert rows == [
        Recording("r1", "c1", "2026/03/c1.wav", "c1.wav", wall(24), 60.1, 961_644, "", "1002")
    ]


def test_the_voice_of_a_leg_is_a_row_when_it_is_over() -> None:
    closed = LegClosed(
        50, "c1", "a@b", 900, 880, 7, 1.5, "trunk carrier",
        worst_jitter_ms=9.0, round_trip_ms=31.0, mos=4.2, remote_lost=3, missing_s=2.5,
        one_way=True,
    )  # fmt: skip

    assert rows_of([closed]) == [
        CdrLeg(
            "c1", "a@b", "trunk carrier", wall(50), 900, 880, 7, 1.5, 9.0, 31.0, 4.2, 3, None, 2.5,
            True,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heard", "progress", "answered_by"),
    [
        ([], None, None),
        ([("ringback", ""), ("busy", "")], "busy", None),
        ([("special_information", "vacant")], "special_information:vacant", None),
        ([("colour_ringback", "music"), ("human", "")], "colour_ringback:music", "human"),
        ([("voice_started", ""), ("silent", ""), ("voice_stopped", "")], None, "silent"),
        ([("human", ""), ("beep", "")], None, "machine:beep"),
    ],
)
def test_what_was_heard_of_a_call_out_is_in_its_legs_row(
    heard: list[tuple[Sign, str]], progress: str | None, answered_by: str | None
) -> None:
    signs = [LineHeard(9, "c1", "a@b", "trunk t", *sign, 0.9, False) for sign in heard]
    other = LineHeard(9, "c1", "other", "trunk t", "ringback", "", 0.9, False)
    [row] = only(CdrLeg, rows_of([*signs, other, LegClosed(50, "c1", "a@b", 1, 1, 0, 0.0)]))

    assert (row.progress, row.answered_by) == (progress, answered_by)


def test_a_recording_whose_start_was_not_seen_is_dated_back_from_its_end() -> None:
    [row] = only(Recording, rows_of([RecordingStopped(50, "c9", "r9", "x.wav", 20, 1, "full")]))

    assert (row.started_at, row.error) == (wall(30), "full")


def test_a_recording_that_the_disk_refused_is_a_row_with_its_error() -> None:
    failed = RecordingFailed(50, "c9", "r9", "day/x.wav", "disk full", "1002")

    assert only(Recording, rows_of([failed])) == [
        Recording("r9", "c9", "day/x.wav", "x.wav", wall(50), 0.0, 0, "disk full", "1002")
    ]


def test_a_message_is_written_when_it_is_left() -> None:
    assert rows_of([VoicemailLeft(7, "c1", "sales", "c1.wav", "138", 4.5)]) == [
        VoicemailMessage("c1", "c1", "sales", "c1.wav", "138", None, 4.5, wall(7), None)
    ]


def test_what_agents_do_is_logged() -> None:
    events = [
        AgentLoggedIn(1, "1001", "8001", "supervisor"),
        AgentStateChanged(2, "1001", "8001", "busy", "idle", "lunch"),
        NoAnswerRecorded(3, "1001", "8001", "c1", "sales", "device_failed"),
        AgentLoggedOut(4, "1001", "8001", "shift_over"),
    ]
    who = ("1001", "8001")

    assert rows_of(events) == [
        AgentLogEntry("id1", wall(1), *who, "login", "supervisor", None, None, None, None, None),
        AgentLogEntry("id2", wall(2), *who, "state", None, "busy", "idle", "lunch", None, None),
        AgentLogEntry(
            "id3", wall(3), *who, "no_answer", None, None, None, "device_failed", "sales", "c1"
        ),
        AgentLogEntry("id4", wall(4), *who, "logout", None, None, None, "shift_over", None, None),
    ]


def test_a_step_of_the_wall_clock_does_not_bend_a_call() -> None:
    offset = 0.0
    made = CdrProjection(lambda at: wall(at + offset), lambda: "id")
    made.handle(started(0))
    made.handle(CallAnswered(1, "c1"))
    offset = 3600.0

    [call] = only(Cdr, made.handle(CallEnded(9, "c1", "hangup", "caller", 200)))

    assert (call.ended_at, call.billable_s) == (wall(9), 8.0)


def test_a_call_that_goes_round_for_ever_gives_its_segments_in_between() -> None:
    made = projection()
    rows_of([started(0), CallAnswered(0, "c1")], made)
    rounds = KEPT_SEGMENTS * 3
    in_between: list[Row] = []
    for at in range(rounds):
        in_between += rows_of(
            [FlowStarted(at, "c1", "loop"), FlowEnded(at + 0.95, "c1", "loop")], made
        )

    rest = made.handle(CallEnded(rounds, "c1", "hangup", "caller", 200))

    assert only(Cdr, in_between) == []
    assert len(in_between) > KEPT_SEGMENTS
    assert len(only(CdrSegment, rest)) <= KEPT_SEGMENTS + 1
    assert outline([*in_between, *rest]) == [
        ("ivr", at, at + 1, "handed_on") for at in range(rounds)
    ]


def test_at_shutdown_everything_open_is_ended_as_a_system_error() -> None:
    made = projection()
    rows_of(QUEUE_CALL, made)
    rows_of([WrapUpStarted(84.0, "c1", "sales", "1002"), started(80, "c2")], made)

    rows = made.close(90)

    assert outline(row for row in rows if row not in only(Cdr, rows)) == [
        ("wrap_up", 84, 90, "system_error")
    ]
    [lost] = only(Cdr, rows)
    assert (lost.call_id, lost.cause, lost.ended_by, lost.sip_code) == (
        "c2",
        "system_error",
        "system",
        0,
    )
    [file] = only(Recording, rows)
    assert (file.recording_id, file.duration_s, file.size, file.error) == (
        "r1",
        66.0,
        0,
        "system_error",
    )
    assert made.lost == 1
    assert made.close(91) == []


def test_beyond_the_limit_the_oldest_call_is_given_up() -> None:
    made = projection(max_calls=2)

    rows = rows_of([started(0, "c1"), started(1, "c2"), started(2, "c3")], made)

    assert [(call.call_id, call.cause) for call in only(Cdr, rows)] == [("c1", "system_error")]
    assert made.lost == 1


def test_an_ended_call_is_forgotten_when_nothing_more_is_expected() -> None:
    made = projection()
    rows_of([started(0), CallEnded(1, "c1", "hangup", "caller", 200)], made)
    later = 1 + 3 * LINGER_S
    rows_of([started(2, "c2"), CallEnded(later, "c2", "hangup", "caller", 200)], made)

    late = [
        WrapUpStarted(later, "c1", "sales", "1001"),
        WrapUpEnded(later + 1, "c1", "sales", "1001"),
    ]
    assert rows_of(late, made) == []


def test_a_long_wrap_up_is_waited_for_but_not_for_ever() -> None:
    made = projection()
    rows_of([*QUEUE_CALL, WrapUpStarted(84.0, "c1", "sales", "1002")], made)

    def another(at: float) -> list[Row]:
        name = f"at {at}"
        return rows_of([started(at, name), CallEnded(at, name, "hangup", "caller", 200)], made)

    assert "wrap_up" not in [kind for kind, *_ in outline(another(84 + FORGET_S / 2))]
    assert ("wrap_up", 84.0, 85 + FORGET_S, "system_error") in outline(another(85 + FORGET_S))


def test_a_call_id_seen_twice_at_once_is_one_call() -> None:
    rows = rows_of([started(0), started(1), CallEnded(5, "c1", "hangup", "caller", 200)])

    assert [call.started_at for call in only(Cdr, rows)] == [wall(0)]
