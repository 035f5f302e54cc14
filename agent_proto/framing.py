"""Cuts a byte stream into lines of bounded length; sans I/O.

A line is what stands before a `\\n`, at most 64 KiB. A longer one yields `TOO_LONG` once, at the
byte that is too many, and is then skipped up to its end in constant memory: the next line is read
as if nothing happened. What comes out never depends on how the stream was cut into pieces.
"""

from enum import Enum
from typing import Final, Literal, TypeAlias

MAX_LINE = 64 * 1024
"""Bytes, without the `\\n`."""


class _Mark(Enum):
    TOO_LONG = "too long"


TOO_LONG: Final = _Mark.TOO_LONG
"""Stands for a line that exceeded the limit."""
Line: TypeAlias = bytes | Literal[_Mark.TOO_LONG]


class LineFramer:
    """Holds at most one unfinished line."""

    def __init__(self, max_line: int = MAX_LINE) -> None:
        self._max = max_line
        self._partial = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[Line]:
        """The lines that `data` completes, in order."""
        *finished, rest = data.split(b"\n")
        lines: list[Line] = []
        for piece in finished:
            line = self._finish(piece)
            if line is not None:
                lines.append(line)
        if rest and self._keep(rest):
            lines.append(TOO_LONG)
        return lines

    def _finish(self, piece: bytes) -> Line | None:
        """The line that ends with `piece`; None when its error was told already."""
        if self._skipping:
            self._skipping = False
            return None
        if self._partial:
            self._partial += piece
            piece = bytes(self._partial)
            self._partial.clear()
        return piece if len(piece) <= self._max else TOO_LONG

    def _keep(self, rest: bytes) -> bool:
        """Stores the unfinished line; True when it is too long as of now."""
        if self._skipping:
            return False
        if len(self._partial) + len(rest) <= self._max:
            self._partial += rest
            return False
        self._partial.clear()
        self._skipping = True
        return True
