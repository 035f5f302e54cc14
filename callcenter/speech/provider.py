"""Who turns texts and files into audio. A text-to-speech service plugs in behind `Renderer`.

Audio is always S16LE, mono, 8000 Hz.
"""

from pathlib import Path
from typing import Protocol


class SpeechError(Exception):
    """A prompt could not be made; the message says which and why. The call goes on without it."""


class PromptMissingError(SpeechError):
    """A recorded prompt is not where it should be."""


class Renderer(Protocol):
    """Speaks texts."""

    @property
    def identity(self) -> str:
        """Names engine, version and voice: audio is cached for as long as this stays the same."""
        ...

    async def render(self, text: str, language: str) -> bytes:
        """The text spoken. `SpeechError` when it cannot be, or not in time."""
        ...


class Decoder(Protocol):
    """Reads audio files."""

    @property
    def identity(self) -> str:
        """Like `Renderer.identity`."""
        ...

    async def decode(self, path: Path) -> bytes:
        """The file's audio. `SpeechError` when it is none, or not in time."""
        ...
