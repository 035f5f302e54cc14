"""Messages left by callers (voicemail)."""

from callcenter.events.base import CallEvent, Event
from lean import dataclass


@dataclass(frozen=True, slots=True)
class VoicemailLeft(CallEvent):
    """A message was stored."""

    box: str
    path: str
    """Relative to the voicemail folder; the file's name without its ending is the message's id."""
    ani: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class _OfMessage(Event):
    """Something that was done with a voicemail message."""

    box: str
    message_id: str
    heard: bool


@dataclass(frozen=True, slots=True)
class MessageMarked(_OfMessage):
    """It counts as heard, or no more."""


@dataclass(frozen=True, slots=True)
class MessageDeleted(_OfMessage):
    """It is no more; `heard` says what it was."""
