"""A journal kept in memory, as a segment that can be replayed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callcenter.exchange import Exchange
from callcenter.journal.files import Segment
from callcenter.journal.journal import Batch, Journal
from callcenter.journal.record import head_line, input_line
from callcenter.journal.replay import Replay


class KeptJournal:
    """Journals an exchange's queue engine from now on."""

    def __init__(self, exchange: Exchange) -> None:
        self.taken = self.lost = 0
        self._lines: list[bytes] = []
        dispatcher = exchange.dispatcher
        self.journal = Journal(dispatcher.engine, exchange.chance, exchange.clock, self)
        dispatcher.journal = self.journal

    def put(self, batch: Batch) -> None:
        """Takes what is handed over, in the form in which it would be written."""
        if batch.head is not None:
            self._lines.append(head_line(batch.head))
        self._lines += map(input_line, batch.inputs)
        self.taken += len(batch.inputs)

    def segment(self) -> Segment:
        """All of it so far."""
        self.journal.hand_over()
        return _InMemory(0.0, Path("kept"), tuple(self._lines))

    def check(self) -> int:
        """Replays it: every decision is the same again. How many inputs there were."""
        replayed = list(Replay.of(self.segment()).run())
        different = [each for each in replayed if not each.same]
        assert not different, different[0]
        assert len(replayed) == self.journal.position
        return len(replayed)


@dataclass(frozen=True, slots=True)
class _InMemory(Segment):
    kept: tuple[bytes, ...]

    def lines(self) -> Iterator[bytes]:
        """Those kept."""
        return iter(self.kept)
