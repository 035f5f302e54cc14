"""How texts travel: as lines of a stream, or as WebSocket messages; sans I/O."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Origin

from agent_proto.framing import MAX_LINE, Line, LineFramer

WEBSOCKET_PATH = "/agent"
MAX_HANDSHAKE = 16_384
"""Bytes of an HTTP request; browsers send a tenth of it, and cookies."""
_MESSAGE_LINES = 4
"""A message may be so many times longer than a line before its WebSocket is closed (1009): up to
there it gets its error like any line that is too long."""
_LOG = logging.getLogger("agent_proto.websocket")
_LOG.setLevel(logging.WARNING)  # connections that come and go are no news


class Wire(Protocol):
    """One connection's form of lines."""

    failure: str
    """Why nothing more can come; empty as long as something can."""

    def feed(self, data: bytes) -> list[Line]:
        """The lines that `data` completes."""
        ...

    def frame(self, lines: Sequence[bytes]) -> bytes:
        """What to send for `lines`, each of them one or several texts that end with LF."""
        ...

    def output(self) -> bytes:
        """What the form itself has to say: handshakes, pongs."""
        ...

    def farewell(self) -> bytes:
        """Its last words."""
        ...


class LineWire:
    """A text a line, over TCP or TLS."""

    def __init__(self, max_line: int = MAX_LINE) -> None:
        self.failure = ""
        self.feed = LineFramer(max_line).feed

    def frame(self, lines: Sequence[bytes]) -> bytes:
        """As they are."""
        return b"".join(lines)

    def output(self) -> bytes:
        """Nothing."""
        return b""

    def farewell(self) -> bytes:
        """Nothing."""
        return b""


class WebSocketWire:
    """A text a message (RFC 6455). What asks for another path is told so in HTTP.

    `origins` are the pages that may open it, such as `https://desk.example`; none given, all may,
    and whoever sends no Origin, being no browser, may anyway.
    """

    def __init__(self, max_line: int = MAX_LINE, origins: Sequence[str] = ()) -> None:
        self.failure = ""
        self._framer = LineFramer(max_line)
        self._protocol = ServerProtocol(
            origins=[*map(Origin, origins), None] if origins else None,
            max_size=max_line * _MESSAGE_LINES,
            logger=_LOG,
        )
        self._handshake = 0
        self._fragments: list[bytes] = []

    def feed(self, data: bytes) -> list[Line]:
        """Takes frames apart; a message without LF at its end is a line all the same."""
        protocol = self._protocol
        if protocol.state is State.CONNECTING:
            self._handshake += len(data)
            if self._handshake > MAX_HANDSHAKE:
                self.failure = "a handshake longer than 16 KiB"
                return []
        protocol.receive_data(data)
        lines: list[Line] = []
        for event in protocol.events_received():
            if isinstance(event, Request):
                self._greet(event)
            elif isinstance(event, Frame):
                lines += self._take(event)
        if protocol.eof_sent:
            error = protocol.handshake_exc or protocol.parser_exc
            self.failure = f"WebSocket: {error or 'closed'}"
        return lines

    def frame(self, lines: Sequence[bytes]) -> bytes:
        """A message for each text; nothing when there is nobody to hear it."""
        if self._protocol.state is State.OPEN:
            for text in b"".join(lines).splitlines():
                self._protocol.send_text(text)
        return self.output()

    def output(self) -> bytes:
        """Handshake, pongs, close frames."""
        return b"".join(self._protocol.data_to_send())

    def farewell(self) -> bytes:
        """A close frame that says we are going away."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1001)
        return self.output()

    def _greet(self, request: Request) -> None:
        protocol = self._protocol
        if urlsplit(request.path).path == WEBSOCKET_PATH:
            protocol.send_response(protocol.accept(request))
        else:
            protocol.send_response(protocol.reject(HTTPStatus.NOT_FOUND, "nothing is here\n"))

    def _take(self, frame: Frame) -> list[Line]:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return []
        self._fragments.append(bytes(frame.data))
        if not frame.fin:
            return []
        message = b"".join(self._fragments)
        self._fragments.clear()
        return self._framer.feed(message if message.endswith(b"\n") else message + b"\n")
