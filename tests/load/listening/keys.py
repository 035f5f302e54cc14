"""Keys heard as tones: how many are lost, and how many invented, in minutes of speech and music."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from media._engine import listen
from tests.load.listening import line
from tests.load.listening.line import RATE, Law, Sound
from tests.load.listening.music import STYLES
from tests.load.listening.speech import CHATTER, VOICES, language_of, speak

KEYS = "0123456789*#ABCD"
_ROWS = (697, 770, 852, 941)
_COLUMNS = (1209, 1336, 1477, 1633)
_PAD = ("123A", "456B", "789C", "*0#D")
_LAWS: tuple[Law, Law] = ("PCMA", "PCMU")


@dataclass(slots=True)
class Tally:
    """What became of the keys."""

    minutes: float = 0.0
    pressed: int = 0
    lost: int = 0
    invented: int = 0
    by_source: dict[str, int] = field(default_factory=dict)
    """Invented keys by what they were heard in."""


def frequencies(key: str) -> tuple[int, int]:
    """Of its row and its column, in hertz."""
    row = next(row for row, keys in zip(_ROWS, _PAD, strict=True) if key in keys)
    return row, _COLUMNS[next(keys.index(key) for keys in _PAD if key in keys)]


def tones(key: str, seconds: float) -> Sound:
    """A key's two tones, -10 and -8 dBm0."""
    row, column = frequencies(key)
    t = np.arange(round(seconds * RATE)) / RATE
    return 0.22 * np.sin(2 * np.pi * row * t) + 0.277 * np.sin(2 * np.pi * column * t)


def keys_in(payloads: Sequence[bytes | None], law: Law) -> list[str]:
    """The keys that the engine hears."""
    return [event[2] for _, event in listen(payloads, law, []) if event[0] == "digit"]


def _sources(chance: np.random.Generator) -> Iterator[tuple[str, Sound]]:
    """Speech in every voice and music in every style, about ten seconds each, for ever."""
    while True:
        for n, voice in enumerate(VOICES):
            yield voice, speak(CHATTER[language_of(voice)], voice)
            if n % 2:
                style = list(STYLES)[n // 2 % len(STYLES)]
                yield style, STYLES[style](10.0, chance)


def talk_off(minutes: float, seed: int) -> Tally:
    """Minutes of speech and music at telephone levels, a key pressed in each pause between."""
    chance = np.random.default_rng(seed)
    tally = Tally()
    sources = _sources(chance)
    while tally.minutes < minutes:
        name, sound = next(sources)
        law = _LAWS[int(chance.integers(2))]
        quiet = line.silence(0.1)
        key = KEYS[int(chance.integers(len(KEYS)))]
        level = float(chance.uniform(-26, -6))
        whole = np.concatenate(
            [line.at_level(sound, level), quiet, tones(key, chance.uniform(0.04, 0.2)), quiet]
        )
        whole = line.with_noise(whole, -55, chance)
        heard = keys_in(line.packets(whole, law), law)
        tally.minutes += len(sound) / RATE / 60
        tally.pressed += 1
        found = heard[-1:] == [key]
        tally.lost += not found
        invented = len(heard) - found
        tally.invented += invented
        if invented:
            tally.by_source[name] = tally.by_source.get(name, 0) + invented
    return tally
