"""Agents signed in, and the states they are in."""

from typing import Literal

from acd import AgentState
from callcenter.events.base import Event
from lean import dataclass


@dataclass(frozen=True, slots=True)
class AgentEvent(Event):
    """Something that happened to one agent."""

    agent_id: str
    seat_no: str


@dataclass(frozen=True, slots=True)
class AgentLoggedIn(AgentEvent):
    """Signed in at a seat."""

    agent_class: Literal["agent", "supervisor"]


@dataclass(frozen=True, slots=True)
class AgentLoggedOut(AgentEvent):
    """Signed out."""

    reason: str
    by: str = ""
    """The supervisor who did it."""


@dataclass(frozen=True, slots=True)
class AgentStateChanged(AgentEvent):
    """The derived state changed (agent protocol, States)."""

    state: AgentState
    previous: AgentState
    reason: str
    by: str = ""
    """The supervisor who did it."""
    pending: AgentState | None = None
    """What they will be after what they are doing now, where that is settled."""


@dataclass(frozen=True, slots=True)
class AgentUnstuck(AgentEvent):
    """The auditor freed an agent whom no live call held: a mistake of ours."""

    fault: str
    subject: str


@dataclass(frozen=True, slots=True)
class LoginRefused(Event):
    """Somebody tried to sign in as that agent, who may not exist."""

    agent_id: str
    source: str
    cause: str
    """bad_credentials, locked_out."""
