"""What supervisors do."""

from typing import Literal

from callcenter.events.base import CallEvent, Event
from lean import dataclass


@dataclass(frozen=True, slots=True)
class SupervisionStarted(CallEvent):
    """A supervisor is with a talk, or in another mode than before."""

    agent_id: str
    """The supervisor."""
    seat_no: str
    target_agent_id: str
    target_seat_no: str
    ani: str
    mode: Literal["monitor", "whisper", "barge"]


@dataclass(frozen=True, slots=True)
class SupervisionEnded(CallEvent):
    """The supervisor is with it no more, or never was."""

    agent_id: str
    seat_no: str
    cause: str
    """hangup, logout, other_team, device_failed, intercepted (then the call is theirs); of a phone
    that did not answer the outcomes of `ReachEnded`."""
    by: Literal["supervisor", "system"]


@dataclass(frozen=True, slots=True)
class SupervisorActed(Event):
    """A supervisor did something to somebody, or was refused it."""

    agent_id: str
    """The supervisor."""
    act: str
    """The method."""
    target: str
    call_id: str
    """Of the call concerned; empty for none."""
    detail: str
    outcome: str
    """done, or the error's name."""
