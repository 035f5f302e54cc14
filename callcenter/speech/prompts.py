"""Prompts as audio in the media plane: from memory, else from disk, else made and kept."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from callcenter.speech.cache import AudioCache, key
from callcenter.speech.prompt import File, NetworkTone, Prompt, Silence, Text, Tone
from callcenter.speech.provider import Decoder, PromptMissingError, Renderer, SpeechError
from callcenter.speech.spelling import split_spelled
from media import tones

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_SILENCE_S = 60.0
_log = structlog.get_logger(__name__)


class AudioStore(Protocol):
    """The part of the media plane that holds audio."""

    def load_audio(self, pcm: bytes) -> int: ...
    def drop_audio(self, audio: int) -> None: ...


@dataclass(frozen=True, slots=True)
class PreloadFailure:
    """A prompt that will not be heard, and why."""

    prompt: Prompt
    reason: str


@dataclass(slots=True)
class _Loaded:
    audio: int
    size: int
    used: int
    """How many uses of whatever prompt there had been by the last one of this."""


class PromptLibrary:
    """Makes every prompt once.

    Audio ids are good until the next `load` of anything: play them at once. What was least recently
    used leaves the media plane when more than `memory_bytes` are loaded; what is playing plays on.
    """

    def __init__(
        self,
        plane: AudioStore,
        *,
        cache_dir: Path,
        prompts_dir: Path | None,
        renderer: Renderer,
        decoder: Decoder,
        memory_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._plane = plane
        self._cache = AudioCache(cache_dir)
        self._prompts_dir = prompts_dir
        self._renderer = renderer
        self._decoder = decoder
        self._memory_bytes = memory_bytes
        self._loaded: dict[Prompt, _Loaded] = {}
        self._uses = 0
        self._loaded_bytes = 0
        self._loading: dict[Prompt, asyncio.Task[None]] = {}
        self._pinned: Counter[Prompt] = Counter()
        self._warned = False
        """Said once that the cache cannot be written; the next start will say it again."""

    async def load(self, *prompts: Prompt) -> Sequence[int]:
        """The audio ids of the prompts, in order; without a pause when they are in memory.

        `SpeechError` names the first that cannot be had.
        """
        pieces = _pieces(prompts)
        audio = self._use(pieces)
        if audio is None:
            await self._fetch_all(pieces)
            audio = self._use(pieces)
            assert audio is not None
        return audio

    async def decode(self, path: Path) -> bytes:
        """A sound file that is no prompt, as the media plane takes it. `SpeechError`."""
        return await self._decoder.decode(path)

    def at_hand(self, *prompts: Prompt) -> Sequence[int] | None:
        """What `load` would return without a pause; None when something is not in memory."""
        return self._use(_pieces(prompts))

    def _use(self, pieces: Sequence[Prompt]) -> Sequence[int] | None:
        audio = []
        for piece in pieces:
            loaded = self._loaded.get(piece)
            if loaded is None:
                return None
            loaded.used = self._uses = self._uses + 1
            audio.append(loaded.audio)
        return audio

    async def preload(self, prompts: Iterable[Prompt]) -> list[PreloadFailure]:
        """Makes prompts ahead of the calls that need them; returns those that failed."""
        failures = []
        for prompt in prompts:
            try:
                await self.load(prompt)
            except SpeechError as error:
                failures.append(PreloadFailure(prompt, str(error)))
        return failures

    async def close(self) -> None:
        """Gives up what is being made. The media plane keeps its audio until it stops itself."""
        tasks = list(self._loading.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _fetch_all(self, pieces: Sequence[Prompt]) -> None:
        """Loads what is missing and keeps what is there from being dropped meanwhile."""
        self._pinned.update(pieces)
        try:
            for piece in pieces:
                if piece not in self._loaded:
                    await self._fetch(piece)
        finally:
            self._pinned.subtract(pieces)
            for piece in pieces:
                if not self._pinned[piece]:
                    del self._pinned[piece]

    async def _fetch(self, piece: Prompt) -> None:
        """Waits for the one task that makes it. It goes on when its caller hangs up: another will
        call."""
        task = self._loading.get(piece)
        if task is None:
            task = asyncio.create_task(self._make(piece), name=f"prompt {piece}")
            self._loading[piece] = task
            task.add_done_callback(lambda task: self._made(piece, task))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise SpeechError("the prompt library is closed") from None
            raise

    def _made(self, piece: Prompt, task: "asyncio.Task[None]") -> None:
        del self._loading[piece]
        if not task.cancelled():
            task.exception()  # Seen: whoever still waits gets it, and nobody else need hear of it.

    async def _make(self, piece: Prompt) -> None:
        try:
            name, make = await self._recipe(piece)
            pcm = await asyncio.to_thread(self._cache.read, name)
            if pcm is None:
                pcm = await make()
                await self._keep_on_disk(name, pcm)
        except PromptMissingError:
            raise
        except SpeechError as error:
            raise SpeechError(f"{piece}: {error}") from error
        self._keep_in_memory(piece, pcm)

    async def _recipe(self, piece: Prompt) -> tuple[str, Callable[[], Awaitable[bytes]]]:
        """Its name in the cache, and how to make it."""
        match piece:
            case Text(text, language):
                name = key("text", self._renderer.identity, language, text)
                return name, lambda: self._renderer.render(text, language)
            case File(file):
                path, digest = await asyncio.to_thread(_find, self._prompts_dir, file)
                name = key("file", self._decoder.identity, digest)
                return name, lambda: self._decoder.decode(path)
            case Tone(tone):
                name = key("tone", str(tones.REVISION), tone)
                return name, lambda: asyncio.to_thread(tones.PLAIN_TONES[tone])
            case NetworkTone(tone, plan):
                name = key("tone", str(tones.REVISION), tone, plan)
                return name, lambda: asyncio.to_thread(tones.progress_tone, plan, tone)
            case Silence(seconds):
                name = key("silence", f"{seconds:.3f}")
                return name, lambda: asyncio.to_thread(tones.silence, min(seconds, MAX_SILENCE_S))

    async def _keep_on_disk(self, name: str, pcm: bytes) -> None:
        try:
            await asyncio.to_thread(self._cache.write, name, pcm)
        except OSError as error:
            if not self._warned:
                self._warned = True
                _log.warning("speech.cache_not_written", error=str(error))

    def _keep_in_memory(self, piece: Prompt, pcm: bytes) -> None:
        self._uses += 1
        self._loaded[piece] = _Loaded(self._plane.load_audio(pcm), len(pcm), self._uses)
        self._loaded_bytes += len(pcm)
        if self._loaded_bytes > self._memory_bytes:
            self._make_room()

    def _make_room(self) -> None:
        for oldest, dropped in sorted(self._loaded.items(), key=lambda each: each[1].used):
            if self._loaded_bytes <= self._memory_bytes:
                break
            if oldest not in self._pinned:
                del self._loaded[oldest]
                self._loaded_bytes -= dropped.size
                self._plane.drop_audio(dropped.audio)


def _pieces(prompts: Iterable[Prompt]) -> Sequence[Prompt]:
    pieces: list[Prompt] = []
    for prompt in prompts:
        if isinstance(prompt, Text) and " " in prompt.text:
            pieces += split_spelled(prompt)
        else:
            pieces.append(prompt)
    return pieces


def _find(folder: Path | None, name: str) -> tuple[Path, str]:
    """The file's path and the hash of what is in it."""
    if folder is None:
        raise PromptMissingError(f"prompt file {name!r}: no folder of prompts is set")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise PromptMissingError(f"prompt file {name!r} is not in {folder}")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SpeechError(f"larger than {MAX_FILE_BYTES} bytes")
        return path, hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SpeechError(f"cannot be read: {error.strerror}") from error
