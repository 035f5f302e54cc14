"""Hands events to their readers: at once, or many together to those that only keep them.

What a call is recorded by is a few lines, each made of an event that comes alone between other
work. The code for it has left the processor's caches by then; made for many events in one go, the
lines cost a fraction.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import Any, Final, TypeAlias

from callcenter.event_base import Event

Reader: TypeAlias = Callable[[Any], None]
"""Takes the events that it subscribed to."""

LATER_S: Final = 0.1
"""How long an event waits at most for those that read later."""
MOST_WAITING: Final = 1_000
"""Events; when there are so many, none waits longer."""


class EventStream:
    """Hands each event to every reader that wants its kind, in order.

    A reader must not block and must not raise; one that raises is reported through `on_error` and
    harms neither the call nor the other readers.
    """

    def __init__(self, on_error: Callable[[Event, Exception], None]) -> None:
        self._subscriptions: list[tuple[Reader, tuple[type[Event], ...]]] = []
        self._later: list[tuple[Reader, tuple[type[Event], ...]]] = []
        self._readers: dict[type[Event], list[Reader]] = {}
        """Who reads what, found out when an event of that kind first comes."""
        self._waiting: list[Event] = []
        self._timer: asyncio.TimerHandle | None = None
        """While there are some."""
        self._on_error = on_error

    def subscribe(self, reader: Reader, kinds: Collection[type[Event]] = (Event,)) -> None:
        """Adds a reader of these kinds, subclasses included, for the life of the process."""
        self._subscriptions.append((reader, tuple(kinds)))
        self._readers.clear()

    def subscribe_later(self, reader: Reader, kinds: Collection[type[Event]]) -> None:
        """Adds one that is handed events within `LATER_S`, many together, on the running loop.

        For those that keep records. Who asks one for what it knows flushes the stream before.
        """
        self._later.append((reader, tuple(kinds)))
        self._readers.clear()

    def emit(self, event: Event) -> None:
        """Delivers one event."""
        readers = self._readers.get(type(event))
        if readers is None:
            readers = self._readers_of(type(event))
        for reader in readers:
            self._hand(reader, event)

    def flush(self) -> None:
        """Hands over what waits: to one reader after the other, so that each has it in one go."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        for reader, kinds in self._later:
            for event in waiting:
                if isinstance(event, kinds):
                    self._hand(reader, event)

    def close(self) -> None:
        """Hands over what waits; from now on every reader is handed events at once."""
        self.flush()
        self._subscriptions += self._later
        self._later.clear()
        self._readers.clear()

    def _hand(self, reader: Reader, event: Event) -> None:
        try:
            reader(event)
        except Exception as error:
            self._on_error(event, error)

    def _keep(self, event: Event) -> None:
        """For those that read later."""
        self._waiting.append(event)
        if len(self._waiting) >= MOST_WAITING:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LATER_S, self.flush)

    def _readers_of(self, kind: type[Event]) -> list[Reader]:
        readers = [reader for reader, kinds in self._subscriptions if issubclass(kind, kinds)]
        if any(issubclass(kind, kinds) for _, kinds in self._later):
            readers.append(self._keep)
        self._readers[kind] = readers
        return readers
