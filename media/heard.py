"""What can be heard of how an outgoing call goes."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Ear: TypeAlias = Literal["progress", "machine", "voice"]
"""What a port may be asked to listen for: how a call goes before it is answered; who answered, from
the answer on; when a voice starts and stops."""

Sign: TypeAlias = Literal[
    "ringback",
    "busy",
    "congestion",
    "special_information",
    "colour_ringback",
    "human",
    "machine",
    "silent",
    "beep",
    "voice_started",
    "voice_stopped",
]
"""Of `progress`: up to `colour_ringback`, which is music or speech in place of ring-back. Of
`machine`: who answered, or that nobody says anything; `beep`: an answering machine's is over, so
that it records. Of `voice`: the last two."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One sign and how sure it is."""

    sign: Sign
    kind: str
    """Of special information: what it announces (`intercept`, `vacant`, `reorder`, `no_circuit`,
    `ineffective`, `unspecified`); of a colour ring-back: `music` or `speech`; else empty."""
    confidence: float
    """Up to 1.0."""
