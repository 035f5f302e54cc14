"""The files of a journal: segments `….journal`, compressed once they are complete."""

import fcntl
import gzip
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callcenter.segments import segment


@dataclass(frozen=True, slots=True)
class Segment(segment.Segment):
    """One file."""

    def lines(self) -> Iterator[bytes]:
        """Its complete lines; none where it has just given way. `OSError` when it is damaged."""
        opened = gzip.open if self.path.suffix == ".gz" else open
        try:
            with opened(self.path, "rb") as file:
                yield from (line for line in file if line.endswith(b"\n"))
        except FileNotFoundError:
            return
        except EOFError as error:
            raise OSError(f"{self.path} is cut short") from error


def segments(folder: Path) -> list[Segment]:
    """Those in the folder, oldest first. Of one that was being compressed the whole file counts."""
    return segment.listed(folder, Segment, ".journal", ".journal.gz")


def new_file(folder: Path, now: float) -> tuple[int, Path]:
    """A descriptor to append to, and where it is. `OSError` when the disk refuses.

    As long as it is open, its lock tells other processes that the file is not complete.
    """
    file, begun = segment.begin(folder, Segment, ".journal", now)
    fcntl.flock(file, fcntl.LOCK_EX)
    return file, begun.path


def compress(path: Path) -> None:
    """Puts `….gz` in the file's place, unless a process still writes to it.

    `OSError` when the disk refuses: then it stays as it is.
    """
    packed = path.with_name(f"{path.name}.gz")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        with path.open("rb") as plain:
            fcntl.flock(plain, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with (
                open(os.open(packed, flags, 0o600), "wb") as file,
                gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6) as writer,
            ):
                shutil.copyfileobj(plain, writer)
    except BlockingIOError:
        return
    except OSError:
        packed.unlink(missing_ok=True)
        raise
    path.unlink()
