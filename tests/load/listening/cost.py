"""Figures: what the engine's ears cost, beside spandsp's ear for keys on the same sound."""

import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np

from media._engine import listen
from media.heard import Ear
from tests.load.figures import Figure
from tests.load.listening import line
from tests.load.listening.speech import CHATTER, speak
from tests.support import spandsp

SECONDS = 60
ROUNDS = 5
KEYS_LIMIT = 6.0
ALL_LIMIT = 12.0


def measure() -> list[Figure]:
    """CPU for each second of a minute's speech; medians of runs that alternate."""
    said = line.at_level(speak(CHATTER["en"], "en-us"), -18)
    sound = np.resize(said, SECONDS * line.RATE)
    payloads = line.packets(sound, "PCMA")
    samples = np.round(sound * 32767).astype(np.int64).tolist()
    runs: dict[str, list[float]] = {"keys": [], "all": [], "spandsp": []}
    for _ in range(ROUNDS):
        runs["keys"].append(_cost(lambda: listen(payloads, "PCMA", [])))
        runs["all"].append(_cost(lambda: listen(payloads, "PCMA", _ALL)))
        runs["spandsp"].append(spandsp.cost(samples) / SECONDS * 1e6)
    medians = {name: statistics.median(costs) for name, costs in runs.items()}
    return [
        Figure(
            key=f"cpu_of_{name}_ears",
            what=what,
            value=medians[name],
            unit="µs",
            reference=medians["spandsp"],
            reference_what="spandsp's dtmf_rx",
            limit=limit,
        )
        for name, what, limit in (
            ("keys", "CPU of the ear for keys, a second of sound, decoding included", KEYS_LIMIT),
            ("all", "CPU of all ears, a second of sound", ALL_LIMIT),
        )
    ]


_ALL: Sequence[Ear] = ("progress", "machine", "voice")


def _cost(work: Callable[[], object]) -> float:
    """Microseconds for each second of sound."""
    before = time.process_time()
    work()
    return (time.process_time() - before) / SECONDS * 1e6
