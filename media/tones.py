"""Call-progress tones and the default music on hold, computed; S16LE, mono, 8000 Hz.

Pure Python: the short ones take milliseconds, the music about half a second, so callers keep what
they get. Levels are for telephone lines: tones about -16 dBFS, the music softer than a voice.
"""

import math
import sys
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

from media.tone_plans import PLANS, PlanName, ProgressTone

PlainTone: TypeAlias = Literal["beep", "music"]
"""The same everywhere."""

RATE = 8000
REVISION = 2
"""Grows whenever any tone here sounds different; caches of tones are keyed by it."""

_TONE_LEVEL = 0.22
_RAMP_S = 0.005
"""Edges without a click."""


def beep() -> bytes:
    """1000 Hz for 0.4 s: speak now."""
    return _pcm(_sine(1000, 0.4))


def progress_tone(plan: PlanName, name: ProgressTone) -> bytes:
    """A tone of the network as a country's callers know it; one period, made to be looped."""
    samples: list[float] = []
    for burst in PLANS[plan][name]:
        parts = [_sine(hz, burst.seconds) for hz in burst.hz]
        level = 1.0 / math.sqrt(len(parts) or 1)
        sounds = zip(*parts, strict=True) if parts else ((0.0,) for _ in _silence(burst.seconds))
        samples += [level * sum(sound) for sound in sounds]
    return _pcm(samples)


def silence(seconds: float) -> bytes:
    """Nothing, for so long."""
    return _pcm(_silence(seconds))


def music() -> bytes:
    """Sixteen seconds of four soft chords with a slow arpeggio, made to be looped.

    Notes that ring past the end ring on at the beginning, so that the loop has no seam.
    """
    mix = array("d", bytes(8 * RATE * _MUSIC_S))
    for bar, chord in enumerate(_CHORDS):
        start = bar * _BAR_S
        for pitch in chord:
            _add_note(mix, start, pitch, _pad, 1.2 * _BAR_S)
        for beat, degree in enumerate(_ARPEGGIO):
            octave_up = chord[degree % len(chord)] + 12
            _add_note(mix, start + beat * _BAR_S / len(_ARPEGGIO), octave_up, _pluck, 2.0)
    loudest = max(max(mix), -min(mix))
    return _pcm([_MUSIC_PEAK * sample / loudest for sample in mix])


PLAIN_TONES: Mapping[PlainTone, Callable[[], bytes]] = {"beep": beep, "music": music}

_BAR_S = 4
_CHORDS: Sequence[Sequence[int]] = (
    (60, 64, 67, 71),
    (57, 60, 64, 67),
    (53, 57, 60, 64),
    (55, 59, 62, 69),
)
"""C major 7, A minor 7, F major 7, G with a ninth; MIDI pitches, within a phone's band."""
_MUSIC_S = _BAR_S * len(_CHORDS)
_MUSIC_PEAK = 0.25
_ARPEGGIO = (0, 1, 2, 3, 2, 3, 1, 2)


def _pad(seconds: float, length: float) -> float:
    """Envelope that swells and fades over the whole note."""
    return 0.5 * math.sin(math.pi * seconds / length) ** 2


def _pluck(seconds: float, length: float) -> float:
    """Envelope of a soft string: quick in, dying away, silent at the end."""
    return min(seconds / 0.01, 1.0) * math.exp(-2.5 * seconds) * (1.0 - seconds / length)


def _add_note(
    mix: "array[float]",
    start: float,
    pitch: int,
    envelope: Callable[[float, float], float],
    length: float,
) -> None:
    """Adds a sine with a little of its octave, wrapping at the end of `mix`."""
    step = 2.0 * math.pi * 440.0 * 2.0 ** ((pitch - 69) / 12) / RATE
    first, size = round(start * RATE), len(mix)
    for n in range(round(length * RATE)):
        wave = math.sin(step * n) + 0.25 * math.sin(2.0 * step * n)
        mix[(first + n) % size] += envelope(n / RATE, length) * wave


def _sine(hz: float, seconds: float) -> list[float]:
    step = 2.0 * math.pi * hz / RATE
    count = round(seconds * RATE)
    ramp = _RAMP_S * RATE
    return [
        _TONE_LEVEL * math.sin(step * n) * min(1.0, n / ramp, (count - 1 - n) / ramp)
        for n in range(count)
    ]


def _silence(seconds: float) -> list[float]:
    return [0.0] * round(seconds * RATE)


def _pcm(samples: Sequence[float]) -> bytes:
    packed = array("h", (round(32767 * sample) for sample in samples))
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()
