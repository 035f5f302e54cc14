"""Hands events (`callcenter.events`) to whoever reads them."""

from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from callcenter.events import Event

Reader: TypeAlias = Callable[[Any], None]
"""Takes the events that it subscribed to."""


class EventStream:
    """Hands each event to every reader that wants its kind, in order, at once.

    A reader must not block and must not raise; one that raises is reported through `on_error` and
    harms neither the call nor the other readers.
    """

    def __init__(self, on_error: Callable[[Event, Exception], None]) -> None:
        self._subscriptions: list[tuple[Reader, tuple[type[Event], ...]]] = []
        self._readers: dict[type[Event], list[Reader]] = {}
        """Who reads what, found out when an event of that kind first comes."""
        self._on_error = on_error

    def subscribe(self, reader: Reader, kinds: Collection[type[Event]] = (Event,)) -> None:
        """Adds a reader of these kinds, subclasses included, for the life of the process."""
        self._subscriptions.append((reader, tuple(kinds)))
        self._readers.clear()

    def emit(self, event: Event) -> None:
        """Delivers one event."""
        readers = self._readers.get(type(event))
        if readers is None:
            readers = self._readers_of(type(event))
        for reader in readers:
            try:
                reader(event)
            except Exception as error:
                self._on_error(event, error)

    def _readers_of(self, kind: type[Event]) -> list[Reader]:
        readers = self._readers[kind] = [
            reader for reader, kinds in self._subscriptions if issubclass(kind, kinds)
        ]
        return readers
