"""Tones and G.711 for the tests' own ears: who hears whom is judged without `media`.

Every party of a test speaks a tone of its own; a listener decodes what reached it and asks which
tone is in it. G.711 is computed here from ITU-T G.711 (as in G.191's reference code), not taken
from the code under test. Pure Python: fast enough for seconds of 8 kHz audio.
"""

import array
import math
import sys
from collections.abc import Iterable, Sequence

RATE = 8000
_ULAW_BIAS = 33
_ULAW_CLIP = 8158
_AMPLITUDE = 12000


def tone(hz: float, seconds: float, rate: int = RATE, amplitude: int = _AMPLITUDE) -> list[int]:
    """A sine of `hz` as 16-bit samples; `amplitude` of 32767 is full scale."""
    step = 2.0 * math.pi * hz / rate
    return [round(amplitude * math.sin(step * n)) for n in range(round(seconds * rate))]


def silence(seconds: float, rate: int = RATE) -> list[int]:
    """Digital silence of that length."""
    return [0] * round(seconds * rate)


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


def _encode_ulaw_sample(sample: int) -> int:
    """G.711 table 2a: 14-bit magnitude plus bias, 3 bits of segment, 4 of mantissa, inverted."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min((-sample - 1 if sample < 0 else sample) >> 2, _ULAW_CLIP) + _ULAW_BIAS
    segment = magnitude.bit_length() - 6
    return ~(sign | (segment << 4) | ((magnitude >> (segment + 1)) & 0x0F)) & 0xFF


def _decode_ulaw_sample(code: int) -> int:
    inverted = ~code & 0xFF
    segment = (inverted >> 4) & 7
    magnitude = ((2 * (inverted & 0x0F) + _ULAW_BIAS) << segment) - _ULAW_BIAS
    return -magnitude * 4 if inverted & 0x80 else magnitude * 4


def _encode_alaw_sample(sample: int) -> int:
    """G.711 table 1a: 12-bit magnitude, 3 bits of segment, 4 of mantissa, even bits inverted."""
    sign = 0 if sample < 0 else 0x80
    magnitude = (-sample - 1 if sample < 0 else sample) >> 4
    segment = max(magnitude.bit_length() - 4, 0)
    mantissa = magnitude >> max(segment - 1, 0)  # segments 0 and 1 share one step size
    return (sign | (segment << 4) | (mantissa & 0x0F)) ^ 0x55


def _decode_alaw_sample(code: int) -> int:
    plain = code ^ 0x55
    segment = (plain >> 4) & 7
    mantissa = 16 * (plain & 0x0F) + 8
    magnitude = mantissa if segment == 0 else (mantissa + 0x100) << (segment - 1)
    return magnitude if plain & 0x80 else -magnitude


_ULAW_DECODED = [_decode_ulaw_sample(code) for code in range(256)]
_ALAW_DECODED = [_decode_alaw_sample(code) for code in range(256)]


def ulaw_encode(samples: Iterable[int]) -> bytes:
    """16-bit samples as PCMU."""
    return bytes(_encode_ulaw_sample(sample) for sample in samples)


def ulaw_decode(payload: bytes) -> list[int]:
    """PCMU as 16-bit samples."""
    return [_ULAW_DECODED[code] for code in payload]


def alaw_encode(samples: Iterable[int]) -> bytes:
    """16-bit samples as PCMA."""
    return bytes(_encode_alaw_sample(sample) for sample in samples)


def alaw_decode(payload: bytes) -> list[int]:
    """PCMA as 16-bit samples."""
    return [_ALAW_DECODED[code] for code in payload]


def power_at(samples: Sequence[int], hz: float, rate: int = RATE) -> float:
    """The share of the samples' power that lies at `hz` (Goertzel): 0.0 none … 1.0 a pure sine.

    Silence and no samples at all give 0.0. Resolution is about rate / len(samples) Hz.
    """
    energy = sum(sample * sample for sample in samples)
    if energy == 0:
        return 0.0
    coefficient = 2.0 * math.cos(2.0 * math.pi * hz / rate)
    last = before = 0.0
    for sample in samples:
        last, before = sample + coefficient * last - before, last
    at_hz = last * last + before * before - coefficient * last * before
    return 2.0 * at_hz / (len(samples) * energy)


def dominant_tone(
    samples: Sequence[int],
    candidates: Iterable[float],
    rate: int = RATE,
    least: float = 0.5,
) -> float | None:
    """The candidate that holds most of the samples' power, or None if none holds `least` of it."""
    power, hz = max(((power_at(samples, hz, rate), hz) for hz in candidates), default=(0.0, 0.0))
    return hz if power >= least else None
