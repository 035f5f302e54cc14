"""What do these samples sound like? Tones by Goertzel, speech and music by how they move.

Pure Python, fast enough for seconds of telephone audio. The limits between speech and music were
read off espeak-ng's English and Chinese and the built-in music: in speech a fifth to half of the
frames are quiet, and its hisses make the zero crossings jump about; music does neither.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from callcenter.demo.g711 import RATE

Sound: TypeAlias = Literal["nothing", "silence", "tone", "speech", "music", "other"]

_AMPLITUDE = 12000
_FULL_SCALE = 32768
_SILENT_DBFS = -50.0
_PURE = 0.8
"""Share of the power at one frequency that makes it a tone."""
_STRETCH_S = 0.1
_FRAME = RATE // 50
_QUIET = 0.25
"""A frame with less than this part of the mean power is quiet."""
_SPEECH_PAUSES = 0.15
"""Share of quiet frames: speech has more."""
_MUSIC_PAUSES = 0.25
"""Music may swell and fade, but has fewer."""
_RESTLESS = 7.5
"""Standard deviation of zero crossings a frame: speech has more, music less."""
_HISSING = 50.0
"""Mean zero crossings a frame (1250 Hz): noise has more, music less."""
_FAINT = 0.01
"""Frames under this part of the mean power are left out of that: their crossings are noise."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a stretch of audio is."""

    sound: Sound
    level: float
    """RMS, dB of full scale; -96 for digital silence."""
    hz: float | None = None
    """Of a tone."""

    def __str__(self) -> str:
        pitch = "" if self.hz is None else f" of {self.hz:.0f} Hz"
        return f"{self.sound}{pitch} at {self.level:.0f} dBFS"


def tone(hz: float, seconds: float, rate: int = RATE, amplitude: int = _AMPLITUDE) -> list[int]:
    """A sine of `hz` as 16-bit samples; `amplitude` of 32767 is full scale."""
    step = 2.0 * math.pi * hz / rate
    return [round(amplitude * math.sin(step * n)) for n in range(round(seconds * rate))]


def silence(seconds: float, rate: int = RATE) -> list[int]:
    """Digital silence of that length."""
    return [0] * round(seconds * rate)


def level(samples: Sequence[int]) -> float:
    """RMS in dB of full scale, not below -96."""
    power = sum(sample * sample for sample in samples) / max(len(samples), 1)
    return max(10.0 * math.log10(power / _FULL_SCALE**2), -96.0) if power else -96.0


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


def share_of_tone(samples: Sequence[int], hz: float, rate: int = RATE) -> float:
    """`power_at` of a long tone, stretch by stretch.

    A packet that came late moves the tone's phase; that costs its own stretch, not the whole.
    """
    length = round(_STRETCH_S * rate)
    stretches = [samples[at : at + length] for at in range(0, len(samples), length)]
    energies = [sum(sample * sample for sample in stretch) for stretch in stretches]
    held = sum(
        power_at(stretch, hz, rate) * energy
        for stretch, energy in zip(stretches, energies, strict=True)
    )
    return held / (sum(energies) or 1)


def dominant_tone(
    samples: Sequence[int],
    candidates: Iterable[float],
    rate: int = RATE,
    least: float = 0.5,
) -> float | None:
    """The candidate that holds most of the samples' power, or None if none holds `least` of it."""
    shares = ((share_of_tone(samples, hz, rate), hz) for hz in candidates)
    share, hz = max(shares, default=(0.0, 0.0))
    return hz if share >= least else None


def pitch(samples: Sequence[int]) -> float | None:
    """The frequency of a tone, from its rising zero crossings; None where there is none."""
    rises = [
        n - after / (after - before)
        for n, (before, after) in enumerate(itertools.pairwise(samples), 1)
        if before < 0 <= after
    ]
    if len(rises) < 3:
        return None
    hz = RATE * (len(rises) - 1) / (rises[-1] - rises[0])
    return hz if power_at(samples, hz) >= _PURE else None


def judge(samples: Sequence[int]) -> Verdict:
    """What it is. Tones need 0.2 s, speech 1 s, music 2 s to be told reliably."""
    if not samples:
        return Verdict("nothing", -96.0)
    loudness = level(samples)
    if loudness <= _SILENT_DBFS:
        return Verdict("silence", loudness)
    hz = pitch(samples)
    if hz is not None:
        return Verdict("tone", loudness, hz)
    pauses, crossings, restlessness = _movement(samples)
    if pauses >= _SPEECH_PAUSES and restlessness >= _RESTLESS:
        return Verdict("speech", loudness)
    if pauses < _MUSIC_PAUSES and restlessness < _RESTLESS and crossings < _HISSING:
        return Verdict("music", loudness)
    return Verdict("other", loudness)


def _movement(samples: Sequence[int]) -> tuple[float, float, float]:
    """The share of quiet frames; mean and deviation of the zero crossings of the others."""
    frames = [samples[at : at + _FRAME] for at in range(0, len(samples) - _FRAME + 1, _FRAME)]
    if not frames:
        return 0.0, 0.0, 0.0
    powers = [sum(sample * sample for sample in frame) for frame in frames]
    mean = sum(powers) / len(powers)
    quiet = sum(power < _QUIET * mean for power in powers)
    crossings = [
        sum((a < 0) != (b < 0) for a, b in itertools.pairwise(frame))
        for frame, power in zip(frames, powers, strict=True)
        if power > _FAINT * mean
    ]
    average = sum(crossings) / max(len(crossings), 1)
    variance = sum((count - average) ** 2 for count in crossings) / max(len(crossings), 1)
    return quiet / len(frames), average, math.sqrt(variance)
