"""Segments in a folder: whose they are, their order, and that the oldest give way."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callcenter.segments.segment import DAY_S, Segment, append, appending, begin, listed, prune

WALL = 1_790_000_000.0


@dataclass(frozen=True, slots=True)
class Pair(Segment):
    """A segment of two files."""

    @property
    def files(self) -> Sequence[Path]:
        return self.path, self.path.with_suffix(".more")


def written(folder: Path, at: float, size: int = 100) -> Path:
    """A pair begun and last written then; its path."""
    file, segment = begin(folder, Pair, ".kept", at)
    append(file, b"x" * (size - 10))
    os.close(file)
    more = appending(segment.files[1])
    append(more, b"y" * 10)
    os.close(more)
    for path in segment.files:
        os.utime(path, (at, at))
    return segment.path


def test_they_are_listed_by_their_beginning(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    paths = [written(folder, WALL + after) for after in (2, 0, 1)]
    (folder / "notes.kept").write_text("not one of them")
    found = listed(folder, Pair, ".kept")
    assert [each.path for each in found] == [paths[1], paths[2], paths[0]]
    assert [each.since - WALL for each in found] == [0, 1, 2]
    assert [(each.size(), each.last_written()) for each in found] == [
        (100, WALL),
        (100, WALL + 1),
        (100, WALL + 2),
    ]
    assert listed(folder, Segment, ".more", ".kept")[0].path.suffix == ".kept", "one beginning, one"
    assert listed(tmp_path / "none", Segment, ".kept") == []


def test_they_belong_to_the_owner_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "kept", WALL)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}


def test_those_of_one_moment_are_several(tmp_path: Path) -> None:
    paths = {written(tmp_path, WALL) for _ in range(3)}
    assert len(paths) == len(listed(tmp_path, Pair, ".kept")) == 3


def test_the_oldest_give_way_but_never_the_current(tmp_path: Path) -> None:
    paths = [written(tmp_path, WALL + number) for number in range(4)]

    def left(room: int, now: float) -> list[int]:
        prune(listed(tmp_path, Pair, ".kept"), paths[0], room, DAY_S, now)
        return [paths.index(each.path) for each in listed(tmp_path, Pair, ".kept")]

    assert left(250, WALL) == [0, 2, 3]
    assert left(10**9, WALL + DAY_S + 2.5) == [0, 3]
    assert len(list(tmp_path.iterdir())) == 4, "with all their files"


def test_what_is_gone_has_no_size(tmp_path: Path) -> None:
    segment = Segment(WALL, tmp_path / "gone")
    segment.remove()
    assert (segment.size(), segment.last_written()) == (0, 0.0)
