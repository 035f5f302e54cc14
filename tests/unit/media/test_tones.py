"""What the tones sound like, judged by the tests' own ears."""

import itertools
import math

import pytest

from media import tones
from media.tone_plans import PLANS, PlanName, ProgressTone
from tests.support.audio import pcm_samples, power_at

RATE = 8000


def level_dbfs(samples: list[int]) -> float:
    return 10 * math.log10(sum(s * s for s in samples) / len(samples) / 32767**2)


def test_the_beep_has_its_pitch_and_level() -> None:
    samples = pcm_samples(tones.beep())
    assert len(samples) == 0.4 * RATE
    assert power_at(samples, 1000) > 0.98
    assert level_dbfs(samples) == pytest.approx(-16, abs=1)


@pytest.mark.parametrize(
    ("plan", "name"), [(plan, name) for plan, named in PLANS.items() for name in named]
)
def test_a_tone_of_the_network_has_its_pitches_level_and_cadence(
    plan: PlanName, name: ProgressTone
) -> None:
    samples = pcm_samples(tones.progress_tone(plan, name))
    assert samples[0] == samples[-1] == 0
    for burst in PLANS[plan][name]:
        length = round(burst.seconds * RATE)
        part, samples = samples[:length], samples[length:]
        if not burst.hz:
            assert not any(part)
            continue
        # Both tones of two are there, equally loud, and nothing else.
        assert level_dbfs(part) == pytest.approx(-16, abs=1)
        shares = [power_at(part, hz) for hz in burst.hz]
        assert sum(shares) > 0.95
        assert min(shares) > 0.9 / len(shares)
    assert samples == []


def test_the_periods_are_those_of_the_countries() -> None:
    seconds = {
        plan: [sum(burst.seconds for burst in named[name]) for name in ("ringback", "busy")]
        for plan, named in PLANS.items()
    }
    assert seconds == {
        "cn": [5.0, 0.7],
        "hk": [4.0, 1.0],
        "us": [6.0, 1.0],
        "uk": [3.0, 0.75],
        "de": [5.0, 0.96],
        "eu": [5.0, 1.0],
    }


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


def test_every_plain_tone_can_be_made() -> None:
    assert tones.PLAIN_TONES["beep"]() == tones.beep()
    assert set(tones.PLAIN_TONES) == {"beep", "music"}
