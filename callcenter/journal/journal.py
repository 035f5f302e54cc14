"""The loop's side of the journal: one append an input, handed over now and then."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import acd
from callcenter.clock import Clock
from callcenter.journal.record import RUNNERS, Head, Noted

FLUSH_S = 0.5
ROLL_INPUTS = 250_000
"""Inputs of a segment: what a replay has to go through at most to reach a decision."""
MAX_WAITING = 200_000
"""Inputs between loop and disk."""


@dataclass(slots=True)
class Batch:
    """What happened in half a second."""

    head: Head | None = None
    """A new segment begins with this batch."""
    inputs: list[Noted] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Its inputs."""
        return len(self.inputs)


class Taker(Protocol):
    """Where batches go."""

    @property
    def taken(self) -> int:
        """Inputs that are done with."""

    @property
    def lost(self) -> int:
        """Inputs that the disk refused, or a bug."""

    def put(self, batch: Batch) -> None:
        """Takes one; never waits."""


class Chance:
    """A source of chance; with a journal it remembers what it gave."""

    def __init__(self, source: Callable[[], float]) -> None:
        self.remembers = False
        self._source = source
        self._drawn: list[float] = []

    def draw(self) -> float:
        """From [0, 1)."""
        value = self._source()
        if self.remembers:
            self._drawn.append(value)
        return value

    def taken(self) -> Sequence[float]:
        """What was given since the last look."""
        if not self._drawn:
            return ()
        drawn, self._drawn = self._drawn, []
        return drawn


class Journal:
    """Keeps what one engine is told and answers."""

    def __init__(self, engine: acd.Engine, chance: Chance, clock: Clock, taker: Taker) -> None:
        """`chance` is what the engine draws from. Begins at once with the engine as it is."""
        self.position = 0
        """Inputs so far."""
        self.dropped = 0
        """Inputs that the disk was too slow for."""
        self._engine = engine
        self._chance = chance
        chance.remembers = True
        self._clock = clock
        self._taker = taker
        self._handed = 0
        self._lost = 0
        self._batch = Batch(self._head())
        self._segment_from = 0

    def note(self, now: float, event: acd.Event | None, commands: Sequence[acd.Command]) -> None:
        """Keeps one input, right after the engine has answered it."""
        self.position += 1
        runners = {}
        for command in commands:
            if type(command) is acd.Offer:
                around = self._engine.runners(command.offer_id, RUNNERS)
                if around is not None:
                    runners[command.offer_id] = around
        self._batch.inputs.append(Noted(now, event, commands, runners, self._chance.taken()))

    def hand_over(self) -> None:
        """Gives the writer what there is.

        Where something was lost, or the segment is long, the next one begins: with the state of
        now, at the end of what is handed over.
        """
        batch = self._batch
        behind = self._handed - self._taker.taken
        lost = self._taker.lost != self._lost
        if behind > MAX_WAITING:
            self.dropped += len(batch.inputs)
            lost = True
        elif batch.inputs or batch.head is not None:
            self._handed += len(batch.inputs)
            self._taker.put(batch)
        self._batch = Batch()
        if lost or self.position - self._segment_from >= ROLL_INPUTS:
            self._lost = self._taker.lost
            self._segment_from = self.position
            self._batch.head = self._head()

    def figures(self) -> dict[str, int]:
        """Inputs since the start: all, and those that are not kept."""
        return {"inputs": self.position, "dropped": self.dropped, "lost": self._taker.lost}

    async def run(self) -> None:
        """Hands over for ever."""
        while True:
            await asyncio.sleep(FLUSH_S)
            self.hand_over()

    def _head(self) -> Head:
        now = self._clock.now()
        return Head(self.position, now, self._clock.wall(now).timestamp(), self._engine.state())
