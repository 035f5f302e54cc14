"""What the tones sound like, judged by the tests' own ears."""

import itertools
import math

import pytest

from media import tones
from tests.support.audio import pcm_samples, power_at

RATE = 8000


def level_dbfs(samples: list[int]) -> float:
    return 10 * math.log10(sum(s * s for s in samples) / len(samples) / 32767**2)


@pytest.mark.parametrize(
    ("pcm", "hz", "on_s", "period_s"),
    [
        (tones.beep(), 1000, 0.4, 0.4),
        (tones.ringback(), 450, 1.0, 5.0),
        (tones.busy(), 450, 0.35, 0.7),
    ],
    ids=["beep", "ringback", "busy"],
)
def test_a_tone_has_its_pitch_level_and_cadence(
    pcm: bytes, hz: float, on_s: float, period_s: float
) -> None:
    samples = pcm_samples(pcm)
    sounding, rest = samples[: round(on_s * RATE)], samples[round(on_s * RATE) :]

    assert len(samples) == round(period_s * RATE)
    assert power_at(sounding, hz) > 0.98
    assert level_dbfs(sounding) == pytest.approx(-16, abs=1)
    assert (sounding[0], sounding[-1]) == (0, 0)
    assert not any(rest)


def test_silence_is_silent() -> None:
    assert tones.silence(0.5) == bytes(8000)


def test_the_music_is_quiet_steady_and_loops_without_a_seam() -> None:
    samples = pcm_samples(tones.music())
    steps = [abs(after - before) for before, after in itertools.pairwise(samples)]

    assert len(samples) == 16 * RATE
    assert max(map(abs, samples)) < 0.26 * 32767
    for second in range(16):
        assert -40 < level_dbfs(samples[second * RATE : (second + 1) * RATE]) < -18
    assert abs(samples[0] - samples[-1]) <= max(steps)


def test_every_named_tone_can_be_made() -> None:
    assert tones.TONES["busy"]() == tones.busy()
    assert set(tones.TONES) == {"beep", "ringback", "busy", "music"}
