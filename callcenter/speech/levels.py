"""From any audio to the telephone's: 8000 Hz, mono, one loudness. Worker process only (numpy)."""

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""-1.0 … 1.0, one channel."""

RATE = 8000
_TARGET_DBFS = -16.0
"""RMS of the parts that sound: as loud as a good talker on a digital line."""
_PEAK = 0.89
"""-1 dBFS: room for G.711's own error."""
_MOST_GAIN_DB = 30.0
"""A whisper is raised so far and no further; it would be noise that is raised."""
_FRAME = RATE // 50
_SOUNDING_DB = -30.0
"""Frames this far under the loudest one are pauses, and not counted."""
_TRIM_DB = -45.0
_PAD = RATE // 25
"""Silence left at both ends of a text, so that words spoken one after the other do not stick."""


def samples(pcm: bytes) -> Samples:
    """From 16-bit samples in native order."""
    return np.frombuffer(pcm, np.int16).astype(np.float32) / np.float32(32768)


def resampled(audio: Samples, rate: int) -> Samples:
    """At 8000 Hz; what is above the telephone's band is filtered out, not folded back."""
    if rate == RATE:
        return audio
    converted: Samples = soxr.resample(audio, rate, RATE, quality="HQ").astype(np.float32)
    return converted


def trimmed(audio: Samples) -> Samples:
    """Without the silence at its ends, but for a short pad."""
    loud = np.flatnonzero(np.abs(audio) > np.abs(audio).max(initial=0.0) * _factor(_TRIM_DB))
    if not loud.size:
        return audio[:0]
    return audio[max(0, loud[0] - _PAD) : loud[-1] + _PAD]


def levelled(audio: Samples) -> Samples:
    """At the target loudness, with the peaks held by a limiter that looks ahead."""
    loudness = _loudness(audio)
    if loudness == 0.0:
        return audio
    gain = min(_factor(_TARGET_DBFS) / loudness, _factor(_MOST_GAIN_DB))
    return _limited(audio * np.float32(gain))


def pcm(audio: Samples) -> bytes:
    """S16LE."""
    scaled = np.clip(np.rint(audio * 32767.0), -32768, 32767)
    packed: bytes = scaled.astype("<i2").tobytes()
    return packed


def _loudness(audio: Samples) -> float:
    """RMS over the frames that sound."""
    count = -(-audio.size // _FRAME)
    frames = np.zeros(count * _FRAME, np.float32)
    frames[: audio.size] = audio
    powers = np.mean(np.square(frames.reshape(count, _FRAME)), axis=1)
    sounding = powers[powers >= powers.max(initial=0.0) * _factor(_SOUNDING_DB) ** 2]
    return float(np.sqrt(sounding.mean())) if sounding.size else 0.0


def _limited(audio: Samples) -> Samples:
    """Lowers the gain around every peak, smoothly over 5 ms to either side."""
    if np.abs(audio).max(initial=0.0) <= _PEAK:
        return audio
    reach = RATE // 200
    allowed = np.minimum(1.0, _PEAK / np.maximum(np.abs(audio), 1e-9))
    # The minimum over twice the window that is then averaged: the average never exceeds what the
    # sample in its middle allows.
    padded = np.pad(allowed, 2 * reach, constant_values=1.0)
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    window = np.hanning(2 * reach + 3)[1:-1]
    gain = np.convolve(lowest, window / window.sum(), mode="valid")
    limited: Samples = (audio * gain).astype(np.float32)
    return limited


def _factor(decibels: float) -> float:
    return float(10.0 ** (decibels / 20.0))
