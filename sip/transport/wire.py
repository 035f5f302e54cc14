"""What lies between a connection's bytes and its messages: nothing but framing, TLS, WebSocket.

Wires are sans-I/O and can be stacked: WSS is a `TlsWire` around a `WebSocketWire`.
"""

import contextlib
import ssl
from typing import Protocol

from sip.transport.framing import PING, PONG, FramingError, StreamFramer


class Wire(Protocol):
    """One connection's framing.

    `feed` takes what arrives and returns the messages completed by it; whatever the wire itself
    has to answer (handshakes, pongs, alerts) is then found by `output`, even after a failure.
    """

    @property
    def failure(self) -> str:
        """Why there is no going on: the other side closed, or is not to be understood."""

    @property
    def ready(self) -> bool:
        """Whether messages can be sent: handshakes are over."""

    @property
    def pending(self) -> bool:
        """Whether the beginning of something waits for its rest."""

    def begin(self) -> None:
        """The connection is up: who speaks first may do so."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take in a piece of any size; sets `failure` when there is no going on."""

    def frame(self, message: bytes) -> bytes:
        """A message as it goes out; only when `ready`."""

    def ping(self) -> bytes:
        """A sign of life as it goes out; only when `ready`."""

    def farewell(self) -> bytes:
        """What is said before closing."""

    def output(self) -> bytes:
        """What has to be sent besides messages."""


class PlainWire:
    """SIP as it is, with the keep-alives of RFC 5626."""

    ready = True

    def __init__(self) -> None:
        self.failure = ""
        self._framer = StreamFramer()

    @property
    def pending(self) -> bool:
        """Whether a message is unfinished."""
        return self._framer.pending

    def begin(self) -> None:
        """Nobody has to speak first."""

    def feed(self, data: bytes) -> list[bytes]:
        """Cut messages off."""
        try:
            return self._framer.feed(data)
        except FramingError as error:
            self.failure = str(error)
            return []

    def frame(self, message: bytes) -> bytes:
        """As it is."""
        return message

    def ping(self) -> bytes:
        """A double line end; the pong is a single one (RFC 5626 §4.4.1)."""
        self._framer.pongs_due += 1
        return PING

    def farewell(self) -> bytes:
        """Nothing is said."""
        return b""

    def output(self) -> bytes:
        """The pongs that are due."""
        pings, self._framer.pings = self._framer.pings, 0
        return PONG * pings


class TlsWire:
    """TLS around another wire. `name` is whose certificate we want to see, None as the server.

    The context is the one of the moment: a renewed certificate is shown to the next connection.
    """

    _PIECE = 65_536

    def __init__(self, context: ssl.SSLContext, inner: Wire, name: str | None) -> None:
        self.failure = ""
        self._inner = inner
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._arrived, self._leaving, server_side=name is None, server_hostname=name
        )
        self._shaken = False

    @property
    def ready(self) -> bool:
        """Whether both handshakes are over."""
        return self._shaken and self._inner.ready

    @property
    def pending(self) -> bool:
        """Whether a handshake or a message is unfinished."""
        return not self._shaken or self._inner.pending

    def begin(self) -> None:
        """The client says hello."""
        self.feed(b"")

    def feed(self, data: bytes) -> list[bytes]:
        """Decrypt; the inner wire cuts messages off."""
        self._arrived.write(data)
        messages: list[bytes] = []
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
            while not self.failure:
                piece = self._tls.read(self._PIECE)
                if not piece:  # close_notify
                    self.failure = "closed"
                    break
                messages += self._inner.feed(piece)
                if answer := self._inner.output():
                    self._tls.write(answer)
                self.failure = self._inner.failure
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.failure = "closed"
        except ssl.CertificateError as error:  # an SSLError with a better text
            self.failure = f"certificate: {error.verify_message}"
        except ssl.SSLError as error:
            self.failure = f"TLS: {error.reason or error}"
        return messages

    def frame(self, message: bytes) -> bytes:
        """Encrypt."""
        return self._encrypt(self._inner.frame(message))

    def ping(self) -> bytes:
        """The inner wire's."""
        return self._encrypt(self._inner.ping())

    def farewell(self) -> bytes:
        """The inner wire's, then close_notify (RFC 8446 §6.1)."""
        if not self._shaken:
            return b""
        data = self._encrypt(self._inner.farewell())
        with contextlib.suppress(ssl.SSLError):  # it would like to wait for the other side's
            self._tls.unwrap()
        return data + self._leaving.read()

    def output(self) -> bytes:
        """What TLS and the inner wire have to say."""
        return self._leaving.read()

    def _encrypt(self, data: bytes) -> bytes:
        try:
            if data:
                self._tls.write(data)
        except ssl.SSLError as error:
            self.failure = f"TLS: {error.reason or error}"
        return self._leaving.read()
