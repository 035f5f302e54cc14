"""What agents do at their desks with calls and messages: further kinds of the event stream."""

from callcenter.events import CallEvent, Event
from lean import dataclass


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
class DispositionSet(CallEvent):
    """An agent said what came of the call (WZ-3.11b); it takes the place of what they said before.

    May come after `CallEnded`.
    """

    agent_id: str
    seat_no: str
    queue: str
    """Whose call it was; empty for none's."""
    codes: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class DigitsReceived(Event):
    """A party outside has pressed a key in a talk.

    No `CallEvent`: keys may be a PIN or a card's number, and are kept and shown nowhere but at the
    agents' who talk.
    """

    call_id: str
    agents: tuple[str, ...]
    number: str
    """Of who pressed it."""
    digits: str


@dataclass(frozen=True, slots=True)
class HoldRecalled(CallEvent):
    """A party at a seat was reminded that it holds the other."""

    agent_id: str
    """Empty for somebody who is no agent."""
    seat_no: str
    held_s: float


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
