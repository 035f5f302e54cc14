"""The events that a client has received; none is lost between two awaits."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from agent_proto.models import Event

HISTORY = 10_000

_E = TypeVar("_E", bound=Event)


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """One event as it came; `params` has everything, envelope included."""

    name: str
    seq: int
    at: datetime
    call_id: str
    """Empty when it concerns no call."""
    params: Mapping[str, object]

    def read(self, model: type[_E]) -> _E:
        """Its own fields as the event's model."""
        return model.model_validate(self.params)

    def has(self, fields: Mapping[str, object]) -> bool:
        """Whether it has all these fields with these values."""
        return all(self.params.get(key) == value for key, value in fields.items())


class Inbox:
    """Keeps the newest `HISTORY` events."""

    def __init__(self) -> None:
        self.history: deque[ReceivedEvent] = deque(maxlen=HISTORY)
        self._received = 0
        self._unclaimed: deque[ReceivedEvent] = deque(maxlen=HISTORY)
        self._closed: str | None = None
        self._change = asyncio.Event()

    def deliver(self, event: ReceivedEvent) -> None:
        """An event arrived."""
        self.history.append(event)
        self._unclaimed.append(event)
        self._received += 1
        self._changed()

    def close(self, why: str) -> None:
        """Nothing more will arrive, unless `reopen` is called."""
        self._closed = why
        self._changed()

    def reopen(self) -> None:
        """There is a connection again."""
        self._closed = None

    async def wait_for(self, name: str, fields: Mapping[str, object]) -> ReceivedEvent:
        """The first such event that nobody waited for yet, past ones included.

        `ConnectionError` when no more can come.
        """
        while (event := self._claim(name, fields)) is None:
            if self._closed is not None:
                raise ConnectionError(f"no {name} {dict(fields)}: {self._closed}")
            await self._change.wait()
        return event

    def unclaimed(self) -> list[str]:
        """What came and was not waited for, to be read by people."""
        return [f"{event.name} {dict(event.params)}" for event in self._unclaimed]

    async def events(self) -> AsyncGenerator[ReceivedEvent, None]:
        """Every event from the oldest in the history on, until the connection ends."""
        position = self._received - len(self.history)
        while True:
            oldest = self._received - len(self.history)
            position = max(position, oldest)
            if position < self._received:
                event = self.history[position - oldest]
                position += 1
                yield event
            elif self._closed is not None:
                return
            else:
                await self._change.wait()

    def _claim(self, name: str, fields: Mapping[str, object]) -> ReceivedEvent | None:
        for event in self._unclaimed:
            if event.name == name and event.has(fields):
                self._unclaimed.remove(event)
                return event
        return None

    def _changed(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
