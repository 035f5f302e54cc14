"""SIP over WebSocket, the server's side: RFC 7118 on RFC 6455. One message a WebSocket message."""

import logging
from collections.abc import Sequence

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from sip.message import MAX_MESSAGE
from sip.transport.framing import PING, PONG

MAX_HANDSHAKE = 16_384
"""Bytes of an HTTP request; browsers send a tenth of it, and cookies."""
_SUBPROTOCOL = Subprotocol("sip")
_LOG = logging.getLogger("sip.websocket")
_LOG.setLevel(logging.WARNING)  # connections that come and go are no news


class WebSocketWire:
    """One WebSocket. `origins` are the pages that may open it, such as `https://desk.example`;
    none given, all may, and whoever sends no Origin, being no browser, may anyway."""

    def __init__(self, origins: Sequence[str] = ()) -> None:
        self._protocol = ServerProtocol(
            origins=[*map(Origin, origins), None] if origins else None,
            subprotocols=[_SUBPROTOCOL],
            max_size=MAX_MESSAGE,
            logger=_LOG,
        )
        self.failure = ""
        self._handshake = 0
        self._fragments: list[bytes] = []
        self._unfinished = True
        self._pongs = 0

    @property
    def ready(self) -> bool:
        """Whether the handshake is over, and the other side has not closed."""
        return self._protocol.state is State.OPEN

    @property
    def pending(self) -> bool:
        """Whether the handshake or a message is unfinished."""
        return self._unfinished or bool(self._fragments)

    def begin(self) -> None:
        """The client speaks first."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take frames apart."""
        protocol = self._protocol
        if protocol.state is State.CONNECTING:
            self._handshake += len(data)
            if self._handshake > MAX_HANDSHAKE:
                self.failure = "a handshake longer than 16 KiB"
                return []
        protocol.receive_data(data)
        messages: list[bytes] = []
        events = protocol.events_received()
        self._unfinished = not events
        for event in events:
            if isinstance(event, Request):
                protocol.send_response(protocol.accept(event))
            elif isinstance(event, Frame):
                self._take(event, messages)
        if protocol.eof_sent:
            error = protocol.handshake_exc or protocol.parser_exc
            self.failure = f"WebSocket: {error or 'closed'}"
        return messages

    def frame(self, message: bytes) -> bytes:
        """Text where it is text, as JavaScript clients expect (RFC 7118 §5)."""
        try:
            message.decode()
        except UnicodeDecodeError:
            self._protocol.send_binary(message)
        else:
            self._protocol.send_text(message)
        return self.output()

    def ping(self) -> bytes:
        """A ping frame: browsers answer by themselves."""
        self._protocol.send_ping(b"")
        return self.output()

    def farewell(self) -> bytes:
        """A close frame that says we are going away."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1001)
        return self.output()

    def output(self) -> bytes:
        """Handshake, pongs, close frames; and the answers to line ends that are keep-alives."""
        while self._pongs and self.ready:
            self._pongs -= 1
            self._protocol.send_text(PONG)
        return b"".join(self._protocol.data_to_send())

    def _take(self, frame: Frame, messages: list[bytes]) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.data:
            self._fragments.append(bytes(frame.data))
        if not frame.fin:
            return
        message = b"".join(self._fragments)
        self._fragments.clear()
        if message == PING:
            self._pongs += 1
        elif message.strip(b"\r\n"):
            messages.append(message)
