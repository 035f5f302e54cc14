"""The table of docs/media.md: speech quality behind bad networks.

python -m tests.load.impaired
"""

import sys
from collections.abc import Mapping

import numpy as np

from tests.load.listening.speech import speak
from tests.support.engine_rig import Rig
from tests.support.heard_speech import Samples, carry, score
from tests.support.impairment import Impairment

NETWORKS: Mapping[str, Impairment] = {
    "no loss, no jitter": Impairment(),
    "1 % lost at random": Impairment(0.01),
    "5 % lost at random": Impairment(0.05),
    "10 % lost at random": Impairment(0.10),
    "1 % lost in bursts of 3": Impairment(0.01, 3.0),
    "5 % lost in bursts of 3": Impairment(0.05, 3.0),
    "10 % lost in bursts of 3": Impairment(0.10, 3.0),
    "60 ms of jitter": Impairment(jitter_ms=60.0),
    "60 ms of jitter, 5 % lost at random": Impairment(0.05, 1.0, 60.0),
}
_TEXT = (
    "Thank you for calling. All of our agents are busy at the moment; please hold the line. "
    "I would like to order eleven yellow umbrellas."
)


def speech(text: str = _TEXT, voice: str = "en-us") -> Samples:
    """As a phone sends it, with a little silence before."""
    sound = speak(text, voice)
    loud = sound / np.abs(sound).max() * 12_000
    return np.concatenate([np.zeros(1600), loud]).astype(np.int16)


def measure(seeds: int) -> dict[str, list[float]]:
    """Scores by network, one for each seed."""
    said = speech()
    scores: dict[str, list[float]] = {name: [] for name in NETWORKS}
    for seed in range(seeds):
        rig = Rig()
        try:
            heard = carry(rig, said, NETWORKS, seed=seed * 1000 + 1)
        finally:
            rig.close()
        for name, samples in heard.items():
            scores[name].append(score(said, samples))
    return scores


if __name__ == "__main__":
    for name, found in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5).items():
        each = " ".join(f"{value:.2f}" for value in found)
        print(f"| {name} | {np.median(found):.2f} | {each} |")
