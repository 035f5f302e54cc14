"""What is kept of the voices of a talk."""

from callcenter.events.base import CallEvent
from lean import dataclass


@dataclass(frozen=True, slots=True)
class RecordingStarted(CallEvent):
    """The conversation is being written to a file."""

    recording_id: str
    path: str
    """Relative to the recordings folder."""
    agent_id: str = ""
    name: str = ""
    """Of one that somebody asked for by name."""


@dataclass(frozen=True, slots=True)
class RecordingPaused(CallEvent):
    """What is said from now on is in no file: card numbers."""

    recording_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class RecordingResumed(CallEvent):
    """The pause is over."""

    recording_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class RecordingStopped(CallEvent):
    """The file is complete."""

    recording_id: str
    path: str
    duration_s: float
    size: int
    """Bytes."""
    error: str
    """Empty when the file is whole; else why it ended early."""
    agent_id: str = ""
    name: str = ""
    """Of one that somebody asked for by name."""


@dataclass(frozen=True, slots=True)
class RecordingFailed(CallEvent):
    """The conversation is not recorded: the disk refused before anything began, or its voice cannot
    be decoded."""

    recording_id: str
    path: str
    """Where it was to be, relative to the recordings folder."""
    error: str
    agent_id: str = ""
