"""The loop's side of the capture: it keeps what passes by, and hands it over now and then.

A message costs one append; formatting, disk and network are the writer thread's. What the thread
has not yet written is bounded in bytes: beyond that messages are dropped and counted, and nothing
ever waits.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from callcenter import events
from callcenter.clock import Clock
from sip import Sighting

FLUSH_S = 0.5
MAX_WAITING = 32_000_000
"""Bytes between loop and disk."""
UNTOLD = (events.FlowEnded, events.WrapUpEnded, events.RecordingStopped)
"""Events that tell nothing new between a call's messages."""
PER_MESSAGE = 200
"""Bytes that a message costs beside its own."""


@dataclass(slots=True)
class Batch:
    """What passed by in half a second."""

    messages: list[Sighting] = field(default_factory=list)
    steps: list[events.CallEvent] = field(default_factory=list)
    size: int = 0
    offset: float = 0.0
    """Wall clock less monotonic clock, seconds."""


class Taker(Protocol):
    """Where batches go."""

    @property
    def taken(self) -> int:
        """Bytes of all the batches that are done with."""

    def put(self, batch: Batch) -> None:
        """Takes one; never waits."""


class Capture:
    """Watches SIP (`tap`) and the event stream (`read`)."""

    def __init__(self, clock: Clock, taker: Taker, catch_up: Callable[[], None]) -> None:
        """`catch_up` has `read` told all that has happened, which says whose the messages are."""
        self.dropped = 0
        """Messages that the disk was too slow for."""
        self._clock = clock
        self._taker = taker
        self._catch_up = catch_up
        self._batch = Batch()
        self._handed = 0

    def tap(self, sighting: Sighting) -> None:
        """Keeps a message."""
        batch = self._batch
        if batch.size > MAX_WAITING:
            self.dropped += 1
            return
        batch.messages.append(sighting)
        batch.size += len(sighting[1]) + PER_MESSAGE

    def read(self, event: events.CallEvent) -> None:
        """Keeps an event of a call."""
        if not isinstance(event, UNTOLD):
            self._batch.steps.append(event)
            self._batch.size += PER_MESSAGE

    @property
    def behind(self) -> int:
        """Bytes that were handed over and are not yet done with."""
        return self._handed - self._taker.taken

    def hand_over(self) -> None:
        """Gives the writer what there is, unless it is too far behind: then that is dropped."""
        self._catch_up()
        batch = self._batch
        if not batch.size:
            return
        self._batch = Batch()
        if self.behind > MAX_WAITING:
            self.dropped += len(batch.messages)
            return
        now = self._clock.now()
        batch.offset = self._clock.wall(now).timestamp() - now
        self._handed += batch.size
        self._taker.put(batch)

    async def run(self) -> None:
        """Hands over for ever."""
        while True:
            await asyncio.sleep(FLUSH_S)
            self.hand_over()
