"""Keys as tones in and out of the tolerances of ITU-T Q.24: which are understood."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.load.listening import keys, line
from tests.load.listening.line import RATE, Sound

_PHASES = 4


@dataclass(frozen=True, slots=True)
class Hand:
    """How a key is pressed."""

    ms: int = 60
    level: float = -10.0
    """Of the row's tone, in dBm0."""
    twist: float = 0.0
    """By how much the column's is louder, in dB."""
    row_off: float = 0.0
    column_off: float = 0.0
    """In percent of the frequency."""
    noise: float = -70.0
    """In dBm0."""


_PLAIN = Hand()
ACCEPTED: Sequence[Hand] = (
    *(replace(_PLAIN, ms=ms) for ms in (40, 60, 100, 500)),
    *(replace(_PLAIN, level=level) for level in (-3, -10, -20, -25, -27)),
    *(replace(_PLAIN, twist=twist) for twist in (-8, -4, 4, 6)),
    *(
        replace(_PLAIN, row_off=row, column_off=column)
        for row in (-1.8, 0.0, 1.8)
        for column in (-1.8, 0.0, 1.8)
    ),
    *(replace(_PLAIN, noise=noise) for noise in (-34, -28, -25)),
    Hand(ms=40, level=-22, twist=-5, row_off=1.5, column_off=-1.5, noise=-42),
)
REFUSED: Sequence[Hand] = (
    *(replace(_PLAIN, ms=ms) for ms in (10, 20, 23)),
    *(replace(_PLAIN, level=level) for level in (-32, -40)),
    *(replace(_PLAIN, twist=twist) for twist in (-14, -12, 10, 14)),
    *(replace(_PLAIN, row_off=off) for off in (-5.0, -3.5, 3.5, 5.0)),
    *(replace(_PLAIN, column_off=off) for off in (-5.0, -3.5, 3.5, 5.0)),
)


def _pressed(key: str, hand: Hand, phase: int, chance: np.random.Generator) -> Sound:
    row, column = keys.frequencies(key)
    t = np.arange(hand.ms * RATE // 1000) / RATE
    turned = 2 * np.pi * phase / _PHASES

    def wave(hz: float, off: float, dbm0: float) -> Sound:
        peak = 10 ** ((dbm0 - 3.14) / 20)
        return peak * np.sin(2 * np.pi * hz * (1 + off / 100) * t + turned)

    tones = wave(row, hand.row_off, hand.level)
    tones = tones + wave(column, hand.column_off, hand.level + hand.twist)
    lead = line.silence(0.05 + phase * 0.0013)
    return line.with_noise(np.concatenate([lead, tones, line.silence(0.1)]), hand.noise, chance)


def understood(hand: Hand) -> float:
    """The share of all 16 keys, begun at four moments each, in both laws, that is heard once."""
    chance = np.random.default_rng(1)
    right = tried = 0
    for key in keys.KEYS:
        for phase in range(_PHASES):
            sound = _pressed(key, hand, phase, chance)
            for law in ("PCMA", "PCMU"):
                tried += 1
                right += keys.keys_in(line.packets(sound, law), law) == [key]
    return right / tried


def table() -> str:
    """In Markdown."""
    lines = [
        "| to be | length | row | column over row | row off | column off | noise | understood |",
        "|" + " --- |" * 8,
    ]
    for verdict, hands in (("accepted", ACCEPTED), ("refused", REFUSED)):
        lines += [
            f"| {verdict} | {hand.ms} ms | {hand.level:.0f} dBm0 | {hand.twist:+.0f} dB "
            f"| {hand.row_off:+.1f} % | {hand.column_off:+.1f} % | {hand.noise:.0f} dBm0 "
            f"| {understood(hand):.1%} |"
            for hand in hands
        ]
    return "\n".join(lines) + "\n"
