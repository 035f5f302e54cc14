"""Tones and G.711 for the tests' own ears: who hears whom is judged without `media`.

Every party of a test speaks a tone of its own; a listener decodes what reached it and asks which
tone is in it. The ears are those of the demo's softphone.
"""

import array
import sys
from collections.abc import Sequence

from callcenter.demo.ears import dominant_tone, power_at, share_of_tone, silence, tone
from callcenter.demo.g711 import RATE, alaw_decode, alaw_encode, ulaw_decode, ulaw_encode

__all__ = [
    "RATE",
    "alaw_decode",
    "alaw_encode",
    "dominant_tone",
    "pcm_bytes",
    "pcm_samples",
    "power_at",
    "share_of_tone",
    "silence",
    "tone",
    "ulaw_decode",
    "ulaw_encode",
]


def pcm_bytes(samples: Sequence[int]) -> bytes:
    """16-bit samples as S16LE bytes."""
    packed = array.array("h", samples)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def pcm_samples(pcm: bytes) -> list[int]:
    """S16LE bytes as 16-bit samples."""
    packed = array.array("h", pcm)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tolist()
