"""What can be played to a caller."""

from dataclasses import dataclass
from typing import TypeAlias

from media.tones import ToneName


@dataclass(frozen=True, slots=True)
class Text:
    """Words to be spoken."""

    text: str
    language: str
    """`zh`, `en`, or another language of the renderer."""


@dataclass(frozen=True, slots=True)
class File:
    """A recorded prompt: wav, flac, ogg or mp3."""

    name: str
    """Path inside the folder of prompts."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A computed tone, or the default music."""

    name: ToneName


@dataclass(frozen=True, slots=True)
class Silence:
    """A pause."""

    seconds: float


Prompt: TypeAlias = Text | File | Tone | Silence
