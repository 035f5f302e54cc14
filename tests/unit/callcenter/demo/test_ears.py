"""Tones, speech and music are told apart, after the telephone's codec has been at them."""

import random
from functools import cache
from itertools import pairwise

import pytest

from callcenter.demo.ears import (
    Sound,
    dominant_tone,
    judge,
    level,
    pitch,
    power_at,
    share_of_tone,
    silence,
    tone,
)
from callcenter.demo.g711 import alaw_decode, alaw_encode
from callcenter.speech import levels
from callcenter.speech.espeak import Espeak
from media import tones
from tests.support.audio import pcm_samples

_SECOND = 8000


@cache
def _espeak() -> Espeak:
    return Espeak()


def _spoken(text: str, language: str) -> list[int]:
    raw = levels.resampled(levels.samples(_espeak().speak(text, language)), _espeak().rate)
    return pcm_samples(levels.pcm(levels.levelled(levels.trimmed(raw))))


def _sounds(samples: list[int], seconds: float) -> set[Sound]:
    """The verdicts on every stretch of that length, each half a second after the last."""
    size, heard = round(seconds * _SECOND), alaw_decode(alaw_encode(samples))
    starts = range(0, len(heard) - size + 1, _SECOND // 2)
    return {judge(heard[start : start + size]).sound for start in starts}


def test_the_dominant_tone_is_told_from_its_neighbours() -> None:
    candidates = [350, 440, 550, 660]
    assert dominant_tone(tone(550, 0.2), candidates) == 550
    assert power_at(tone(550, 0.2), 440) < 0.01


@pytest.mark.parametrize("samples", [[], silence(0.1), tone(1000, 0.1)])
def test_no_candidate_is_dominant_where_none_sounds(samples: list[int]) -> None:
    assert dominant_tone(samples, [440, 550]) is None


def test_a_mixture_is_shared_between_its_tones() -> None:
    mixed = [a + b for a, b in zip(tone(400, 0.2), tone(600, 0.2), strict=True)]
    assert power_at(mixed, 400) == pytest.approx(0.5, abs=0.02)
    assert power_at(mixed, 600) == pytest.approx(0.5, abs=0.02)
    assert pitch(mixed) is None


@pytest.mark.parametrize("hz", [200, 440, 620, 997, 3000])
def test_a_tones_pitch_is_found(hz: int) -> None:
    verdict = judge(alaw_decode(alaw_encode(tone(hz, 0.3))))
    assert verdict.sound == "tone"
    assert verdict.hz == pytest.approx(hz, abs=1)


def test_a_tone_that_begins_in_the_middle_is_not_one_yet() -> None:
    assert judge(silence(0.15) + tone(440, 0.15)).sound != "tone"


def test_levels_are_those_of_a_sine() -> None:
    assert level(tone(1000, 0.1, amplitude=32767)) == pytest.approx(-3.01, abs=0.01)
    assert level(silence(0.1)) == level([]) == -96.0


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Welcome, and thank you for calling.", "en"),
        ("For sales, press 1. For support, press 2. To leave a message, press 0.", "en"),
        ("Agent 1 0 0 1 at your service.", "en"),
        ("您好，欢迎致电。", "zh"),
        ("销售请按1，技术支持请按2，留言请按0。", "zh"),
        ("工号 1 0 0 1 为您服务。", "zh"),
    ],
)
def test_speech_is_speech(text: str, language: str) -> None:
    assert _sounds(_spoken(text, language), 1.0) == {"speech"}


def test_music_is_music_wherever_one_listens() -> None:
    assert _sounds(pcm_samples(tones.music()), 2.0) == {"music"}


def test_nothing_else_is_taken_for_speech_or_music() -> None:
    generator = random.Random(7)
    noise = [generator.randrange(-8000, 8000) for _ in range(2 * _SECOND)]
    tremor = [sample if n // 400 % 2 else sample // 2 for n, sample in enumerate(tone(440, 2))]
    for samples in (noise, pcm_samples(tones.progress_tone("cn", "busy")) * 3, tremor, silence(2)):
        assert _sounds(samples, 2.0).isdisjoint({"speech", "music"})


def test_no_audio_is_nothing_and_faint_audio_is_silence() -> None:
    assert judge([]).sound == "nothing"
    assert judge(tone(440, 0.3, amplitude=20)).sound == "silence"


def test_a_seamless_second_stays_a_tone_across_its_seam() -> None:
    samples = tone(620, 1.0) * 2
    assert max(abs(b - a) for a, b in pairwise(samples)) < 6000
    assert judge(samples).hz == pytest.approx(620, abs=0.1)


def test_late_packets_cost_a_long_tone_their_own_stretches_only() -> None:
    talk = tone(620, 3.6)
    for at in (6000, 13_000, 21_000):
        talk[at:at] = silence(0.02)
    assert power_at(talk, 620) < 0.5
    assert share_of_tone(talk, 620) > 0.9
    assert share_of_tone(talk, 440) < 0.01
    assert share_of_tone(tone(620, 1.0) + tone(440, 1.0), 620) == pytest.approx(0.5, abs=0.01)
    turned = tone(440, 0.25) + silence(0.0216) + tone(440, 0.25)  # by half a cycle
    assert power_at(turned, 440) < 0.1
    assert dominant_tone(turned, [350, 440, 620]) == 440
    assert share_of_tone([], 620) == share_of_tone(silence(1.0), 620) == 0.0
