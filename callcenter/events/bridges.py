"""Calls without a queue: who is called, and who talks with whom."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from callcenter.events.base import CallEvent, Party, PartyEvent
from lean import dataclass

ReachOutcome: TypeAlias = Literal[
    "answered",
    "busy",
    "no_answer",
    "rejected",
    "unreachable",
    "diverted",
    "picked_up",
    "refused",
    "failed",
    "caller_left",
]
"""`unreachable`: not registered, nobody signed in, a phone that fails; `refused`: the caller may
not call there; `picked_up`: answered at another seat."""


@dataclass(frozen=True, slots=True)
class ReachStarted(CallEvent):
    """An extension or an outside number is being called, for the caller of this call."""

    number: str
    seat_no: str = ""
    """Whose phone it is; empty behind a trunk."""
    agent_id: str = ""
    trunk: str = ""
    ani: str = ""
    """Of who calls the call in, not of who asks for them."""
    dnis: str = ""
    answer_within_s: float = 0.0
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReachEnded(CallEvent):
    """It answered, or did not; where the call went on to is told by what comes next."""

    number: str
    outcome: ReachOutcome
    sip_code: int
    """What the caller is refused with, if it goes on nowhere else; 0 for one who has left."""
    agent_id: str = ""


@dataclass(frozen=True, slots=True)
class BridgeStarted(CallEvent):
    """Two parties hear each other without a queue: extensions, outside numbers."""

    number: str
    """The party that was called."""
    seat_no: str = ""
    agent_id: str = ""
    """Who of the house talks: the called party, or the caller to an outside number."""
    trunk: str = ""
    """That the called party is behind."""
    agents: tuple[str, ...] = ()
    """Who of the agents talks."""
    caller: tuple[str, str] = ("", "")
    """Seat and number of the party that the call is the affair of; the seat may be empty."""
    other: tuple[str, str] = ("", "")
    """Likewise of the one it talks with."""


@dataclass(frozen=True, slots=True)
class BridgeEnded(CallEvent):
    """The two are parted."""

    number: str
    by: Party
    cause: str
    """hangup, transferred, limit, media_timeout, failed, shutdown."""
    talk_s: float
    agents: tuple[str, ...] = ()
    """Who of the agents leaves the call."""


@dataclass(frozen=True, slots=True)
class DialStarted(PartyEvent):
    """An agent dials at the desk; their own phone is called first."""

    number: str


@dataclass(frozen=True, slots=True)
class RemoteRinging(PartyEvent):
    """Whom they dialled is being called, and rings."""
