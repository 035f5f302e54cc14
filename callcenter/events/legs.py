"""A call's legs: their SIP sessions and their voices."""

from typing import Literal, TypeAlias

from callcenter.events.base import CallEvent
from lean import dataclass
from media.heard import Sign

VoiceLack: TypeAlias = Literal["no_packets", "silent"]


@dataclass(frozen=True, slots=True)
class LegOpened(CallEvent):
    """A SIP session became part of the call: the caller's, a phone's that rings, a carrier's."""

    sip_call_id: str
    party: str
    """Who is at its other end: `trunk NAME`, `seat NUMBER`."""


@dataclass(frozen=True, slots=True)
class LegClosed(CallEvent):
    """The session is over and its media port closed; may come after `CallEnded`."""

    sip_call_id: str
    packets_received: int
    packets_sent: int
    lost: int
    """Packets missing in the party's numbering."""
    jitter_ms: float
    party: str = ""
    """As in `LegOpened`."""
    worst_jitter_ms: float = 0.0
    round_trip_ms: float | None = None
    """None where the party's phone makes no reports (RTCP)."""
    mos: float | None = None
    """Mean opinion score of what came from the party, 1 to 4.5; None when nothing did."""
    remote_lost: int | None = None
    """Packets of ours that its phone has missed, as it reports."""
    remote_mos: float | None = None
    """The score that its phone reports."""
    missing_s: float = 0.0
    """For how long it was listened to in vain."""
    one_way: bool = False
    """Whether it was once not heard while another party was."""


@dataclass(frozen=True, slots=True)
class _OfVoice(CallEvent):
    """Something about the voice of one leg that somebody listens to."""

    sip_call_id: str
    party: str
    """As in `LegOpened`."""


@dataclass(frozen=True, slots=True)
class VoiceMissing(_OfVoice):
    """Nothing has been heard of it for `media.silence`."""

    lack: VoiceLack
    """No packets, or packets with nothing but silence."""


@dataclass(frozen=True, slots=True)
class OneWayAudio(_OfVoice):
    """It is missing while another leg of the call is heard: a broken way, or a muted phone."""

    lack: VoiceLack


@dataclass(frozen=True, slots=True)
class VoiceBack(_OfVoice):
    """It is heard again."""


@dataclass(frozen=True, slots=True)
class LineHeard(CallEvent):
    """What a call out sounds like, where that is listened to."""

    sip_call_id: str
    party: str
    """As in `LegOpened`."""
    sign: Sign
    kind: str
    """As in `media.heard.Heard`."""
    confidence: float
    """Up to 1.0."""
    answered: bool
    """Whether the call was answered by then."""
