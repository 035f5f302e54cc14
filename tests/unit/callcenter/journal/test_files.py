"""Segments on disk: complete lines only, compressed when complete."""

import gzip
import os
import stat
from pathlib import Path

import pytest

from callcenter.journal.files import compress, new_file, segments

WALL = 1_790_000_000.0


def _written(folder: Path, at: float, content: bytes) -> Path:
    file, path = new_file(folder, at)
    os.write(file, content)
    os.close(file)
    return path


def test_lines_come_back_plain_and_compressed_and_a_torn_one_does_not(tmp_path: Path) -> None:
    path = _written(tmp_path, WALL, b"one\ntwo\nto")
    (segment,) = segments(tmp_path)
    assert segment.since == WALL
    assert list(segment.lines()) == [b"one\n", b"two\n"]
    compress(path)
    (segment,) = segments(tmp_path)
    assert segment.path.suffix == ".gz"
    assert list(segment.lines()) == [b"one\n", b"two\n"]
    assert stat.S_IMODE(segment.path.stat().st_mode) == 0o600


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    file, path = new_file(tmp_path, WALL)
    compress(path)
    assert [each.path for each in segments(tmp_path)] == [path]
    os.close(file)
    compress(path)
    assert not path.exists()


def test_half_compressed_does_not_hide_the_whole(tmp_path: Path) -> None:
    path = _written(tmp_path, WALL, b"one\n")
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(b"one\n")[:-4])
    (segment,) = segments(tmp_path)
    assert list(segment.lines()) == [b"one\n"]
    path.unlink()
    (segment,) = segments(tmp_path)
    with pytest.raises(OSError, match="cut short"):
        list(segment.lines())
