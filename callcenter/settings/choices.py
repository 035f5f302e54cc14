"""Values of which there are a few, by name."""

from typing import Annotated, Literal, TypeAlias

from callcenter.settings.checks import CHOICE, NOT_EMPTY, unique

DialRight: TypeAlias = Literal["none", "internal", "whitelist", "national", "all"]
Codec: TypeAlias = Annotated[Literal["PCMA", "PCMU", "G722", "L16", "opus"], CHOICE]
Codecs: TypeAlias = Annotated[tuple[Codec, ...], NOT_EMPTY, unique("codec")]
DigestAlgorithms: TypeAlias = Annotated[
    tuple[Annotated[Literal["SHA-512-256", "SHA-256", "MD5"], CHOICE], ...],
    NOT_EMPTY,
    unique("algorithm"),
]
SeatKind: TypeAlias = Annotated[Literal["sip", "number", "webrtc"], CHOICE]
AnswerWhen: TypeAlias = Annotated[Literal["at_once", "first_prompt", "agent"], CHOICE]
"""When callers are answered by the 200."""
CallbackFirst: TypeAlias = Annotated[Literal["agent", "customer"], CHOICE]
"""Whom a callback calls first."""
ServiceLevelFormula: TypeAlias = Annotated[
    Literal["handled", "without_abandoned", "positive", "negative"], CHOICE
]
"""See `callcenter.statistics.figures.FORMULAS`."""
ReliableProvisionals: TypeAlias = Annotated[
    Literal["on_demand", "if_supported", "required"], CHOICE
]
AnswerMode: TypeAlias = Annotated[Literal["phone", "protocol", "nailed_up"], CHOICE]
StrategyName: TypeAlias = Literal[
    "longest_idle",
    "fewest_contacts",
    "most_skilled",
    "least_skilled",
    "least_occupied",
    "round_robin",
    "ranked",
    "random",
    "ring_all",
]
SrtpWish: TypeAlias = Literal["off", "optional", "required"]
OpaqueWish: TypeAlias = Literal["pass", "refuse"]
Opaque: TypeAlias = Annotated[OpaqueWish, CHOICE]
Srtp: TypeAlias = Annotated[SrtpWish, CHOICE]
Strategy: TypeAlias = Annotated[StrategyName, CHOICE]
IdleTimeName: TypeAlias = Literal["state_change", "contact", "available"]
IdleTime: TypeAlias = Annotated[IdleTimeName, CHOICE]
"""Since when an agent counts as idle."""
Language: TypeAlias = Annotated[Literal["en", "zh"], CHOICE]
AgentClass: TypeAlias = Annotated[Literal["agent", "supervisor"], CHOICE]
