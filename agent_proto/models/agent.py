"""`agent.*`: signing in and out, readiness, and what the agent's client shows."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from agent_proto.models.base import (
    AgentClass,
    AgentEvent,
    AgentState,
    CallEvent,
    Identifier,
    Instant,
    Message,
    Params,
    Reason,
    Result,
    Seconds,
    WithdrawalCause,
)
from agent_proto.models.call import Call

SkillLevel = Annotated[int, Field(ge=0, le=1000)]


class LoginParams(Params):
    """`agent.login` (WZ-3.3.1)."""

    agent_id: Identifier
    password: Annotated[str, Field(max_length=256, repr=False)]
    """Bounded, because checking it costs time by design."""
    seat_no: Identifier
    agent_class: AgentClass = Field(
        default="agent", validation_alias="class", serialization_alias="class"
    )
    skills: Annotated[dict[Identifier, SkillLevel], Field(max_length=64)] | None = None
    """Skill → level; may leave out or lower what the agent has, never raise."""
    state: Literal["idle", "busy"] = "idle"
    """What to be after signing in."""


class AgentProfile(Message):
    """Who is signed in."""

    agent_id: str
    name: str
    agent_class: AgentClass = Field(validation_alias="class", serialization_alias="class")
    team: str
    skills: dict[str, int]


class LoginResult(Result):
    """Signed in. Session id and resume token come from the `Session`."""

    session_id: str
    resume_token: str
    agent: AgentProfile
    seat_no: str
    state: AgentState
    reason: str
    """Of `busy`; empty otherwise."""
    queues: list[str]
    """The queues whose calls may come here."""
    unheard_messages: int


class LogoutParams(Params):
    """`agent.logout` (WZ-3.3.2)."""


class SetBusyParams(Params):
    """`agent.set_busy` (WZ-3.3.6.7)."""

    reason: Reason = ""


class SetIdleParams(Params):
    """`agent.set_idle` (WZ-3.3.6.7)."""


class RequestBreakParams(Params):
    """`agent.request_break` (GD-5.2e, A-12)."""

    reason: Reason = ""
    """The agent's own words, for the supervisor."""


class EndBreakParams(Params):
    """`agent.end_break`: idle again."""


class ChangePasswordParams(Params):
    """`agent.change_password` (WZ-T32)."""

    old: Annotated[str, Field(max_length=256, repr=False)]
    new: Annotated[str, Field(min_length=8, max_length=256, repr=False)]


class StateResult(Result):
    """The state that a request for another state led to."""

    state: AgentState
    reason: str
    pending: AgentState | None = None
    """What the agent will be after the call, where that is settled: they were busy before, or asked
    for it meanwhile and the site keeps such requests."""


class FinishAcwParams(Params):
    """Ends after-call work; what was asked for before, idle or busy, holds (GD-5.2a)."""


class ExtendAcwParams(Params):
    """Prolongs after-call work (GD-5.2a)."""

    seconds: Annotated[int, Field(ge=1, le=3600)]
    """More, counted from when it would have ended."""


class GetParams(Params):
    """`agent.get`."""


class GetResult(Result):
    """Everything a client needs to draw itself anew."""

    state: AgentState
    reason: str
    since: Instant
    calls: list[Call]
    pending: AgentState | None = None


class StatisticsParams(Params):
    """The agent's own day (GD-5.2d, IP-2.1.7d): since midnight where the server is."""


class QueueLoad(Message):
    """One of the agent's queues at this moment."""

    queue: str
    waiting: int
    idle: int
    """Agents who could take a call at once."""


class StatisticsResult(Result):
    """Today's figures; all times in seconds."""

    day: str
    """As in `2026-03-01`."""
    state: AgentState
    reason: str
    state_s: Seconds
    """Since the present state began."""
    signed_in_s: Seconds
    offered: int
    """Calls that queues offered."""
    answered: int
    """Calls that were talked, but those dialled outside."""
    no_answer: int
    outgoing: int
    """Calls dialled outside that were talked."""
    talk_s: Seconds
    outgoing_s: Seconds
    acw_s: Seconds
    idle_s: Seconds
    busy: int
    """How often busy, breaks not included."""
    busy_s: Seconds
    breaks: int
    break_s: Seconds
    average_talk_s: Seconds
    average_handling_s: Seconds
    """Talk and after-call work by calls answered."""
    queues: list[QueueLoad]


class AgentStateChanged(AgentEvent):
    """The derived state is another one."""

    event: ClassVar[str] = "agent.state_changed"

    state: AgentState
    previous: AgentState
    reason: str
    """Of `busy`; empty otherwise."""
    since: Instant
    pending: AgentState | None = None
    by: str | None = None
    """The supervisor's agent ID, where one did it."""


class AgentLoggedOut(AgentEvent):
    """No longer signed in; the session ends with this event."""

    event: ClassVar[str] = "agent.logged_out"

    reason: str
    by: str | None = None
    """The supervisor's agent ID, where one did it."""


class AgentBreakGranted(AgentEvent):
    """A break has begun: within the number allowed, or by a supervisor."""

    event: ClassVar[str] = "agent.break_granted"

    reason: str
    """The agent's own words."""
    by: str | None = None
    """The supervisor's agent ID, where one did it."""


class AgentBreakRefused(AgentEvent):
    """Enough colleagues are on a break; a supervisor sees the request and may still grant it."""

    event: ClassVar[str] = "agent.break_refused"

    reason: str
    """The agent's own words."""
    allowed: int


class AgentNoAnswerRecorded(CallEvent):
    """An offered call was not taken and that was written down (GD-5.2f)."""

    event: ClassVar[str] = "agent.no_answer_recorded"

    queue: str
    cause: WithdrawalCause
    rang_s: Seconds | None = None
