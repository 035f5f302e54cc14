"""What SDP agreed on about a port's secrecy, carried out: keys, ICE, and the handshake's life."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from media._engine import Engine
from media.sdp import Checks, Handshake, Sdes, Stream

if TYPE_CHECKING:
    from media.dtls import Association, Identity

HANDSHAKE_S = 15.0
"""From answer or offer to keys; a browser that is there needs a tenth of a second."""


def _nobody(_: str) -> None:
    return None


class PortSecurity:
    """One port's; nothing is loaded or kept for a plain one."""

    __slots__ = (
        "_association",
        "_checks",
        "_deadline",
        "_engine",
        "_failed",
        "_flush_soon",
        "_identity",
        "_keys",
        "_port",
        "_repeat",
    )

    def __init__(
        self,
        engine: Engine,
        port: int,
        identity: "Callable[[], Identity]",
        flush_soon: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._port = port
        self._identity = identity
        self._flush_soon = flush_soon
        self._failed = failed
        self._keys: Sdes | Handshake | None = None
        self._checks: Checks | None = None
        self._association: Association | None = None
        self._repeat: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def apply(self, stream: Stream) -> None:
        """Takes what was agreed; what stays as it was goes on."""
        if stream.keys != self._keys:
            self._end_handshake()
            self._keys = stream.keys
            if stream.keys is None:
                self._engine.unprotect_port(self._port)
            elif isinstance(stream.keys, Sdes):
                self._protect(stream.keys)
            else:
                self._begin_handshake(stream.keys)
        checks = stream.checks
        if checks is not None and checks != self._checks:
            self._engine.answer_checks(
                self._port, checks.ours.fragment, checks.ours.password, checks.theirs.fragment
            )
        self._checks = checks

    def receive(self, record: bytes) -> None:
        """A datagram of the handshake came."""
        if self._association is not None:
            self._send(self._association.receive(record))

    def close(self) -> None:
        """Nothing more is sent or told."""
        self._end_handshake()
        self._failed = _nobody  # who owns us

    def _protect(self, keys: Sdes) -> None:
        self._engine.protect_port(self._port, keys.suite, keys.ours, keys.theirs)

    def _begin_handshake(self, terms: Handshake) -> None:
        from media.dtls import Association  # see there

        self._engine.await_keys(self._port)
        self._association = association = Association(self._identity(), terms)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(HANDSHAKE_S, self._give_up, "no handshake came to an end")
        self._send(association.begin())

    def _end_handshake(self) -> None:
        self._association = None
        for timer in (self._repeat, self._deadline):
            if timer is not None:
                timer.cancel()
        self._repeat = self._deadline = None

    def _give_up(self, why: str) -> None:
        self._end_handshake()
        self._failed(why)

    def _send(self, datagrams: Iterable[bytes]) -> None:
        association = self._association
        assert association is not None
        for datagram in datagrams:
            self._engine.send_record(self._port, datagram)
        if association.failed:
            self._give_up(association.failed)
        elif association.keys is not None and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            self._protect(association.keys)
        self._wait()
        self._flush_soon()

    def _wait(self) -> None:
        if self._repeat is not None:
            self._repeat.cancel()
            self._repeat = None
        wait_s = None if self._association is None else self._association.wait_s()
        if wait_s is not None:
            # A little later, so that it is due for OpenSSL's clock, too.
            loop = asyncio.get_running_loop()
            self._repeat = loop.call_later(wait_s + 0.005, self._send_again)

    def _send_again(self) -> None:
        self._repeat = None
        if self._association is not None:
            self._send(self._association.repeat())
