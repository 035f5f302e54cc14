"""What the engine's ears make of samples: confusion matrices."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from media._engine import listen
from media.heard import Ear
from tests.load.listening.samples import ANSWERS, PROGRESS, VOICE, Sample, drawn, talk


@dataclass(slots=True)
class Matrix:
    """How often what was taken for what."""

    title: str
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """The samples that were taken for something else."""

    def note(self, sample: Sample, heard: str) -> None:
        """One more sample."""
        self.counts[sample.what, heard] += 1
        if sample.what != heard:
            self.wrong.append(f"{heard}: {sample.about}")

    @property
    def right(self) -> float:
        """The share of the samples that were taken for what they are."""
        return sum(n for (is_, heard), n in self.counts.items() if is_ == heard) / self.total

    @property
    def total(self) -> int:
        """Samples."""
        return self.counts.total()

    def recall(self, what: str) -> float:
        """Of all that is it, the share that was taken for it."""
        all_ = sum(n for (is_, _), n in self.counts.items() if is_ == what)
        return self.counts[what, what] / all_

    def precision(self, what: str) -> float:
        """Of all that was taken for it, the share that is it."""
        taken = sum(n for (_, heard), n in self.counts.items() if heard == what)
        return self.counts[what, what] / taken if taken else 1.0

    def table(self) -> str:
        """In Markdown; a row for what it is, a column for what it was taken for."""
        rows = list(dict.fromkeys(is_ for is_, _ in sorted(self.counts)))
        columns = list(dict.fromkeys([*rows, *(heard for _, heard in sorted(self.counts))]))
        lines = [
            f"## {self.title}",
            "",
            f"{self.total} samples, {self.right:.1%} right.",
            "",
            "| is \\ heard as | " + " | ".join(columns) + " | recall | precision |",
            "|" + " --- |" * (len(columns) + 3),
        ]
        for row in rows:
            cells = [str(self.counts[row, column] or "") for column in columns]
            shares = f"{self.recall(row):.1%} | {self.precision(row):.1%}"
            lines.append(f"| {row} | " + " | ".join(cells) + f" | {shares} |")
        return "\n".join(lines) + "\n"


def signs(sample: Sample, ears: Sequence[Ear]) -> list[tuple[int, str]]:
    """What was told, and when."""
    events = listen(sample.payloads, sample.law, ears)
    return [(at, event[2]) for at, event in events if event[0] == "heard"]


def progress(count: int, seed: int) -> Matrix:
    """Before an answer: the first thing told."""
    matrix = Matrix("Before an answer")
    for sample in drawn(PROGRESS, count, seed):
        told = [sign for _, sign in signs(sample, ["progress"])]
        matrix.note(sample, told[0] if told else "nothing")
    return matrix


def answers(count: int, seed: int) -> Matrix:
    """After an answer: who it is, and whether a beep was heard."""
    matrix = Matrix("After an answer")
    for sample in drawn(ANSWERS, count, seed):
        told = [sign for _, sign in signs(sample, ["machine"])]
        heard = told[0] if told else "nothing"
        if "beep" in told:
            heard = "machine and beep" if heard in ("machine", "beep") else f"{heard} and beep"
        matrix.note(sample, heard)
    return matrix


def voices(count: int, seed: int) -> Matrix:
    """Whether somebody speaks."""
    matrix = Matrix("Voice activity")
    for sample in drawn(VOICE, count, seed):
        told = [sign for _, sign in signs(sample, ["voice"])]
        matrix.note(sample, "voice" if "voice_started" in told else "nothing")
    return matrix


def bounds(count: int, seed: int) -> tuple[float, float]:
    """How long after a voice starts it is told to, and after it stops: the medians, in seconds."""
    starts, stops = [], []
    for n in range(count):
        sample, (begin, end) = talk(np.random.default_rng([seed, n]))
        told = signs(sample, ["voice"])
        starts += [at / 1000 - begin for at, sign in told[:1] if sign == "voice_started"]
        stops += [at / 1000 - end for at, sign in told[-1:] if sign == "voice_stopped"]
    return statistics.median(starts), statistics.median(stops)
