"""What the parties do within a talk, whether a queue led to it or not."""

from typing import Literal

from callcenter.events.base import CallEvent, Event, PartyEvent
from lean import dataclass


@dataclass(frozen=True, slots=True)
class CallHeld(PartyEvent):
    """A party holds the other, by command or by its phone's key."""


@dataclass(frozen=True, slots=True)
class CallRetrieved(PartyEvent):
    """The hold is over."""


@dataclass(frozen=True, slots=True)
class HoldRecalled(PartyEvent):
    """A party at a seat was reminded that it holds the other."""

    held_s: float


@dataclass(frozen=True, slots=True)
class PlaybackFinished(PartyEvent):
    """What an agent had played to the caller has ended, or was cut off."""


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
class ConsultStarted(PartyEvent):
    """A party asks somebody while the other waits with music."""

    target: str
    """Whom, as it was said."""


@dataclass(frozen=True, slots=True)
class ConsultAnswered(PartyEvent):
    """Whom it asks has picked up."""

    number: str
    target_seat_no: str
    """Empty for an outside party."""
    target_agent_id: str


@dataclass(frozen=True, slots=True)
class ConsultEnded(PartyEvent):
    """Who was asked, or called to be, is parted from."""

    number: str
    """Empty when nobody had picked up."""
    target_seat_no: str
    target_agent_id: str
    outcome: str
    """kept, hangup, withdrawn, or that of `ReachEnded`."""


@dataclass(frozen=True, slots=True)
class CallConferenced(CallEvent):
    """Three talk with one another."""

    parties: tuple[tuple[str, str], ...]
    """Seat, which may be empty, and number: who stays, who asked, who was asked."""
    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallTransferred(CallEvent):
    """A party gave the call on; who stays talks with `to` from now on."""

    by: str
    to: str
    how: Literal["blind", "attended"]
    agents: tuple[str, ...] = ()
    """Who of the agents gave it on, and whom it was given to."""
