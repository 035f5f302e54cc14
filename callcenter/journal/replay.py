"""Feeds a journal to an engine again, and holds what it decides against what it decided then."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import acd
from callcenter.journal.errors import JournalError
from callcenter.journal.files import Segment
from callcenter.journal.record import Decision, Head, Input, decided, read_head, read_input


class RecordedChance:
    """Gives what was drawn then; beyond that, what a seeded generator gives."""

    def __init__(self) -> None:
        self._draws: list[float] = []
        self._beyond = Random(0)

    def load(self, draws: "list[float]") -> None:
        """The draws of the input that comes next."""
        self._draws = draws[::-1]

    def draw(self) -> float:
        """From [0, 1)."""
        return self._draws.pop() if self._draws else self._beyond.random()


@dataclass(frozen=True, slots=True)
class Replayed:
    """One input that has been fed again; the engine is as it was right after it."""

    position: int
    at: float
    """Monotonic seconds of that process."""
    wall: float
    event: acd.Event | None
    decisions: list[Decision]
    """As they were noted."""
    same: bool
    """Whether the engine decides again as it did."""


@dataclass(slots=True)
class Replay:
    """One segment on its way through an engine."""

    segment: Segment
    head: Head
    engine: acd.Engine
    _chance: RecordedChance
    _lines: Iterator[bytes] = field(repr=False)

    @classmethod
    def of(cls, segment: Segment) -> "Replay":
        """`JournalError` for what cannot be replayed: damaged, or by another version."""
        lines = segment.lines()
        first = next(lines, None)
        if first is None:
            raise JournalError(f"{segment.path} is empty")
        head, chance = read_head(first), RecordedChance()
        try:
            engine = acd.Engine.restore(head.state, chance.draw)
        except acd.InvalidStateError as error:
            raise JournalError(f"{segment.path}: {error}") from None
        return cls(segment, head, engine, chance, lines)

    def run(self, wanted: Callable[[bytes], bool] | None = None) -> Iterator[Replayed]:
        """Every input; only those yielded whose line is `wanted`, where that is given."""
        for number, line in enumerate(self._lines, 1):
            read = read_input(line)
            commands = self._feed(read)
            if wanted is None or wanted(line):
                yield Replayed(
                    self.head.position + number,
                    read.at,
                    self.head.wall_of(read.at),
                    read.event,
                    list(read.decisions),
                    decided(commands) == [_bare(each) for each in read.decisions],
                )

    def _feed(self, read: Input) -> list[acd.Command]:
        self._chance.load(list(read.draws))
        if read.event is None:
            return self.engine.advance(read.at)
        try:
            return self.engine.handle(read.event, read.at)
        except acd.AcdError:
            return []


def _bare(decision: Decision) -> Decision:
    """Without what is not a decision: the winner's rank and who came next."""
    return decision[:5] if decision and decision[0] == "offer" else decision
