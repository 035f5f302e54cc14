"""Prompts that need no speech: each lasts a second and is known by what it says."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callcenter.speech.prompt import File, NetworkTone, Prompt, Silence, Text, Tone
from callcenter.speech.provider import SpeechError
from tests.support.fake_media import FakePlane


@dataclass
class FakePrompts:
    """Loads labels, as `FakePort.heard` tells them, into a fake plane."""

    plane: FakePlane
    rendering_s: float = 0.0
    """How long a prompt that was never asked for before takes to be made."""
    missing: set[str] = field(default_factory=set)
    """Labels of prompts that cannot be had."""
    loaded: dict[Prompt, int] = field(default_factory=dict)

    async def load(self, *prompts: Prompt) -> Sequence[int]:
        """See `callcenter.switch.services.Prompts`."""
        for prompt in prompts:
            if label(prompt) in self.missing:
                raise SpeechError(f"{label(prompt)} cannot be had")
            if prompt not in self.loaded:
                if self.rendering_s:
                    await asyncio.sleep(self.rendering_s)
                self.loaded[prompt] = audio = self.plane.load_audio(bytes(16_000))
                self.plane.labels[audio] = label(prompt)
        return [self.loaded[prompt] for prompt in prompts]

    async def decode(self, path: Path) -> bytes:
        """See `callcenter.switch.services.Prompts`; a second long."""
        if path.name in self.missing:
            raise SpeechError(f"{path} cannot be read")
        return bytes(16_000)

    def at_hand(self, *prompts: Prompt) -> Sequence[int] | None:
        """See `callcenter.switch.services.Prompts`."""
        if not all(prompt in self.loaded for prompt in prompts):
            return None
        return [self.loaded[prompt] for prompt in prompts]


def label(prompt: Prompt) -> str:
    """How `FakePort.heard` names a prompt."""
    match prompt:
        case Text(text, _):
            return text
        case File(name):
            return name
        case Tone(name):
            return f"<{name}>"
        case NetworkTone(name, "cn"):
            return f"<{name}>"
        case NetworkTone(name, plan):
            return f"<{name} {plan}>"
        case Silence():
            return "<silence>"
