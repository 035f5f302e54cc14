"""Writes the milestones of calls and agents to the log, a reader of the event stream."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any

from callcenter import events
from callcenter.event_stream import EventStream

_MILESTONES = frozenset(
    {
        events.CallStarted,
        events.CallEnded,
        events.OneWayAudio,
        events.VoiceMissing,
        events.VoicemailLeft,
        events.AgentLoggedIn,
        events.AgentLoggedOut,
        events.LoginRefused,
        events.SupervisorActed,
        events.NoAnswerRecorded,
    }
)
"""Told at level info; every other step at debug."""
_MAY_FAIL = (events.RecordingFailed, events.RecordingStopped)
"""Told at level error when they have one."""


class EventLog:
    """One line an event, named by the event, with its fields, and stamped with its time."""

    def __init__(self, logger: Any, wall: Callable[[float], datetime]) -> None:
        """`wall` is `Clock.wall`."""
        self._wall = wall
        self._error: Callable[..., None] = logger.error
        self._info: Callable[..., None] = logger.info
        self._debug: Callable[..., None] = logger.debug
        self._debugging = bool(logger.is_enabled_for(10))
        self._names: dict[type[events.Event], tuple[str, ...]] = {}

    def listen(self, stream: EventStream) -> None:
        """Milestones may come a little later; all steps are to stand where they belong."""
        if self._debugging:
            stream.subscribe(self._read)
        else:
            stream.follow(self._read, (*_MILESTONES, *_MAY_FAIL))

    def _read(self, event: events.Event) -> None:
        kind = type(event)
        if isinstance(event, _MAY_FAIL) and event.error:
            write = self._error
        elif kind in _MILESTONES:
            write = self._info
        elif self._debugging:
            write = self._debug
        else:
            return
        names = self._names.get(kind)
        if names is None:
            names = self._names[kind] = tuple(field.name for field in fields(kind))
        told = {name: getattr(event, name) for name in names}
        write(kind.__name__, timestamp=self._wall(event.at), **told)
