"""The writer thread: what it is given is on disk, and a full disk costs inputs only."""

from pathlib import Path
from typing import Any

import pytest
import structlog

import acd
from callcenter.clock import Clock
from callcenter.journal.files import segments
from callcenter.journal.journal import Batch, Chance, Journal
from callcenter.journal.replay import Replay
from callcenter.journal.writer import JournalWriter
from callcenter.settings import JournalSettings


class Rig:
    """An engine journalled to a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "journal"
        settings = JournalSettings.model_validate({"folder": str(self.folder)})
        self.writer = JournalWriter(settings, structlog.get_logger())
        chance = Chance(lambda: 0.5)
        self.engine = acd.Engine([acd.QueueConfig("q")], chance.draw)
        self.now = 0.0
        clock = Clock(lambda: self.now, lambda: 1_790_000_000.0 + self.now)
        self.journal = Journal(self.engine, chance, clock, self.writer)

    def feed(self, event: acd.Event) -> None:
        self.now += 1.0
        self.journal.note(self.now, event, self.engine.handle(event, self.now))

    def take(self, *happened: acd.Event) -> None:
        """They are written at once."""
        for event in happened:
            self.feed(event)
        self.writer._take(self.journal._batch)
        self.journal._batch = Batch()


def _replayed(folder: Path) -> list[Any]:
    return [each for segment in segments(folder) for each in Replay.of(segment).run()]


def test_what_was_told_is_replayed_from_disk(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.writer.start()
    rig.feed(acd.AgentSignedIn("ann", {}))
    rig.feed(acd.ContactQueued("c1", "q"))
    rig.journal.hand_over()
    rig.feed(acd.OfferAccepted(1))
    rig.journal.hand_over()
    rig.writer.stop()
    replayed = _replayed(rig.folder)
    assert [each.position for each in replayed] == [1, 2, 3]
    assert all(each.same for each in replayed)
    assert [each.wall for each in replayed] == [1_790_000_001.0, 1_790_000_002.0, 1_790_000_003.0]
    assert segments(rig.folder)[0].path.suffix == ".gz"


def test_a_refusing_disk_costs_inputs_and_a_new_segment_begins(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.folder.write_text("in the way")
    rig.journal.hand_over()
    rig.writer._take(Rig(tmp_path).journal._batch)  # refused: no folder can be made
    assert rig.writer.lost == 1
    rig.folder.unlink()
    rig.feed(acd.AgentSignedIn("ann", {}))
    rig.journal.hand_over()
    rig.feed(acd.ContactQueued("c1", "q"))
    rig.journal.hand_over()
    rig.writer.start()
    rig.writer.stop()
    (first, *rest) = segments(rig.folder)
    replays = [Replay.of(each) for each in (first, *rest)]
    assert replays[-1].engine.agent("ann") is not None
    assert [each.event for each in replays[-1].run()] == [acd.ContactQueued("c1", "q")]


def test_a_bug_costs_inputs_and_no_replay_goes_past_the_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path)
    rig.take(acd.AgentSignedIn("ann", {}))
    with monkeypatch.context() as patch:
        patch.setattr("callcenter.journal.writer.input_line", None)
        rig.take(acd.AgentSignedIn("bob", {}), acd.AgentSignedIn("cat", {}))
    rig.take(acd.ContactQueued("c1", "q"))
    rig.writer._close()
    assert rig.journal.figures() == {"inputs": 4, "dropped": 0, "lost": 3}
    assert [each.position for each in _replayed(rig.folder)] == [1]


def test_what_a_killed_process_left_is_compressed(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.folder.mkdir()
    (rig.folder / "20260101T000000.000000-1.journal").write_bytes(b"{}\n")
    rig.writer.start()
    rig.writer.stop()
    assert [each.path.suffix for each in segments(rig.folder)] == [".gz"]
