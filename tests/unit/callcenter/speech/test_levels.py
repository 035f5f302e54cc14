"""One loudness for everything that is played."""

import math

import numpy as np
import pytest

from callcenter.speech import levels
from tests.support.audio import pcm_samples, power_at


def sine(hz: float, seconds: float, amplitude: float, rate: int = 8000) -> levels.Samples:
    moments = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * math.pi * hz * moments)).astype(np.float32)


def dbfs(audio: levels.Samples) -> float:
    return 20 * math.log10(float(np.sqrt(np.mean(np.square(audio)))))


def test_resampling_keeps_the_pitch_and_drops_what_a_telephone_cannot_carry() -> None:
    kept = levels.resampled(sine(1000, 1.0, 0.5, 44100), 44100)
    dropped = levels.resampled(sine(7000, 1.0, 0.5, 44100), 44100)

    assert kept.size == pytest.approx(8000, abs=2)
    assert power_at(pcm_samples(levels.pcm(kept)), 1000) > 0.98
    assert dbfs(dropped) < -50


@pytest.mark.parametrize("amplitude", [0.01, 0.1, 0.9])
def test_loud_and_soft_come_out_alike(amplitude: float) -> None:
    assert dbfs(levels.levelled(sine(440, 1.0, amplitude))) == pytest.approx(-16, abs=0.2)


def test_pauses_do_not_count() -> None:
    speech = sine(440, 1.0, 0.1)
    with_pause = np.concatenate([speech, np.zeros(16000, np.float32)])

    assert dbfs(levels.levelled(with_pause)[:8000]) == pytest.approx(-16, abs=0.2)


def test_noise_is_not_raised_without_end() -> None:
    assert dbfs(levels.levelled(sine(440, 1.0, 0.0001))) == pytest.approx(-53, abs=1)


def test_peaks_are_held_and_the_rest_is_left_alone() -> None:
    audio = sine(440, 1.0, 0.05)
    audio[4000:4040] *= 15

    limited = levels.levelled(audio)

    assert np.abs(limited).max() <= 0.9
    assert limited[:3000] == pytest.approx(audio[:3000] * (limited[10] / audio[10]), abs=1e-4)


@pytest.mark.parametrize("audio", [np.zeros(0, np.float32), np.zeros(999, np.float32)])
def test_silence_stays_silence(audio: levels.Samples) -> None:
    assert not levels.levelled(audio).any()
    assert levels.trimmed(audio).size == 0


def test_silence_at_the_ends_is_trimmed_to_a_pad() -> None:
    quiet = np.zeros(4000, np.float32)

    trimmed = levels.trimmed(np.concatenate([quiet, sine(440, 1.0, 0.5), quiet]))

    assert trimmed.size == pytest.approx(8000 + 640, abs=10)


def test_samples_and_back() -> None:
    pcm = np.array([0, 1, -1, 32767, -32767], "<i2").tobytes()

    assert levels.pcm(levels.samples(pcm) * np.float32(32768 / 32767)) == pcm
