"""Cuts a byte stream into SIP messages (RFC 3261 §18.3) and keep-alives (RFC 5626 §4.4.1)."""

import re

from sip.message import MAX_MESSAGE

_END = re.compile(rb"\r?\n\r?\n")
_CONTENT_LENGTH = re.compile(rb"\n(?:content-length|l)[ \t]*+:((?:[^\r\n]|\r?\n[ \t])*+)", re.I)
PING = b"\r\n\r\n"
PONG = b"\r\n"


class FramingError(Exception):
    """The stream cannot be followed any further; the connection has to be closed."""


class StreamFramer:
    """Feed it what arrives, in pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._missing = 0
        self.pings = 0
        """Keep-alive pings seen and not yet answered."""
        self.pongs_due = 0
        """Pings of ours that the other side has not answered yet."""

    @property
    def pending(self) -> bool:
        """Whether the beginning of a message waits for its rest."""
        return not self._may_be_ping

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages completed by this piece. Raises FramingError."""
        buffer = self._buffer
        buffer += data
        if len(buffer) < self._missing:
            return []
        messages = []
        while self._skip_line_ends():
            end = _END.search(buffer, max(0, self._searched - 3))
            if end is None:
                self._searched = len(buffer)
                if len(buffer) > MAX_MESSAGE:
                    raise FramingError("a head longer than 64 KiB")
                break
            size = end.end() + _body_length(bytes(buffer[: end.start() + 2]))
            if size > MAX_MESSAGE:
                raise FramingError("a message longer than 64 KiB")
            self._missing = size
            if len(buffer) < size:
                break
            messages.append(bytes(buffer[:size]))
            del buffer[:size]
            self._searched = self._missing = 0
        return messages

    def _skip_line_ends(self) -> bool:
        """Take line ends off the front: a pong that is due, else two CRLFs are a ping.

        True when something else follows.
        """
        buffer = self._buffer
        while buffer[:1] == b"\r" or buffer[:1] == b"\n":
            if self.pongs_due and buffer.startswith(PONG):
                self.pongs_due -= 1
                del buffer[: len(PONG)]
            elif buffer.startswith(PING):
                self.pings += 1
                del buffer[: len(PING)]
            elif self._may_be_ping:
                return False
            else:
                del buffer[:1]
        return bool(buffer)

    @property
    def _may_be_ping(self) -> bool:
        return len(self._buffer) < len(PING) and PING.startswith(bytes(self._buffer))


def _body_length(head: bytes) -> int:
    """What Content-Length says; 0 without. FramingError where two readers might not agree on it.

    Else who sits behind a proxy could hide a request of the proxy's in a body of their own.
    """
    values = {value.strip() for value in _CONTENT_LENGTH.findall(head)}
    if not values:
        return 0
    (value, *others) = values
    if others or not value.isdigit() or len(value) > 6:
        raise FramingError("Content-Length is not one number")
    return int(value)
