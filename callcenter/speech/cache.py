"""Finished audio on disk, so that a second start speaks at once and needs no worker.

A file's name is the hash of everything that decides how it sounds. Files appear whole (written
aside, then renamed), are never changed, and the longest unused go first when there are too many.
Every method blocks: call it in a thread.
"""

import hashlib
import os
import tempfile
from pathlib import Path

MAX_BYTES = 512 * 1024 * 1024
"""About nine hours of speech."""
_SUFFIX = ".s16le"


def key(*parts: str) -> str:
    """The name for audio made from these parts; no two lists of parts share one."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(b"%d:%b" % (len(encoded), encoded))
    return digest.hexdigest()


class AudioCache:
    """A folder of raw audio."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._bytes: int | None = None
        """What the folder holds; counted when it first matters."""

    def read(self, name: str) -> bytes | None:
        """The audio, or None where there is none."""
        path = self._path(name)
        try:
            pcm = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        # Half a sample would shift every byte after it: noise. Ours are whole; a stranger's is not.
        return pcm if len(pcm) % 2 == 0 else None

    def write(self, name: str, pcm: bytes) -> None:
        """Keeps the audio. `OSError` when the folder does not take it."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pcm)
            Path(aside).replace(path)
        except OSError:
            Path(aside).unlink(missing_ok=True)
            raise
        self._bytes = self._bytes + len(pcm) if self._bytes is not None else self._count()
        if self._bytes > self._max_bytes:
            self._prune()

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / (name[2:] + _SUFFIX)

    def _count(self) -> int:
        return sum(path.stat().st_size for path in self._folder.glob(f"*/*{_SUFFIX}"))

    def _prune(self) -> None:
        """Removes the longest unused until a tenth of the room is free again."""
        files = sorted(
            (status.st_mtime, status.st_size, path)
            for path in self._folder.glob(f"*/*{_SUFFIX}")
            for status in (path.stat(),)
        )
        self._bytes = sum(size for _, size, _ in files)
        for _, size, path in files:
            if self._bytes <= self._max_bytes * 9 // 10:
                break
            path.unlink(missing_ok=True)
            self._bytes -= size
