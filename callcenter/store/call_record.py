"""One call's record while it grows, and the rows it gives.

Times inside are whole milliseconds since the call's start, so that sums are exact and a step of
the wall clock cannot bend them; only the start is read from the wall clock.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from posixpath import basename
from typing import Any, ClassVar

from callcenter import events
from callcenter.store.rows import Cdr, CdrSegment, Recording, Row
from callcenter.store.timeline import Hand, Segment, Timeline

_MILLISECOND = timedelta(milliseconds=1)
KEPT_SEGMENTS = 64
"""A call that goes round for hours gives its older segments away instead of collecting them."""


class CallRecord:
    """Takes the events of one call in order; `end` makes its CDR and what is left of it."""

    def __init__(self, started: events.CallStarted, wall: datetime) -> None:
        self.started = started
        self.ended_at: float | None = None
        """Monotonic seconds; None while the call lives."""
        self._wall = wall
        self._now = 0
        self._timeline = Timeline()
        self._rings: dict[str, Segment] = {}
        self._wrap_ups: dict[str, Segment] = {}
        self._recordings: dict[str, tuple[int, events.RecordingStarted]] = {}
        self._totals = {"ivr": 0, "wait": 0, "ring": 0, "talk": 0, "wrap_up": 0}
        self._trunk = started.trunk
        self._flow: str | None = None
        self._queue: str | None = None
        self._agent_id: str | None = None
        self._seat_no: str | None = None
        self._recording: str | None = None

    def handle(self, event: events.CallEvent) -> list[Row]:
        """The rows that are ready after this event; none for an event that does not fit."""
        step = self._STEPS.get(type(event))
        if step is None or (self.ended_at is not None and type(event) not in self._AFTERMATH):
            return []
        step(self, event, self._tick(event.at))
        if self.ended_at is None and self._timeline.settled() <= KEPT_SEGMENTS:
            return []
        return self._take()

    def end(
        self, at: float, cause: str, by: events.Party, sip_code: int, q850: int | None = None
    ) -> list[Row]:
        """Ends the call: its CDR and segments. Wrap-ups and recordings may still run on."""
        ms = self._tick(at)
        self.ended_at = at
        self._timeline.finish(ms, cause)
        for ring in self._rings.values():
            self._timeline.keep(ring, ms, "caller_left" if by == "caller" else cause)
        self._rings.clear()
        segments = self._take()
        return [self._cdr(ms, cause, by, sip_code, q850), *segments]

    def abandon(self, at: float) -> list[Row]:
        """Ends everything whose end will not be seen any more, as `system_error`."""
        rows = [] if self.ended_at is not None else self.end(at, "system_error", "system", 0)
        ms = self._tick(at)
        for wrap_up in self._wrap_ups.values():
            self._timeline.keep(wrap_up, ms, "system_error")
        self._wrap_ups.clear()
        rows += self._take()
        for start, began in self._recordings.values():
            rows.append(
                Recording(
                    recording_id=began.recording_id,
                    call_id=self.started.call_id,
                    path=began.path,
                    name=basename(began.path),
                    started_at=self._time(start),
                    duration_s=(ms - start) / 1000,
                    size=0,
                    error="system_error",
                    agent_id=began.agent_id or None,
                )
            )
        self._recordings.clear()
        return rows

    @property
    def open_ends(self) -> bool:
        """Whether a wrap-up or a recording is still running."""
        return bool(self._wrap_ups or self._recordings)

    def _tick(self, at: float) -> int:
        """Milliseconds since the start, never going back."""
        self._now = max(self._now, round((at - self.started.at) * 1000))
        return self._now

    def _answered(self, event: events.CallAnswered, ms: int) -> None:
        if self._timeline.answered is None:
            self._timeline.answered = ms

    def _flow_started(self, event: events.FlowStarted, ms: int) -> None:
        self._flow = self._flow or event.flow
        self._timeline.claim("ivr", Hand(flow=event.flow), ms)

    def _flow_ended(self, event: events.FlowEnded, ms: int) -> None:
        self._timeline.release("ivr", event.flow, ms, "handed_on")

    def _queue_entered(self, event: events.QueueEntered, ms: int) -> None:
        self._queue = event.queue
        self._timeline.claim("wait", Hand(queue=event.queue), ms)

    def _queue_left(self, event: events.QueueLeft, ms: int) -> None:
        self._timeline.release("wait", event.queue, ms, event.outcome)

    def _offered(self, event: events.AgentOffered, ms: int) -> None:
        self._stop_ringing(event.agent_id, ms, "withdrawn")
        hand = Hand(event.queue, event.agent_id, event.seat_no)
        self._rings[event.agent_id] = self._timeline.open("ring", hand, ms)

    def _offer_ended(self, event: events.OfferEnded, ms: int) -> None:
        self._stop_ringing(event.agent_id, ms, event.outcome)

    def _stop_ringing(self, agent_id: str, ms: int, outcome: str) -> None:
        ring = self._rings.pop(agent_id, None)
        if ring is not None:
            self._timeline.keep(ring, ms, outcome)

    def _talk_started(self, event: events.TalkStarted, ms: int) -> None:
        self._stop_ringing(event.agent_id, ms, "accepted")
        self._agent_id, self._seat_no = event.agent_id, event.seat_no
        self._timeline.claim("talk", Hand(event.queue, event.agent_id, event.seat_no), ms)

    def _talk_ended(self, event: events.TalkEnded, ms: int) -> None:
        self._timeline.release("talk", event.agent_id, ms, event.by)

    def _reach_started(self, event: events.ReachStarted, ms: int) -> None:
        self._stop_ringing(event.number, ms, "diverted")
        hand = Hand(None, event.agent_id or None, event.seat_no or None, number=event.number)
        self._rings[event.number] = self._timeline.open("ring", hand, ms)

    def _reach_ended(self, event: events.ReachEnded, ms: int) -> None:
        self._stop_ringing(event.number, ms, event.outcome)

    def _bridge_started(self, event: events.BridgeStarted, ms: int) -> None:
        self._agent_id = event.agent_id or self._agent_id
        self._seat_no = event.seat_no or self._seat_no
        self._trunk = self._trunk or event.trunk
        hand = Hand(None, event.agent_id or None, event.seat_no or None, number=event.number)
        self._timeline.claim("talk", hand, ms)

    def _bridge_ended(self, event: events.BridgeEnded, ms: int) -> None:
        self._timeline.release("talk", event.number, ms, event.by)

    def _wrap_up_started(self, event: events.WrapUpStarted, ms: int) -> None:
        seat_no = self._seat_no if event.agent_id == self._agent_id else None
        if event.agent_id not in self._wrap_ups:
            hand = Hand(event.queue, event.agent_id, seat_no)
            self._wrap_ups[event.agent_id] = self._timeline.open("wrap_up", hand, ms)

    def _wrap_up_ended(self, event: events.WrapUpEnded, ms: int) -> None:
        wrap_up = self._wrap_ups.pop(event.agent_id, None)
        if wrap_up is not None:
            self._timeline.keep(wrap_up, ms, "completed")

    def _recording_started(self, event: events.RecordingStarted, ms: int) -> None:
        self._recording = self._recording or event.path
        self._recordings[event.recording_id] = (ms, event)

    def recording_began(self, recording_id: str) -> datetime | None:
        """When the recording that has now stopped began; None when that was not seen."""
        began = self._recordings.pop(recording_id, None)
        return None if began is None else self._time(began[0])

    _STEPS: ClassVar[dict[type[events.Event], Callable[["CallRecord", Any, int], None]]] = {
        events.CallAnswered: _answered,
        events.FlowStarted: _flow_started,
        events.FlowEnded: _flow_ended,
        events.QueueEntered: _queue_entered,
        events.QueueLeft: _queue_left,
        events.AgentOffered: _offered,
        events.OfferEnded: _offer_ended,
        events.TalkStarted: _talk_started,
        events.TalkEnded: _talk_ended,
        events.ReachStarted: _reach_started,
        events.ReachEnded: _reach_ended,
        events.BridgeStarted: _bridge_started,
        events.BridgeEnded: _bridge_ended,
        events.WrapUpStarted: _wrap_up_started,
        events.WrapUpEnded: _wrap_up_ended,
        events.RecordingStarted: _recording_started,
    }
    KINDS: ClassVar = frozenset(_STEPS)
    """The events that it is made of, but for the call's start and end."""
    _AFTERMATH: ClassVar = frozenset((events.WrapUpStarted, events.WrapUpEnded))

    def _time(self, ms: int) -> datetime:
        return self._wall + ms * _MILLISECOND

    def _take(self) -> list[Row]:
        taken = self._timeline.take(over=self.ended_at is not None)
        for segment in taken:
            self._totals[segment.kind] += segment.ended - segment.started
        return [self._segment(segment) for segment in taken]

    def _segment(self, segment: Segment) -> CdrSegment:
        hand = segment.hand
        return CdrSegment(
            call_id=self.started.call_id,
            n=segment.n,
            kind=segment.kind,
            started_at=self._time(segment.started),
            ended_at=self._time(segment.ended),
            queue=hand.queue,
            agent_id=hand.agent_id,
            seat_no=hand.seat_no,
            flow=hand.flow,
            outcome=segment.outcome,
        )

    def _cdr(self, ms: int, cause: str, by: events.Party, sip_code: int, q850: int | None) -> Cdr:
        started, answered, totals = self.started, self._timeline.answered, self._totals
        return Cdr(
            call_id=started.call_id,
            direction=started.direction,
            ani=started.ani,
            dnis=started.dnis,
            trunk=self._trunk,
            started_at=self._wall,
            answered_at=None if answered is None else self._time(answered),
            ended_at=self._time(ms),
            cause=cause,
            ended_by=by,
            sip_code=sip_code,
            flow=self._flow,
            queue=self._queue,
            agent_id=self._agent_id,
            seat_no=self._seat_no,
            waited_s=totals["wait"] / 1000,
            rang_s=totals["ring"] / 1000,
            talked_s=totals["talk"] / 1000,
            billable_s=0.0 if answered is None else (ms - answered) / 1000,
            recording=self._recording,
            q850=q850,
        )
