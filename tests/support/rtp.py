"""The audio of a phone whose signalling somebody else does: SIPp, or bytes written by hand."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from callcenter.demo import ears
from callcenter.demo.g711 import RATE, Law
from callcenter.demo.pulse import Pulse
from callcenter.demo.rtp import PACKET_S, Hearing, Mouth

_WINDOW_S = 0.3
_KEY_TYPE = 101
_NEAR_HZ = 5.0
_LOUD = 500
"""Of 32,767; music is far above."""


def is_tone(samples: Sequence[int], hz: float) -> bool:
    """Whether that tone is heard, and nothing else."""
    heard = ears.judge(samples).hz
    return heard is not None and abs(heard - hz) < _NEAR_HZ


class RtpEndpoint(asyncio.DatagramProtocol):
    """A UDP socket that says a tone in PCMA, and hears; to be used by `async with`.

    It knows no SDP: it answers wherever the first packet comes from, as phones behind address
    translation have to.
    """

    def __init__(self, tone: int, host: str = "127.0.0.1") -> None:
        self.mouth = Mouth(ssrc=tone)
        self.mouth.tone = tone
        self.mouth.key_type = _KEY_TYPE
        self.hearing = Hearing()
        self.tone = tone
        self.host = host
        self.peer: tuple[str, int] | None = None
        """Where the audio comes from and goes to; None before the first packet."""
        self._pulse = Pulse()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._next_at = 0.0

    async def __aenter__(self) -> Self:
        self._transport, _ = await self._loop.create_datagram_endpoint(lambda: self, (self.host, 0))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()

    @property
    def port(self) -> int:
        """Where it is to be sent audio."""
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """From the loop."""
        if self.hearing.take(data):
            if self.peer is None:
                self.peer = addr
                self._next_at = self._loop.time()
                self._speak()
            self._pulse.fire()

    async def press(self, keys: str) -> None:
        """Sends keys as RFC 4733 events, once there is somebody to send them to."""
        assert await self._pulse.until(lambda: self.peer is not None, 10), "nobody sends audio"
        self.mouth.press(keys)

    async def hears(self, tone: int, within: float = 5.0) -> None:
        """Until a third of a second of nothing but that tone has been heard from now on."""
        begin = self.hearing.samples
        least = round(_WINDOW_S * RATE)

        def heard() -> bool:
            enough = self.hearing.samples - begin >= least
            return enough and is_tone(self.newest(begin), tone)

        if not await self._pulse.until(heard, within):
            heard_instead = ears.judge(self.newest(begin))
            raise AssertionError(f"no {tone} Hz within {within} s, but {heard_instead}")

    async def hears_something(self, within: float = 5.0) -> None:
        """Until a third of a second that is not silence has been heard from now on."""
        begin = self.hearing.samples
        least = round(_WINDOW_S * RATE)

        def heard() -> bool:
            enough = self.hearing.samples - begin >= least
            return enough and max(map(abs, self.newest(begin))) > _LOUD

        assert await self._pulse.until(heard, within), f"silence for {within} s"

    async def hears_nothing(self, within: float = 10.0) -> None:
        """Until no packet has come for a third of a second."""
        end = self._loop.time() + within
        while True:
            assert self._loop.time() < end, f"packets for {within} s"
            before = self.hearing.packets
            if not await self._pulse.until(lambda: self.hearing.packets != before, _WINDOW_S):  # noqa: B023 - awaited here
                return

    def coding(self) -> Law:
        """How what was heard last was coded."""
        return self.hearing.law

    def newest(self, since: int) -> Sequence[int]:
        """The last third of a second of what was heard after that position."""
        return self.hearing.since(since, _WINDOW_S)

    def _speak(self) -> None:
        assert self._transport is not None
        while self._next_at <= self._loop.time():
            self._next_at += PACKET_S
            self._transport.sendto(self.mouth.next(), self.peer)
        self._timer = self._loop.call_at(self._next_at, self._speak)
