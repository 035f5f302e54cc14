"""`supervisor.*`: what a supervisor does with the agents of their teams, and is shown of them."""

from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from agent_proto.models.base import (
    AgentEvent,
    AgentState,
    CallId,
    Identifier,
    Instant,
    Message,
    Params,
    Result,
)
from agent_proto.models.call import RecordingName

Topic: TypeAlias = Literal["agents", "queues", "calls", "trunks"]
TOPICS: tuple[Topic, ...] = ("agents", "queues", "calls", "trunks")


class TargetParams(Params):
    """Whom it is about."""

    target: Identifier
    """A seat number or an agent ID (A-01)."""


class MonitorParams(TargetParams):
    """`supervisor.monitor` (WZ-3.4.1): hears both sides, is heard by none; nobody is told."""

    follow: Literal["agent", "call"] = "agent"
    """With whom the supervisor stays when the two are parted: the agent or the customer."""


class WhisperParams(TargetParams):
    """`supervisor.whisper`: only the agent hears the supervisor."""


class BargeParams(TargetParams):
    """`supervisor.barge` (WZ-3.4.5): all three hear each other."""


class InterceptParams(TargetParams):
    """`supervisor.intercept` (WZ-3.4.3): the call moves to the supervisor, the target is free."""


class SupervisedResult(Result):
    """What `supervisor.leave` takes; the supervisor's own phone rings if it is not connected."""

    call_id: str


class RecordParams(TargetParams):
    """`supervisor.record` (WZ-3.4.2): the target is in a call; it ends with that talk."""

    name: RecordingName
    """The file's name contains it, cleaned of what no file name has."""


class SuperviseCallParams(TargetParams):
    """`supervisor.call` (WZ-3.4.4): the own phone first, then the target, who is idle."""


class LeaveParams(Params):
    """`supervisor.leave`: ends monitor, whisper or barge; the talk goes on."""

    call_id: CallId


class ForceLogoutParams(TargetParams):
    """`supervisor.force_logout` (WZ-3.4.6): whatever the target does."""


class ForceBusyParams(TargetParams):
    """`supervisor.force_busy` (WZ-3.4.7): the target is idle."""


class ForceIdleParams(TargetParams):
    """`supervisor.force_idle` (WZ-3.4.8): the target is busy, and not on a break."""


class GrantBreakParams(TargetParams):
    """`supervisor.grant_break` (GD-5.2e): also beyond the number that is allowed."""


class EndBreakOfParams(TargetParams):
    """`supervisor.end_break` (GD-5.2e): the target is idle again."""


class TargetResult(Result):
    """What the target is now."""

    agent_id: str
    seat_no: str
    state: AgentState
    reason: str


class ListBreaksParams(Params):
    """`supervisor.list_breaks` (GD-5.2e)."""

    target: Identifier | None = None
    """Only this one."""


class Break(Message):
    """Somebody on a break, or refused one and still waiting for it."""

    agent_id: str
    name: str
    team: str
    seat_no: str
    status: Literal["on_break", "refused"]
    reason: str
    """The agent's own words."""
    since: Instant


class ListBreaksResult(Result):
    """The breaks of one's teams, longest first."""

    breaks: list[Break]
    allowed: int | None = None
    """How many of a team may be on a break; absent when any number may."""


class SendMessageParams(Params):
    """`supervisor.send_message` (GX-M2.20)."""

    targets: Annotated[list[Identifier], Field(max_length=500, default_factory=list)]
    """Seat numbers or agent IDs; empty for everybody of one's teams."""
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class SendMessageResult(Result):
    """To whom it went."""

    agent_ids: list[str]


class SubscribeParams(Params):
    """`supervisor.subscribe` (IP-2.1.3b)."""

    topics: Annotated[list[Topic], Field(min_length=1, max_length=16)]


class UnsubscribeParams(Params):
    """`supervisor.unsubscribe`: all topics, unless some are named."""

    topics: Annotated[list[Topic], Field(max_length=16, default_factory=lambda: list(TOPICS))]


class SubscribeResult(Result):
    """What is subscribed now."""

    topics: list[Topic]


class Broadcast(AgentEvent):
    """An event that goes to many: its fields are written once."""

    @cached_property
    def _written(self) -> bytes:
        return super().to_json()

    def to_json(self) -> bytes:
        """As JSON; see `Message`."""
        return self._written


class SupervisorTopicUpdated(Broadcast):
    """A snapshot of a topic, or what has changed since the update before."""

    event: ClassVar[str] = "supervisor.topic_updated"

    topic: Topic
    snapshot: bool
    """Whether `rows` is all there is; else only what is new or different."""
    rows: list[dict[str, Any]]
    """One of `AgentRow`, `QueueRow`, `CallRow`, `TrunkRow` each."""
    removed: list[str]
    """The ids of rows that are no more."""


class AgentRow(Message):
    """A signed-in agent; the id is `agent_id`."""

    agent_id: str
    name: str
    agent_class: str = Field(validation_alias="class", serialization_alias="class")
    team: str
    seat_no: str
    state: AgentState
    reason: str
    since: Instant
    call_id: str | None = None


class QueueRow(Message):
    """A queue; the id is `queue`."""

    queue: str
    waiting: int
    ringing: int
    talking: int
    idle: int
    """Agents who could take its calls now."""
    oldest_since: Instant | None = None
    """Since when the first of those who wait does."""
    service_level: float | None = None
    """Of the last hour, 0 to 1, by the queue's own formula; none while nobody has left it."""


class CallRow(Message):
    """A queue's call that somebody of one's teams is offered or in."""

    id: str
    """Of the row: a call may ring at several."""
    call_id: str
    ani: str
    dnis: str
    queue: str
    agent_id: str
    seat_no: str
    state: Literal["ringing", "talking"]
    since: Instant


class TrunkRow(Message):
    """A trunk; the id is `trunk`."""

    trunk: str
    up: bool
    used: int
    max_calls: int


class MessageReceived(Broadcast):
    """Somebody wrote."""

    event: ClassVar[str] = "message.received"

    message_id: str
    sender: str
    """The agent ID."""
    sender_name: str
    text: str
