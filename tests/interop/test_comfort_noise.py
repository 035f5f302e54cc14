"""Phones that send comfort noise in place of silence, through the real daemon.

What is heard of their pauses, and what stands in the recording. They are the tests' own: Debian's
either know no comfort noise (baresip) or crash when they are to send it (linphonec 5.1).
"""

import asyncio
import itertools
import math
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.audio import RATE, dominant_tone, pcm_samples
from tests.support.daemon import serving
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite, write_site
from tests.support.opaque_phone import KEYS
from tests.support.records import recording_of
from tests.support.suppressing_phone import COMFORT_NOISE, L16, NOISE, SuppressingPhone, samples_of

CALLER_HZ, AGENT_HZ = 440, 620
TONES = (350, CALLER_HZ, AGENT_HZ, 880)
WORDS_S, PAUSE_S = 0.6, 1.0
MEDIA = 'comfort_noise = true\ncodecs = ["PCMA", "L16"]\n'
FULL = 32_768


@pytest.fixture(scope="module")
def site(speech_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """Whose phones are offered comfort noise, and may speak L16."""
    with serving(write_site(tmp_path_factory.mktemp("noise"), speech_cache, media=MEDIA)) as daemon:
        yield daemon.site
        daemon.assert_healthy()


def level(samples: Sequence[int]) -> float:
    """In dBov."""
    power = sum(sample * sample for sample in samples) / len(samples)
    return 10 * math.log10(max(power, 1e-9)) - 20 * math.log10(FULL)


def between_words(samples: Sequence[int], hz: int) -> Sequence[int]:
    """What is heard between the first words and the next, but for 0.1 s at each end."""
    step = RATE // 10
    tenths = [samples[at : at + step] for at in range(0, len(samples) - step + 1, step)]
    said = [n for n, part in enumerate(tenths) if dominant_tone(part, TONES) == hz]
    [(first, last)] = [(a, b) for a, b in itertools.pairwise(said) if b - a > 2]
    return samples[(first + 2) * step : (last - 1) * step]


async def test_a_phone_that_takes_it_gets_it_as_it_was_sent(site: LiveSite) -> None:
    async with (
        SuppressingPhone(site, "8011", formats="8 13 101") as caller,
        SuppressingPhone(site, "8012", formats="8 13 101") as called,
    ):
        caller.dial("8012")
        await asyncio.gather(caller.until_answered(), called.until_answered())
        assert "RTP/AVP 8 96 13 101\r\n" in called.offered
        await caller.until_joined(called)
        called.heard.clear()
        await caller.speak(CALLER_HZ, WORDS_S, PAUSE_S)
        await called.until_heard(KEYS, caller.press(9))

        numbers = [packet.sequence for packet in called.heard]
        assert numbers == [(numbers[0] + n) % 2**16 for n in range(len(numbers))]
        [at] = [n for n, packet in enumerate(called.heard) if packet.payload_type == COMFORT_NOISE]
        before, noise, after = called.heard[at - 1 : at + 2]
        assert noise.payload == NOISE
        assert (noise.timestamp - before.timestamp) % 2**32 == 160
        assert (after.timestamp - noise.timestamp) % 2**32 == PAUSE_S * RATE


async def test_who_hears_it_mixed_hears_the_room_and_the_recording_is_silent(
    site: LiveSite,
) -> None:
    """The caller speaks another codec, so what they hear is made here."""
    async with (
        SuppressingPhone(site, "8001", formats="8 101") as phone,
        desk(site) as agent,
        SuppressingPhone(site, "8011", formats="96 101") as caller,
    ):
        caller.dial("4001")
        await asyncio.gather(caller.until_answered(), phone.until_answered())
        started = await agent.wait_for("call.recording_started")
        assert caller.call is not None
        caller.heard.clear()
        await asyncio.gather(
            phone.speak(AGENT_HZ, WORDS_S, PAUSE_S), caller.talk(CALLER_HZ, 2 * WORDS_S + PAUSE_S)
        )
        voice = [packet for packet in caller.heard if packet.payload_type == L16]
        caller.call.hangup()
        await agent.wait_for("call.recording_stopped")

    times = [packet.timestamp for packet in voice]
    assert {(b - a) % 2**32 for a, b in itertools.pairwise(times)} == {160}, "no gap"
    heard = [sample for packet in voice for sample in samples_of(packet)]
    room = between_words(heard, AGENT_HZ)
    assert len(room) >= 0.6 * RATE
    assert abs(level(room) - -40) < 2

    recording = await recording_of(site, str(started.call_id))
    with wave.open(str(site.recordings / recording.path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        both = pcm_samples(file.readframes(file.getnframes()))
    silence = between_words(both[1::2], AGENT_HZ)
    assert abs(len(silence) - (PAUSE_S - 0.2) * RATE) <= 0.15 * RATE, "where it was"
    assert not any(silence)
    assert dominant_tone(both[::2][RATE : 2 * RATE], TONES) == CALLER_HZ, "the other side goes on"
