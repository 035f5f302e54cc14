"""Whatever the stream brings, in whatever order: the records stay consistent and bounded."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter import events
from callcenter.store.cdr import CdrProjection
from callcenter.store.rows import Cdr, CdrSegment, Row

NOON = datetime(2026, 3, 1, 12, 0, 0, 0, UTC)
CALLS = ("c1", "c2", "c3")
HOLDERS = ("ivr", "wait", "talk")

queues = st.sampled_from(("sales", "support"))
agents = st.sampled_from((("1001", "8001"), ("1002", "8002")))
flows = st.sampled_from(("welcome", "survey"))


@st.composite
def steps(draw: st.DrawFn) -> events.Event:
    """One event of one of three calls, at a time that the stream sets later."""
    call_id = draw(st.sampled_from(CALLS))
    queue, (agent_id, seat_no), flow = draw(queues), draw(agents), draw(flows)
    holding = (
        events.FlowStarted(0, call_id, flow),
        events.FlowEnded(0, call_id, flow),
        events.QueueEntered(0, call_id, queue, 0),
        events.QueueLeft(0, call_id, queue, "timeout"),
        events.TalkStarted(0, call_id, queue, agent_id, seat_no),
        events.TalkEnded(0, call_id, queue, agent_id, seat_no, "agent"),
    )
    beside = (
        events.AgentOffered(0, call_id, queue, agent_id, seat_no),
        events.OfferEnded(0, call_id, queue, agent_id, seat_no, "accepted"),
        events.WrapUpStarted(0, call_id, queue, agent_id),
        events.WrapUpEnded(0, call_id, queue, agent_id),
        events.RecordingStarted(0, call_id, "r", "r.wav"),
        events.RecordingStopped(0, call_id, "r", "r.wav", 1.0, 8_000, ""),
    )
    rare = (
        events.CallStarted(0, call_id, "in", "138", "4000", "carrier"),
        events.CallAnswered(0, call_id),
        events.CallEnded(0, call_id, "hangup", "caller", 200),
    )
    return draw(st.sampled_from((*holding, *holding, *beside, *rare)))


pauses = st.sampled_from((0.0, 0.0, 0.03, 0.099, 0.1, 3.3333, 20.0, -1.0))
begun = tuple((0.01, events.CallStarted(0, call, "in", "138", "4000", "carrier")) for call in CALLS)
answered = (0.05, events.CallAnswered(0, CALLS[0]))
"""One call is answered at once; the others when chance will have it."""
streams = st.lists(st.tuples(pauses, steps()), min_size=20, max_size=80).map(
    lambda rest: [*begun, answered, *rest]
)


def project(stream: list[tuple[float, events.Event]]) -> tuple[list[Row], Counter[str]]:
    """All rows of a stream, and how often each call began while it did not live."""
    numbers = count()
    made = CdrProjection(lambda at: NOON + timedelta(seconds=at), lambda: str(next(numbers)))
    rows: list[Row] = []
    began: Counter[str] = Counter()
    alive: set[str] = set()
    now = 100.0
    for pause, step in stream:
        now += pause
        event = replace(step, at=now)
        rows += made.handle(event)
        if isinstance(event, events.CallStarted) and event.call_id not in alive:
            began[event.call_id] += 1
            alive.add(event.call_id)
        elif isinstance(event, events.CallEnded):
            alive.discard(event.call_id)
    rows += made.close(now + 1)
    assert made.close(now + 2) == []
    return rows, began


@settings(max_examples=50)
@given(streams)
def test_each_call_gets_one_cdr(stream: list[tuple[float, events.Event]]) -> None:
    rows, began = project(stream)

    assert Counter(row.call_id for row in rows if isinstance(row, Cdr)) == began


@settings(max_examples=50)
@given(streams)
def test_segments_lie_within_time_and_are_numbered_once(
    stream: list[tuple[float, events.Event]],
) -> None:
    rows, began = project(stream)

    segments = [row for row in rows if isinstance(row, CdrSegment)]
    assert all(segment.started_at <= segment.ended_at for segment in segments)
    if not began or max(began.values()) == 1:
        numbers = Counter((segment.call_id, segment.n) for segment in segments)
        assert set(numbers.values()) <= {1}


@settings(max_examples=50)
@given(streams)
def test_ivr_wait_and_talk_cover_the_answered_time_once(
    stream: list[tuple[float, events.Event]],
) -> None:
    rows, began = project(stream)
    held: dict[str, list[CdrSegment]] = defaultdict(list)
    for row in rows:
        if isinstance(row, CdrSegment) and row.kind in HOLDERS:
            held[row.call_id].append(row)

    for call in (row for row in rows if isinstance(row, Cdr) and began[row.call_id] == 1):
        segments = sorted(held[call.call_id], key=lambda s: (s.started_at, s.ended_at))
        assert all(a.ended_at <= b.started_at for a, b in pairwise(segments))
        assert all(call.started_at <= s.started_at <= s.ended_at <= call.ended_at for s in segments)
        if call.answered_at is not None:
            since = call.answered_at
            covered = sum(
                (max(s.ended_at, since) - max(s.started_at, since) for s in segments),
                timedelta(),
            )
            assert covered == call.ended_at - since
            assert covered == timedelta(seconds=call.billable_s)
        for kind, total in (("wait", call.waited_s), ("talk", call.talked_s)):
            of_kind = (s.ended_at - s.started_at for s in segments if s.kind == kind)
            assert sum(of_kind, timedelta()) == timedelta(seconds=total)
