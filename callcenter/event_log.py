"""Writes the milestones of calls and agents to the log, a reader of the event stream."""

from collections.abc import Callable, Collection
from dataclasses import fields
from typing import Any

from callcenter import events

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
    """One line an event, named by the event, with its fields."""

    def __init__(self, logger: Any) -> None:
        self._error: Callable[..., None] = logger.error
        self._info: Callable[..., None] = logger.info
        self._debug: Callable[..., None] = logger.debug
        self._debugging = bool(logger.is_enabled_for(10))
        self._names: dict[type[events.Event], tuple[str, ...]] = {}
        self.kinds: Collection[type[events.Event]] = (
            (events.Event,) if self._debugging else (*_MILESTONES, *_MAY_FAIL)
        )
        """What it is to read."""

    def read(self, event: events.Event) -> None:
        """Writes one event."""
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
        write(kind.__name__, **{name: getattr(event, name) for name in names})
