"""An agent, whose state is derived from what is true of them and never stored beside it."""

from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias

from acd.media import Sides
from lean import dataclass

if TYPE_CHECKING:
    from acd.contact import Contact
    from acd.deadlines import Deadline
    from acd.events import EngagementState
    from acd.heap import Place
    from acd.matching import Profile
    from acd.offers import LiveOffer
    from acd.turn import Turn

AgentState: TypeAlias = Literal[
    "logged_out", "idle", "busy", "ringing", "dialling", "talking", "acw"
]
ON_HOOK: tuple[AgentState, ...] = ("idle", "busy", "acw")
DEVICE_FAILED = "device_failed"

Pending: TypeAlias = Literal["busy"] | None
Device: TypeAlias = Literal["usable", "absent", "failed"]
"""absent: the application said so, and takes it back; failed: an offer or a talk found out."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was last announced of an agent, so that each change is announced once."""

    state: AgentState
    reason: str
    since: float
    working: bool = False
    """In a queue's contact or after-call work, which counts as occupied."""


@dataclass(slots=True, eq=False)
class Agent:
    """One signed-in agent."""

    agent_id: str
    profile: "Profile"
    signed_in_order: int
    told: Told
    turn: "Turn"
    signed_in: bool = True
    busy_reason: str | None = None
    """The standing request: why not idle when on-hook. None: idle is wanted."""
    device: Device = "usable"
    offer: "LiveOffer | None" = None
    contact: "Contact | None" = None
    engagement: "EngagementState | None" = None
    acw: "Deadline | None" = None
    sides: Sides = field(default_factory=lambda: Sides({}))
    """What the agent has beside voice."""
    place: "Place[Agent] | None" = field(default=None, repr=False)
    """Among the idle, in every group that the agent serves."""
    unanswered: int = 0
    """Offers that count against the agent (rejected, no_answer): a figure, never used to route."""

    @property
    def state(self) -> AgentState:
        """The state of the agent protocol."""
        if not self.signed_in:
            return "logged_out"
        if self.contact is not None:
            return "talking"
        if self.engagement is not None:
            return self.engagement
        if self.offer is not None:
            return "ringing"
        if self.sides.blocks_voice:
            return "talking"
        if self.acw is not None:
            return "acw"
        return "idle" if self.busy_reason is None and self.device == "usable" else "busy"

    @property
    def reason(self) -> str:
        """Why busy; empty in every other state. The agent's request goes before the device."""
        if self.state != "busy":
            return ""
        return self.busy_reason if self.busy_reason is not None else DEVICE_FAILED

    @property
    def pending(self) -> Pending:
        """As `AgentView.pending`."""
        return _pending(self.told.state, self.busy_reason)

    def request_busy(self, reason: str) -> None:
        """Asks for busy; repeated, it changes nothing, not even the reason (A-05)."""
        if self.busy_reason is None:
            self.busy_reason = reason


@dataclass(frozen=True, slots=True)
class AgentView:
    """What the desk may know of an agent."""

    agent_id: str
    state: AgentState
    reason: str
    since: float
    """When state or reason last changed."""
    acw_until: float | None
    contact_id: str | None
    """Of the offer or the talk."""
    offer_id: int | None
    standing_busy: str | None
    """The reason that holds once the agent is on-hook (pending busy); None: they become idle."""
    device_usable: bool
    unanswered: int
    beside: tuple[str, ...] = ()
    """Contacts of other media than voice in hand, in the order of coming."""

    @property
    def pending(self) -> Pending:
        """What the agent will be after what they are doing, where that is settled already."""
        return _pending(self.state, self.standing_busy)


def _pending(state: AgentState, standing_busy: str | None) -> Pending:
    settled = state in ("idle", "busy", "logged_out")
    return None if settled or standing_busy is None else "busy"


def view(agent: Agent) -> AgentView:
    """The agent as the desk may see them."""
    contact = agent.offer.contact if agent.offer is not None else agent.contact
    return AgentView(
        agent_id=agent.agent_id,
        state=agent.told.state,
        reason=agent.told.reason,
        since=agent.told.since,
        acw_until=agent.acw.due if agent.acw is not None else None,
        contact_id=contact.contact_id if contact is not None else None,
        offer_id=agent.offer.offer_id if agent.offer is not None else None,
        standing_busy=agent.busy_reason,
        device_usable=agent.device == "usable",
        unanswered=agent.unanswered,
        beside=tuple(agent.sides.contacts),
    )
