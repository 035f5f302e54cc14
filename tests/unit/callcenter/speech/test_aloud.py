"""Words are heard as they are made."""

import asyncio

import pytest

from callcenter.speech.aloud import say
from callcenter.speech.prompt import Text
from callcenter.speech.provider import SpeechError
from tests.support.fake_media import FakePlane
from tests.support.fake_prompts import FakePrompts
from tests.support.virtual_loop import virtual_time

WORDS = [Text(word, "en") for word in ("one", "two", "three")]
"""Each lasts a second."""


def unexpected(error: SpeechError) -> None:
    raise AssertionError(error)


@virtual_time
async def test_the_first_is_heard_while_the_others_are_made() -> None:
    plane = FakePlane()
    port = plane.open_port()
    loop = asyncio.get_running_loop()
    began = loop.time()

    playback = await say(port, FakePrompts(plane, rendering_s=3.0), WORDS, unexpected)

    assert (loop.time() - began, port.heard) == (3.0, "one")
    assert await playback.done is True
    # made after 3, 6 and 9 s; the last one lasts a second
    assert loop.time() - began == pytest.approx(10.0)


@virtual_time
async def test_what_is_at_hand_is_heard_at_once() -> None:
    plane = FakePlane()
    port = plane.open_port()
    library = FakePrompts(plane)
    await library.load(*WORDS)

    playback = await say(port, library, WORDS, unexpected)

    assert port.heard == "one two three"
    playback.stop()


@virtual_time
async def test_who_hangs_up_waits_for_nothing_more() -> None:
    plane = FakePlane()
    port = plane.open_port()

    playback = await say(port, FakePrompts(plane, rendering_s=3.0), WORDS, unexpected)
    port.close()

    assert await playback.done is False
    await asyncio.sleep(0.1)  # and nothing is left running


@virtual_time
@pytest.mark.parametrize("missing", ["one", "two"])
async def test_what_cannot_be_made_is_told(missing: str) -> None:
    plane = FakePlane()
    port = plane.open_port()
    library = FakePrompts(plane, rendering_s=3.0, missing={missing})
    told: list[SpeechError] = []

    if missing == "one":
        with pytest.raises(SpeechError, match="one"):
            await say(port, library, WORDS, told.append)
        assert not told
    else:
        playback = await say(port, library, WORDS, told.append)
        assert await playback.done is False
        assert [str(error) for error in told] == ["two cannot be had"]
    assert port.heard == ""
