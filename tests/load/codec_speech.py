"""What is left of speech behind codecs and bad networks, by PESQ; and what that does to a rating.

The engine decodes, evens out and conceals in virtual time (`carries_files` in
`media/engine/src/speech_test.rs`), so how busy the machine is does not matter. Its factors Ie and
Bpl are found as by ITU-T P.834, in brief: G.107's Annex B turned round makes ratings of PESQ's
scores; what they lack of G.711's without loss is the effective impairment; to it (7-29) is fitted,
and scaled so that G.711 has the Bpl of G.113. Of Opus the last packet of every run of lost ones is
left out, because the next repeats it. They stand in `media/engine/src/emodel.rs`.

python -m tests.load.codec_speech [seeds]
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from tests.load import rust_tools
from tests.load.impaired import speech
from tests.support.heard_speech import Samples, score

Coding: TypeAlias = Literal["PCMA", "G722", "L16", "opus"]
Floats: TypeAlias = npt.NDArray[np.float64]


class Network(NamedTuple):
    """Loss in percent, the mean length of its runs, jitter in ms."""

    loss: int
    burst: int = 1
    jitter_ms: int = 0

    def __str__(self) -> str:
        loss = f"{self.loss} % lost" if self.loss else "no loss"
        runs = f" in runs of {self.burst}" if self.burst > 1 else ""
        return f"{loss}{runs}" + (f", {self.jitter_ms} ms of jitter" if self.jitter_ms else "")

    @property
    def burst_ratio(self) -> float:
        """BurstR: how much longer its runs are than those of random loss."""
        return max(1.0, self.burst * (1 - self.loss / 100))


LOSSY = (
    *(Network(loss) for loss in (0, 1, 2, 5, 10)),
    *(Network(loss, 3) for loss in (1, 5, 10)),
)
NETWORKS = (*LOSSY, Network(0, 1, 60), Network(5, 1, 60))
CODECS: Sequence[Coding] = ("PCMA", "G722", "opus")
"""Heard as L16, which is concealed as G.711 is."""
PAIRS: Sequence[tuple[str, str]] = tuple(
    (said, heard) for said in get_args(Coding) for heard in get_args(Coding) if said != heard
)
G711_BPL = 25.1
"""G.113, Appendix I: with concealment."""
_LEAD_S = 1.0
"""Until the buffer is even; said, not judged."""
_RATE = 8000
_RATINGS = np.linspace(6.5, 100.0, 2000)
_OPINIONS = 1 + 0.035 * _RATINGS + _RATINGS * (_RATINGS - 60) * (100 - _RATINGS) * 7e-6


class Factors(NamedTuple):
    """Of one codec."""

    impairment: float
    robustness: float


class Case(NamedTuple):
    """One way that speech takes."""

    said: str
    heard: str
    network: Network
    seed: int = 1


def scores(cases: Sequence[Case]) -> list[float]:
    """PESQ's of each."""
    said = np.concatenate([np.zeros(round(_LEAD_S * _RATE), np.int16), speech()])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "said").write_bytes(said.astype("<i2").tobytes())
        lines = [
            f"{folder}/said {folder}/{n} {case.said} {case.heard} "
            f"{case.network.loss} {case.network.burst} {case.network.jitter_ms} {case.seed}"
            for n, case in enumerate(cases)
        ]
        rust_tools.run_ignored_test("carries_files", CASES="\n".join(lines))
        return [_judged(said, np.fromfile(folder / str(n), "<i2")) for n in range(len(cases))]


def _judged(said: Samples, came: Samples) -> float:
    return score(said, came.astype(np.int16))


def behind_networks(seeds: int) -> dict[Coding, dict[Network, float]]:
    """Medians, by what was said and over which network; heard as it was decoded."""
    cases = [
        Case(codec, "L16", network, seed + 1)
        for codec in CODECS
        for network in NETWORKS
        for seed in range(seeds)
    ]
    found = iter(np.median(np.reshape(scores(cases), (-1, seeds)), axis=1))
    return {codec: {network: float(next(found)) for network in NETWORKS} for codec in CODECS}


def factors(heard: Mapping[Coding, Mapping[Network, float]]) -> dict[Coding, Factors]:
    """Of every codec, by what was heard behind networks that lose packets."""
    rated = {
        codec: np.interp([found[network] for network in LOSSY], _OPINIONS, _RATINGS)
        for codec, found in heard.items()
    }
    fits = {
        codec: _fitted(rated["PCMA"][0] - each, repeats=codec == "opus")
        for codec, each in rated.items()
    }
    scale = G711_BPL / fits["PCMA"].robustness
    return {codec: fit._replace(robustness=fit.robustness * scale) for codec, fit in fits.items()}


def _fitted(impairments: Floats, *, repeats: bool) -> Factors:
    percent = np.array([network.loss for network in LOSSY], np.float64)
    ratio = np.array([network.burst_ratio for network in LOSSY])
    if repeats:
        percent, ratio = percent * (1 - (1 - percent / 100) / ratio), np.ones_like(ratio)
    random = percent / ratio
    ie, bpl = np.meshgrid(np.arange(0, 40, 0.25), np.arange(2, 120, 0.1))
    made = ie[..., None] + (95 - ie[..., None]) * percent / (random + bpl[..., None])
    errors = np.square(made - impairments).sum(axis=-1)
    best = np.unravel_index(errors.argmin(), errors.shape)
    return Factors(float(ie[best]), float(bpl[best]))


def report(seeds: int) -> Iterator[str]:
    """The tables of docs/media.md."""
    heard = behind_networks(seeds)
    yield "| network | " + " | ".join(heard) + " |"
    yield "| --- |" + " --- |" * len(heard)
    for network in NETWORKS:
        row = " | ".join(f"{found[network]:.2f}" for found in heard.values())
        yield f"| {network} | {row} |"
    yield ""
    yield "| said | heard | score |"
    yield "| --- | --- | --- |"
    cases = [Case(said, other, Network(0)) for said, other in PAIRS]
    for case, mark in zip(cases, scores(cases), strict=True):
        yield f"| {case.said} | {case.heard} | {mark:.2f} |"
    yield ""
    for codec, each in factors(heard).items():
        yield f"| {codec} | {each.impairment:.1f} | {each.robustness:.1f} |"


if __name__ == "__main__":
    for line in report(int(sys.argv[1]) if len(sys.argv) > 1 else 9):
        print(line, flush=True)
