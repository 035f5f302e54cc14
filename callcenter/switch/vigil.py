"""Watches over a phone's voice: one that has fallen silent is asked whether it is still there."""

import asyncio
from collections.abc import Callable

from media.plane import Port

PROBE_WITHIN = 5.0
"""Seconds a phone has to answer: over UDP the question is sent four times in them."""

Probe = Callable[[Callable[[bool], None]], bool]
"""Asks, and tells once whether the phone is there; False while it cannot or need not be asked."""


class Vigil:
    """From the port's report of silence on; tells `dead` at most once.

    Only a phone that has ever sent a packet is asked: one that never did may have no voice to send,
    or no way for it. One that answers is asked again after every further `rtp_timeout`, because
    the engine reports a silence once only.
    """

    def __init__(
        self, port: Port, rtp_timeout: float, probe: Probe, dead: Callable[[], None]
    ) -> None:
        self._port = port
        self._rtp_timeout = rtp_timeout
        self._probe = probe
        self._dead = dead
        self._heard = 0
        """Packets that had come when the phone was last asked."""
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        port.on_timeout = self._silent

    def close(self) -> None:
        """Nothing more is asked or told; idempotent."""
        self._closed = True
        self._port.on_timeout = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _silent(self) -> None:
        self._heard = self._packets()
        if self._heard:
            self._ask()

    def _ask(self) -> None:
        if self._probe(self._answered):
            self._set_timer(PROBE_WITHIN, self._give_up)
        else:
            self._set_timer(self._rtp_timeout, self._ask_again)

    def _ask_again(self) -> None:
        if self._packets() == self._heard:
            self._ask()

    def _answered(self, alive: bool) -> None:
        if self._closed:
            return
        if alive:
            self._set_timer(self._rtp_timeout, self._ask_again)
        else:
            self._give_up()

    def _give_up(self) -> None:
        """No sign of life, unless the voice has come back: then the engine reports anew."""
        if self._packets() == self._heard:
            self.close()
            self._dead()

    def _set_timer(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _packets(self) -> int:
        statistics = self._port.statistics()
        return 0 if statistics is None else statistics.packets_received
