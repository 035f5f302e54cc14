"""Hands events (`callcenter.events`) to whoever reads them.

There are two kinds of readers. Who acts on an event, or is asked about it at once, is told in that
moment. Who only tells others follows: is told a little later what has happened meanwhile, in one
go, because code that has just run costs a fraction of what it does between other work.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeAlias

from callcenter.events import Event

Reader: TypeAlias = Callable[[Any], None]
"""Takes the events that it subscribed to."""

FOLLOW_S = 0.1
"""How far followers may be behind."""


class EventStream:
    """Hands each event to every reader that wants its kind, in order.

    A reader must not block and must not raise; one that raises is reported through `on_error` and
    harms neither the call nor the other readers.
    """

    def __init__(self, on_error: Callable[[Event, Exception], None]) -> None:
        self._subscriptions: list[tuple[Reader, tuple[type[Event], ...]]] = []
        self._readers: dict[type[Event], list[Reader]] = {}
        """Who reads what, found out when an event of that kind first comes."""
        self._close = _Followers(on_error, _after_this)
        self._others = _Followers(on_error, _later)
        self._on_error = on_error

    def subscribe(self, reader: Reader, kinds: Collection[type[Event]] = (Event,)) -> None:
        """Adds a reader of these kinds, subclasses included, for the life of the process."""
        self._subscriptions.append((reader, tuple(kinds)))
        self._readers.clear()

    def follow(
        self,
        reader: Reader,
        kinds: Collection[type[Event]] = (Event,),
        *,
        closely: bool = False,
    ) -> None:
        """Likewise one that is told in time within `FOLLOW_S`; needs a running loop.

        `closely`: it is told as soon as what happens now is over.
        """
        (self._close if closely else self._others).add(reader, kinds)

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
        self._close.note(event)
        self._others.note(event)

    def catch_up(self) -> None:
        """Tells the followers now what they have not been told."""
        self._close.catch_up()
        self._others.catch_up()

    def _readers_of(self, kind: type[Event]) -> list[Reader]:
        readers = self._readers[kind] = [
            reader for reader, kinds in self._subscriptions if issubclass(kind, kinds)
        ]
        return readers


class _Followers:
    """Those who are told at the same time, which `wait` awaits."""

    def __init__(
        self,
        on_error: Callable[[Event, Exception], None],
        wait: Callable[[Callable[[], None]], None],
    ) -> None:
        self._on_error = on_error
        self._wait = wait
        self._readers: list[tuple[Reader, Collection[type[Event]]]] = []
        self._noted: list[Event] = []
        """What they have not been told."""
        self._waiting = False

    def add(self, reader: Reader, kinds: Collection[type[Event]]) -> None:
        self._readers.append((reader, frozenset(_with_subclasses(kinds))))

    def note(self, event: Event) -> None:
        if self._readers:
            self._noted.append(event)
            if not self._waiting:
                self._waiting = True
                self._wait(self._due)

    def catch_up(self) -> None:
        noted, self._noted = self._noted, []
        for reader, kinds in self._readers:
            for event in noted:
                if type(event) in kinds:
                    try:
                        reader(event)
                    except Exception as error:
                        self._on_error(event, error)

    def _due(self) -> None:
        self._waiting = False
        self.catch_up()


def _after_this(due: Callable[[], None]) -> None:
    """After the next turn, which belongs to the tasks that the same happening woke."""
    loop = asyncio.get_running_loop()
    loop.call_soon(loop.call_soon, due)


def _later(due: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(FOLLOW_S, due)


def _with_subclasses(kinds: Iterable[type[Event]]) -> Iterator[type[Event]]:
    for kind in kinds:
        yield kind
        yield from _with_subclasses(kind.__subclasses__())


def log_failure(logger: Any, event: Event, error: Exception) -> None:
    """An `on_error` for who has a logger."""
    logger.error("event reader failed", event_type=type(event).__name__, exc_info=error)
