"""Music in several styles, made from numbers, and the one that is built in."""

from collections.abc import Callable, Mapping

import numpy as np

from media.tones import music as built_in_pcm
from tests.load.listening.line import RATE, Sound

_SCALE = (0, 2, 4, 5, 7, 9, 11)


def _hz(pitch: float) -> float:
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


def _time(seconds: float) -> Sound:
    return np.arange(round(seconds * RATE)) / RATE


def _note(pitch: float, seconds: float, harmonics: int, decay: float) -> Sound:
    t = _time(seconds)
    wave = np.zeros(len(t))
    for n in range(1, harmonics + 1):
        if _hz(pitch) * n < RATE / 2:
            wave += np.sin(2 * np.pi * _hz(pitch) * n * t) / n
    attack = np.minimum(t / 0.01, 1.0)
    return wave * attack * np.exp(-decay * t)


def _melody(seconds: float, chance: np.random.Generator, harmonics: int, decay: float) -> Sound:
    """One voice over slow chords."""
    sound = np.zeros(round(seconds * RATE))
    root, at = int(chance.integers(48, 60)), 0.0
    while at < seconds:
        length = float(chance.choice([0.2, 0.3, 0.4, 0.6]))
        degree = int(chance.integers(0, 14))
        pitch = root + 12 + 12 * (degree // 7) + _SCALE[degree % 7]
        _add(sound, at, _note(pitch, min(2 * length, seconds - at), harmonics, decay))
        if chance.random() < 0.3:
            for third in (0, 2, 4):
                chord = root + _SCALE[(degree + third) % 7]
                _add(sound, at, 0.5 * _note(chord, min(1.5, seconds - at), harmonics, 1.0))
        at += length
    return sound


def _add(sound: Sound, at: float, piece: Sound) -> None:
    first = round(at * RATE)
    last = min(len(sound), first + len(piece))
    sound[first:last] += piece[: last - first]


def _piano(seconds: float, chance: np.random.Generator) -> Sound:
    return _melody(seconds, chance, 6, 3.0)


def _organ(seconds: float, chance: np.random.Generator) -> Sound:
    return _melody(seconds, chance, 4, 0.1)


def _strings(seconds: float, chance: np.random.Generator) -> Sound:
    t = _time(seconds)
    return _melody(seconds, chance, 8, 0.5) * (1.0 + 0.2 * np.sin(2 * np.pi * 5.5 * t))


def _band(seconds: float, chance: np.random.Generator) -> Sound:
    """A melody with drums."""
    sound = _melody(seconds, chance, 10, 2.0)
    beat = float(chance.uniform(0.4, 0.6))
    for n in range(int(seconds / beat)):
        hit = chance.normal(0.0, 1.0, 800) * np.exp(-np.arange(800) / 150)
        _add(sound, n * beat, hit * (1.5 if n % 2 else 0.7))
        kick = np.sin(2 * np.pi * 80 * _time(0.15)) * np.exp(-20 * _time(0.15))
        _add(sound, n * beat, 2.0 * kick)
    return sound


def _flute(seconds: float, chance: np.random.Generator) -> Sound:
    """Nearly pure tones, one at a time: what is most like a tone of the network."""
    return _melody(seconds, chance, 2, 0.8)


def _built_in(seconds: float, chance: np.random.Generator) -> Sound:
    whole = np.frombuffer(built_in_pcm(), dtype="<i2") / 32768.0
    start = int(chance.integers(0, len(whole)))
    return np.resize(np.roll(whole, -start), round(seconds * RATE)).astype(np.float64)


STYLES: Mapping[str, Callable[[float, np.random.Generator], Sound]] = {
    "piano": _piano,
    "organ": _organ,
    "strings": _strings,
    "band": _band,
    "flute": _flute,
    "built-in": _built_in,
}
