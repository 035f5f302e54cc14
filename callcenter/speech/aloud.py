"""Words that are heard while the rest of them is still made."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from callcenter.speech.prompt import Prompt
from callcenter.speech.provider import SpeechError
from media.plane import Playback, Port


class Library(Protocol):
    """The part of the prompt library that makes them."""

    async def load(self, *prompts: Prompt) -> Sequence[int]: ...
    def at_hand(self, *prompts: Prompt) -> Sequence[int] | None: ...


async def say(
    port: Port, library: Library, words: Sequence[Prompt], failed: Callable[[SpeechError], None]
) -> Playback:
    """Plays `words` one after the other, the first as soon as it is there.

    `SpeechError` when the first cannot be had; where a later one cannot, the playback stops and
    `failed` is told.
    """
    at_hand = library.at_hand(*words)
    if at_hand is not None:
        return port.play(at_hand)
    playback = port.play(await library.load(words[0]), more=True)
    feeding = asyncio.create_task(_feed(playback, library, words[1:], failed), name="words to come")
    playback.done.add_done_callback(lambda _: feeding.cancel())
    return playback


async def _feed(
    playback: Playback,
    library: Library,
    words: Sequence[Prompt],
    failed: Callable[[SpeechError], None],
) -> None:
    try:
        for word in words:
            playback.append(await library.load(word))
    except SpeechError as error:
        playback.stop()
        failed(error)
    else:
        playback.finish()
