"""What agents note at calls, and the gaps in recordings: rows of their own beside the CDR.

They come while the call lives or after its record was written, and are never changed: of several
dispositions that an agent gave a call the last one counts.

Pure: the wall clock and the ids are passed in.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from callcenter import events
from callcenter.store.rows import Disposition, RecordingPause, Row

MAX_PAUSES = 20_000
"""Open at once; as many as calls."""


class MarksProjection:
    """`handle` takes the events of the stream and returns the rows that became complete."""

    def __init__(self, wall: Callable[[float], datetime], ids: Callable[[], str]) -> None:
        self._wall = wall
        self._ids = ids
        self._pauses: dict[str, events.RecordingPaused] = {}
        """By recording, those that are not over."""

    def handle(self, event: events.Event) -> list[Row]:
        """The rows this event completes."""
        step = self._STEPS.get(type(event))
        return [] if step is None else step(self, event)

    def close(self, at: float) -> list[Row]:
        """Shutdown: pauses end now."""
        return [row for pause in tuple(self._pauses.values()) for row in self._ended(pause, at)]

    def _disposition(self, event: events.DispositionSet) -> list[Row]:
        return [
            Disposition(
                disposition_id=self._ids(),
                call_id=event.call_id,
                agent_id=event.agent_id,
                queue=event.queue or None,
                set_at=self._wall(event.at),
                codes=json.dumps(event.codes, ensure_ascii=False),
                note=event.note,
            )
        ]

    def _paused(self, event: events.RecordingPaused) -> list[Row]:
        if len(self._pauses) < MAX_PAUSES:
            self._pauses.setdefault(event.recording_id, event)
        return []

    def _over(self, event: events.RecordingResumed | events.RecordingStopped) -> list[Row]:
        pause = self._pauses.get(event.recording_id)
        return [] if pause is None else self._ended(pause, event.at)

    def _ended(self, pause: events.RecordingPaused, at: float) -> list[Row]:
        del self._pauses[pause.recording_id]
        return [
            RecordingPause(
                pause_id=self._ids(),
                recording_id=pause.recording_id,
                call_id=pause.call_id,
                agent_id=pause.agent_id,
                started_at=self._wall(pause.at),
                ended_at=self._wall(max(at, pause.at)),
            )
        ]

    _STEPS: ClassVar[dict[type[events.Event], Callable[["MarksProjection", Any], list[Row]]]] = {
        events.DispositionSet: _disposition,
        events.RecordingPaused: _paused,
        events.RecordingResumed: _over,
        events.RecordingStopped: _over,
    }
    KINDS: ClassVar = frozenset(_STEPS)
    """The events that rows are made of."""
