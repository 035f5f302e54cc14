"""Writes the milestones of calls and agents to the log, a reader of the event stream."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from callcenter import events

_MILESTONES = frozenset(
    {
        events.CallStarted,
        events.CallEnded,
        events.VoicemailLeft,
        events.AgentLoggedIn,
        events.AgentLoggedOut,
        events.NoAnswerRecorded,
    }
)
"""Told at level info; every other step at debug."""


class EventLog:
    """One line an event, named by the event, with its fields."""

    def __init__(self, logger: Any) -> None:
        self._info: Callable[..., None] = logger.info
        self._debug: Callable[..., None] = logger.debug
        self._debugging = bool(logger.is_enabled_for(10))

    def read(self, event: events.Event) -> None:
        """Writes one event, if its level is wanted."""
        kind = type(event)
        if kind in _MILESTONES:
            write = self._info
        elif self._debugging:
            write = self._debug
        else:
            return
        facts = {field.name: getattr(event, field.name) for field in fields(event)}
        write(kind.__name__, **facts)
