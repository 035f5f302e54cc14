"""Is a stream of events a story that can be true? What every scenario must keep to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count, pairwise
from typing import Any

from callcenter import events
from callcenter.store.cdr import CdrProjection
from callcenter.store.ledger import OUTCOMES, LedgerProjection
from callcenter.store.rows import Cdr, QueueEntry, QueueVisit

_PAIRS: Mapping[type[events.Event], type[events.Event]] = {
    events.FlowEnded: events.FlowStarted,
    events.QueueLeft: events.QueueEntered,
    events.OfferEnded: events.AgentOffered,
    events.TalkEnded: events.TalkStarted,
    events.ReachEnded: events.ReachStarted,
    events.BridgeEnded: events.BridgeStarted,
}
"""End -> beginning: in a call they alternate, and none is open when the call ends."""
_LATER: Mapping[type[events.Event], type[events.Event]] = {
    events.RecordingStopped: events.RecordingStarted,
    events.WrapUpEnded: events.WrapUpStarted,
}
"""Likewise, but they may outlive the call."""
_AFTERMATH = (
    # A leg given on lives in another call, and is told of under the one that it came with.
    events.LegOpened,
    events.LegClosed,
    events.RecordingStopped,
    events.VoicemailLeft,
    events.WrapUpStarted,
    events.WrapUpEnded,
    events.NoAnswerRecorded,
    events.DispositionSet,
)


def check_stream(told: Sequence[events.Event], ring_limit: float) -> None:
    """Raises `AssertionError` naming the first event that does not fit."""
    calls: defaultdict[str, list[Any]] = defaultdict(list)
    agents: defaultdict[str, list[events.AgentStateChanged]] = defaultdict(list)
    for event in told:
        if isinstance(event, events.CallEvent):
            calls[event.call_id].append(event)
        elif isinstance(event, events.AgentStateChanged):
            agents[event.agent_id].append(event)
    for story in calls.values():
        _check_call(story)
    for changes in agents.values():
        _check_agent(changes, ring_limit)
    _check_records(told)
    _check_ledger(told)
    times = [event.at for event in told]
    assert times == sorted(times), "time went back"


def _check_records(told: Sequence[events.Event]) -> None:
    """Every call has one record, which knows how long was talked."""
    numbers = count(1)
    projection = CdrProjection(
        lambda at: datetime.fromtimestamp(at, UTC), lambda: str(next(numbers))
    )
    rows = [row for event in told for row in projection.handle(event)]
    talked: defaultdict[str, float] = defaultdict(float)
    for event in told:
        if isinstance(event, events.TalkEnded | events.BridgeEnded):
            talked[event.call_id] += event.talk_s
    records = {row.call_id: row for row in rows if isinstance(row, Cdr)}
    ended = [event.call_id for event in told if isinstance(event, events.CallEnded)]
    assert sorted(records) == sorted(ended)
    assert projection.lost == 0
    for call_id, record in records.items():
        assert abs(record.talked_s - talked[call_id]) < 0.15, record


def _check_ledger(told: Sequence[events.Event]) -> None:
    """Every caller presented to a queue has one outcome."""
    numbers = count(1)
    projection = LedgerProjection(
        lambda at: datetime.fromtimestamp(at, UTC), lambda: str(next(numbers))
    )
    rows = [row for event in told for row in projection.handle(event)]
    entries = {row.visit_id: row for row in rows if isinstance(row, QueueEntry)}
    visits = [row for row in rows if isinstance(row, QueueVisit)]
    assert sorted(entries) == sorted(row.visit_id for row in visits)
    assert projection.close(0.0) == []
    for visit in visits:
        entry = entries[visit.visit_id]
        assert (visit.queue, visit.entered_at) == (entry.queue, entry.entered_at)
        assert visit.outcome in OUTCOMES
        assert 0 <= visit.rang_s <= visit.waited_s + 1e-9, visit
        assert (visit.agent_id is not None) is (visit.outcome == "answered"), visit


def _check_call(story: Sequence[Any]) -> None:
    kinds = [type(event) for event in story]
    assert kinds[0] is events.CallStarted, story
    assert kinds.count(events.CallStarted) == 1, story
    assert kinds.count(events.CallEnded) == 1, story
    end = kinds.index(events.CallEnded)
    assert all(kind in _AFTERMATH for kind in kinds[end + 1 :]), story
    for last, first in {**_PAIRS, **_LATER}.items():
        steps = [event for event in story if type(event) in (first, last)]
        for strand in {_strand(event) for event in steps}:
            _check_pair([each for each in steps if _strand(each) == strand], first)
    for last, first in _PAIRS.items():
        assert kinds[:end].count(first) == kinds[:end].count(last), (first, story)
    assert kinds.count(events.RecordingStarted) == kinds.count(events.RecordingStopped), story
    _check_talks(story)


def _strand(event: events.Event) -> str:
    """What may go on at once in a call: a file is complete a moment after the next one has begun,
    several agents may ring at once, and those who had the same caller each wrap up."""
    match event:
        case events.RecordingStarted() | events.RecordingStopped():
            return event.recording_id
        case events.WrapUpStarted() | events.WrapUpEnded():
            return event.agent_id
        case events.AgentOffered() | events.OfferEnded():
            return event.agent_id
        case _:
            return ""


def _check_pair(steps: Sequence[Any], first: type[events.Event]) -> None:
    """Beginning and end in turn, of the same agent, queue or flow."""
    for number, step in enumerate(steps):
        assert (type(step) is first) is (number % 2 == 0), steps
        if number % 2:
            for field in ("queue", "number", "flow"):
                assert getattr(step, field, None) == getattr(steps[number - 1], field, None), steps
            if isinstance(step, events.OfferEnded | events.TalkEnded):
                assert step.agent_id == steps[number - 1].agent_id, steps


def _check_talks(story: Sequence[Any]) -> None:
    """A talk begins with the agent who accepted, in the queue that the caller left answered."""
    accepted = [e for e in story if isinstance(e, events.OfferEnded) and e.outcome == "accepted"]
    answered = [e for e in story if isinstance(e, events.QueueLeft) and e.outcome == "answered"]
    talks = [e for e in story if isinstance(e, events.TalkStarted)]
    assert [e.agent_id for e in accepted] == [e.agent_id for e in talks], story
    assert [e.queue for e in answered] == [e.queue for e in talks], story


def _check_agent(changes: Sequence[events.AgentStateChanged], ring_limit: float) -> None:
    for before, after in pairwise(changes):
        assert after.previous == before.state, (before, after)
        if before.state == "ringing":
            assert after.at - before.at <= ring_limit + 1e-6, f"stuck ringing: {before}"
    assert changes[0].previous == "logged_out", changes[0]
    assert changes[-1].state != "ringing", f"left ringing: {changes[-1]}"
