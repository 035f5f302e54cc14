"""What a caller hears and may press while waiting in a queue: music, announcements, keys."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from callcenter.events import WaitAnnounced
from callcenter.speech.phrases import sentence
from callcenter.speech.prompt import Text
from callcenter.speech.provider import SpeechError
from callcenter.statistics.forecast import MINUTE, Expectation
from callcenter.switch import answering
from callcenter.switch.tones import music
from media.plane import Playback

if TYPE_CHECKING:
    from callcenter.switch.call import Call

LAST_POSITION = 99
"""Who stands further back is not told where."""


class Waiting:
    """One wait; `begin` and `end` around it."""

    def __init__(self, call: "Call", queue: str) -> None:
        self._call = call
        self._services = call.services
        self._queue = call.services.queues[queue]
        self._pressed: Callable[[str], bool] | None = None
        self._music: Sequence[int] = ()
        self._announcing: asyncio.Task[None] | None = None
        self._playback: Playback | None = None
        self._told: tuple[int, float | None] | None = None
        """Position and longest further wait, as told last."""

    async def begin(self, pressed: Callable[[str], bool]) -> None:
        """Music and announcements until `end`, if the caller hears us already; keys in any case.

        `pressed` is told each key, and says whether it means something here. A file that fails
        costs the music, not the call.
        """
        call, queue, services = self._call, self._queue, self._services
        self._pressed = pressed
        call.leg.listen(self._key, services.clock.now)
        if not answering.wait_begins(call, queue):
            return
        try:
            self._music = await services.prompts.load(*music(call, queue))
        except SpeechError as error:
            call.log.error("no music", error=str(error))
        self._play_music()
        if queue.announce_after is not None:
            self._announcing = asyncio.create_task(self._announce(queue.announce_after))

    def end(self) -> None:
        """Silence."""
        if self._announcing is not None:
            self._announcing.cancel()
            self._announcing = None
        self._pressed = None
        self._call.leg.stop_listening()
        self._call.leg.port.stop_play()

    def _play_music(self) -> None:
        if self._music:
            self._call.leg.port.play_untold(self._music, loop=True)

    def _key(self, key: str) -> None:
        """A key that means nothing still stops what is being said."""
        known = self._pressed is not None and self._pressed(key)
        if not known and self._playback is not None:
            self._playback.stop()

    async def _announce(self, after: float) -> None:
        await asyncio.sleep(after)
        while True:
            if texts := self._texts():
                await self.say(texts)
            await asyncio.sleep(self._queue.announce_every)

    def interrupt(self, texts: Sequence[Text]) -> None:
        """Says something now, in place of whatever is heard; announcements begin anew."""
        if self._announcing is not None:
            self._announcing.cancel()
        self._announcing = asyncio.create_task(self._interrupt(texts))

    async def _interrupt(self, texts: Sequence[Text]) -> None:
        await self.say(texts)
        if self._queue.announce_after is not None:
            await self._announce(self._queue.announce_every)

    async def say(self, texts: Sequence[Text]) -> None:
        """In place of the music; to the end, or until a key is pressed."""
        try:
            audio = await self._services.prompts.load(*texts)
        except SpeechError as error:
            self._call.log.error("announcement cannot be played", error=str(error))
            return
        self._playback = self._call.leg.port.play(audio)
        await self._playback.done
        self._playback = None
        self._play_music()

    def _texts(self) -> Sequence[Text]:
        """What there is to tell now; nothing while a phone rings, and nothing worse than before."""
        queue, call = self._queue, self._call
        found = self._services.forecast.expectation(call.call_id, queue.name)
        if found is None:
            return ()
        position = found.position if queue.announce_position else None
        longest = found.range_s[1] if queue.announce_wait and found.range_s is not None else None
        if queue.announce_improved and not self._improved(found.position, longest):
            position = longest = None
        texts: list[Text] = []
        if position is not None and position <= LAST_POSITION:
            texts.append(position_text(position, call.language))
        if longest is not None and found.range_s is not None:
            texts.append(wait_text(found.range_s, call.language))
        if texts:
            self._told = found.position, longest
            self._tell(found, wait_told=longest is not None)
        if queue.callback is not None and queue.callback.key is not None:
            texts.append(sentence("callback", call.language, key=queue.callback.key))
        return texts

    def _improved(self, position: int, longest: float | None) -> bool:
        """Whether one of both is better than told before, and neither is worse."""
        if self._told is None:
            return True
        told_position, told_longest = self._told
        if position > told_position:
            return False
        if longest is None or told_longest is None:
            return position < told_position
        return longest <= told_longest and (position, longest) != self._told

    def _tell(self, found: Expectation, *, wait_told: bool) -> None:
        low, high = found.range_s if wait_told and found.range_s is not None else (None, None)
        self._services.stream.emit(
            WaitAnnounced(
                self._services.clock.now(),
                self._call.call_id,
                self._queue.name,
                found.position,
                low,
                high,
            )
        )


def position_text(position: int, language: str) -> Text:
    """Where somebody stands in the line."""
    if position == 1:
        return sentence("next", language)
    return sentence("position", language, position=position)


def wait_text(range_s: tuple[float, float], language: str) -> Text:
    """In how many minutes somebody's wait will end."""
    low, high = (round(seconds / MINUTE) for seconds in range_s)
    if high <= 1:
        return sentence("within_a_minute", language)
    if low == 0:
        return sentence("within", language, high=high)
    return sentence("between", language, low=low, high=high)
