"""The order in which one connection's lines leave; sans I/O.

The answer to a request goes out before the events that the request caused: while a request is
handled, events wait, and they follow its answer. A client thus always learns that it is signed in
before its first call rings, and a person at a terminal reads cause before effect.
"""

from collections.abc import Callable

MAX_HELD = 256
"""Events; if a request takes so long that there are more, they leave before its answer."""


class Outbox:
    """Writes through `write`, which must not block, and ends the connection through `close`."""

    def __init__(self, write: Callable[[bytes], None], close: Callable[[], None]) -> None:
        self._write = write
        self._close = close
        self._held: list[bytes] | None = None

    def send(self, line: bytes) -> None:
        """An event: at once, or after the answer that is due."""
        if self._held is not None and len(self._held) == MAX_HELD:
            self.release()
        if self._held is None:
            self._write(line)
        else:
            self._held.append(line)

    def hold(self) -> None:
        """A request is being handled from now on."""
        self._held = []

    def answer(self, line: bytes) -> None:
        """Its answer, then the events that waited for it."""
        held, self._held = self._held, None
        self._write(b"".join((line, *held)) if held else line)

    def release(self) -> None:
        """Sends what waited."""
        held, self._held = self._held, None
        if held:
            self._write(b"".join(held))

    def close(self, last: bytes = b"") -> None:
        """Sends what waited and `last`, and lets the connection go."""
        self.release()
        if last:
            self._write(last)
        self._close()
