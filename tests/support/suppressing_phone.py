"""A phone that sends nothing while nobody speaks, but says how its room sounds (RFC 3389)."""

import asyncio
import itertools
import struct
from collections.abc import Sequence

from callcenter.demo.rtp import Packet
from tests.support.audio import RATE, alaw_decode, alaw_encode, tone
from tests.support.opaque_phone import PACKET_S, OpaquePhone

COMFORT_NOISE, L16 = 13, 96
PACKET = 160
"""Samples."""
NOISE = bytes((40, 100, 90, 130))
"""-40 dBov, and the shape of its spectrum, as some phones tell it."""


class SuppressingPhone(OpaquePhone):
    """Speaks PCMA, or L16 where that is what its `formats` begin with."""

    async def speak(self, hz: int, words_s: float, pause_s: float) -> None:
        """Says a tone, tells how its room sounds, sends nothing, and says the tone again."""
        begin = asyncio.get_running_loop().time()
        await self._talk(hz, words_s, begin)
        self._send(COMFORT_NOISE, NOISE, PACKET)
        self._timestamp += round(pause_s * RATE) - PACKET
        await self._talk(hz, words_s, begin + words_s + pause_s)

    async def talk(self, hz: int, seconds: float) -> None:
        """Says a tone, without a pause."""
        await self._talk(hz, seconds, asyncio.get_running_loop().time())

    async def _talk(self, hz: int, seconds: float, begin: float) -> None:
        loop = asyncio.get_running_loop()
        words = itertools.cycle(tone(hz, 1.0))
        payload_type = int(self._formats.split()[0])
        for nth in range(round(seconds / PACKET_S)):
            await asyncio.sleep(begin + nth * PACKET_S - loop.time())
            samples = list(itertools.islice(words, PACKET))
            is_linear = payload_type == L16
            payload = struct.pack(f">{PACKET}h", *samples) if is_linear else alaw_encode(samples)
            self._send(payload_type, payload, PACKET)


def samples_of(packet: Packet) -> Sequence[int]:
    """What a packet of voice says."""
    if packet.payload_type == L16:
        return struct.unpack(f">{len(packet.payload) // 2}h", packet.payload)
    return alaw_decode(packet.payload)
