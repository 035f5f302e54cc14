"""From the event stream to the rows that are kept: calls, recordings, messages, agents.

Pure: the wall clock and the ids are passed in. Memory is bounded whatever the stream leaves out:
calls alive at once by `max_calls`, ended ones by the time in which a wrap-up may still begin.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from posixpath import basename
from typing import Any, ClassVar

from callcenter import events
from callcenter.store.call_record import CallRecord
from callcenter.store.line_sounds import LineSounds
from callcenter.store.rows import AgentLogEntry, CdrLeg, Recording, Row, VoicemailMessage

LINGER_S = 5.0
"""How long after its end a call is remembered for a wrap-up that begins after it."""
FORGET_S = 8 * 3600.0
"""How long an ended call waits for the end of a wrap-up or a recording: a shift."""


class CdrProjection:
    """`handle` takes every event of the stream and returns the rows that became complete."""

    def __init__(
        self,
        wall: Callable[[float], datetime],
        ids: Callable[[], str],
        *,
        max_calls: int = 20_000,
    ) -> None:
        """`wall` is `Clock.wall`; `ids` names agent log entries and messages, in rising order."""
        self._wall = wall
        self._ids = ids
        self._max_calls = max_calls
        self._live: OrderedDict[str, CallRecord] = OrderedDict()
        self._ended: dict[str, CallRecord] = {}
        self._next_sweep = 0.0
        self._sounds = LineSounds(max_calls)
        self.lost = 0
        """Calls closed as `system_error` because their end did not come."""

    def handle(self, event: events.Event) -> list[Row]:
        """The rows this event completes, mostly none."""
        step = self._STEPS.get(type(event))
        if step is not None:
            return step(self, event)
        if isinstance(event, events.CallEvent):
            record = self._live.get(event.call_id) or self._ended.get(event.call_id)
            if record is not None:
                return record.handle(event)
        return []

    def close(self, at: float) -> list[Row]:
        """Shutdown: the rows of everything that has not ended, ended now as `system_error`."""
        rows: list[Row] = []
        self.lost += len(self._live)
        for record in (*self._live.values(), *self._ended.values()):
            rows += record.abandon(at)
        self._live.clear()
        self._ended.clear()
        return rows

    def _call_started(self, event: events.CallStarted) -> list[Row]:
        if event.call_id in self._live:
            return []
        rows: list[Row] = []
        if len(self._live) >= self._max_calls:
            _, oldest = self._live.popitem(last=False)
            rows = oldest.abandon(event.at)
            self.lost += 1
        wall = self._wall(event.at)
        wall = wall.replace(microsecond=wall.microsecond // 1000 * 1000)
        self._live[event.call_id] = CallRecord(event, wall)
        return rows

    def _call_ended(self, event: events.CallEnded) -> list[Row]:
        rows = self._forget(event.at)
        record = self._live.pop(event.call_id, None)
        if record is not None:
            self._ended[event.call_id] = record
            rows += record.end(event.at, event.cause, event.by, event.sip_code, event.q850)
        return rows

    def _forget(self, now: float) -> list[Row]:
        """Drops ended calls of which nothing more is expected."""
        if now < self._next_sweep:
            return []
        self._next_sweep = now + LINGER_S
        rows: list[Row] = []
        for call_id, record in list(self._ended.items()):
            age = now - (record.ended_at or now)
            if age > (FORGET_S if record.open_ends else LINGER_S):
                del self._ended[call_id]
                rows += record.abandon(now)
        return rows

    def _recording_stopped(self, event: events.RecordingStopped) -> list[Row]:
        record = self._live.get(event.call_id) or self._ended.get(event.call_id)
        started_at = None if record is None else record.recording_began(event.recording_id)
        if started_at is None:
            started_at = self._wall(event.at) - timedelta(seconds=event.duration_s)
        return [
            Recording(
                recording_id=event.recording_id,
                call_id=event.call_id,
                path=event.path,
                name=basename(event.path),
                started_at=started_at,
                duration_s=event.duration_s,
                size=event.size,
                error=event.error,
                agent_id=event.agent_id or None,
            )
        ]

    def _recording_failed(self, event: events.RecordingFailed) -> list[Row]:
        return [
            Recording(
                recording_id=event.recording_id,
                call_id=event.call_id,
                path=event.path,
                name=basename(event.path),
                started_at=self._wall(event.at),
                duration_s=0.0,
                size=0,
                error=event.error,
                agent_id=event.agent_id or None,
            )
        ]

    def _line_heard(self, event: events.LineHeard) -> list[Row]:
        self._sounds.heard(event)
        return []

    def _leg_closed(self, event: events.LegClosed) -> list[Row]:
        sounds = self._sounds.take(event.sip_call_id)
        return [
            CdrLeg(
                call_id=event.call_id,
                sip_call_id=event.sip_call_id,
                party=event.party,
                ended_at=self._wall(event.at),
                packets_received=event.packets_received,
                packets_sent=event.packets_sent,
                lost=event.lost,
                jitter_ms=event.jitter_ms,
                worst_jitter_ms=event.worst_jitter_ms,
                round_trip_ms=event.round_trip_ms,
                mos=event.mos,
                remote_lost=event.remote_lost,
                remote_mos=event.remote_mos,
                missing_s=event.missing_s,
                one_way=event.one_way,
                progress=sounds.progress,
                answered_by=sounds.answered_by,
            )
        ]

    def _voicemail_left(self, event: events.VoicemailLeft) -> list[Row]:
        return [
            VoicemailMessage(
                message_id=PurePosixPath(event.path).stem,
                call_id=event.call_id,
                box=event.box,
                path=event.path,
                ani=event.ani,
                contact_number=None,
                duration_s=event.duration_s,
                left_at=self._wall(event.at),
                heard_at=None,
            )
        ]

    def _logged_in(self, event: events.AgentLoggedIn) -> list[Row]:
        return [self._log(event, "login", agent_class=event.agent_class)]

    def _logged_out(self, event: events.AgentLoggedOut) -> list[Row]:
        return [self._log(event, "logout", reason=event.reason)]

    def _state_changed(self, event: events.AgentStateChanged) -> list[Row]:
        return [
            self._log(
                event, "state", state=event.state, previous=event.previous, reason=event.reason
            )
        ]

    def _no_answer(self, event: events.NoAnswerRecorded) -> list[Row]:
        return [
            self._log(
                event, "no_answer", reason=event.outcome, queue=event.queue, call_id=event.call_id
            )
        ]

    def _log(
        self,
        event: events.AgentEvent,
        what: str,
        *,
        agent_class: str | None = None,
        state: str | None = None,
        previous: str | None = None,
        reason: str | None = None,
        queue: str | None = None,
        call_id: str | None = None,
    ) -> AgentLogEntry:
        return AgentLogEntry(
            entry_id=self._ids(),
            at=self._wall(event.at),
            agent_id=event.agent_id,
            seat_no=event.seat_no,
            event=what,
            agent_class=agent_class,
            state=state,
            previous=previous,
            reason=reason,
            queue=queue,
            call_id=call_id,
        )

    _STEPS: ClassVar[dict[type[events.Event], Callable[["CdrProjection", Any], list[Row]]]] = {
        events.CallStarted: _call_started,
        events.CallEnded: _call_ended,
        events.LineHeard: _line_heard,
        events.LegClosed: _leg_closed,
        events.RecordingStopped: _recording_stopped,
        events.RecordingFailed: _recording_failed,
        events.VoicemailLeft: _voicemail_left,
        events.AgentLoggedIn: _logged_in,
        events.AgentLoggedOut: _logged_out,
        events.AgentStateChanged: _state_changed,
        events.NoAnswerRecorded: _no_answer,
    }
    KINDS: ClassVar = frozenset((*_STEPS, *CallRecord.KINDS))
    """The events that rows are made of."""
