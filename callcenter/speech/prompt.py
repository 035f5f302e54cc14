"""What can be played to a caller."""

from typing import TypeAlias

from lean import dataclass
from media.tone_plans import PlanName, ProgressTone
from media.tones import PlainTone


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

    name: PlainTone


@dataclass(frozen=True, slots=True)
class NetworkTone:
    """A tone of the network (ring-back, busy …) as a country's callers know it."""

    name: ProgressTone
    plan: PlanName


@dataclass(frozen=True, slots=True)
class Silence:
    """A pause."""

    seconds: float


Prompt: TypeAlias = Text | File | Tone | NetworkTone | Silence
