"""A contact on its visit to a queue: waiting, offered or talking, and in one place only."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acd.agent import Agent
    from acd.deadlines import Deadline
    from acd.heap import Place
    from acd.matching import Group
    from acd.offers import LiveOffer


@dataclass(frozen=True, slots=True)
class HoldBack:
    """Keeps a contact from the agent who just let it ring and stayed idle (A-06).

    It ends when another agent is tried, when the agent has changed to idle anew since, and at the
    latest one ring time on, so that a caller never starves beside the only agent there is.
    """

    agent: "Agent"
    idle_since: float
    lapse: "Deadline"

    def bars(self, agent: "Agent") -> bool:
        """Whether this agent may not have the contact."""
        return self.lapse.live and agent is self.agent and agent.idle_since == self.idle_since


@dataclass(slots=True, eq=False)
class Contact:
    """One visit of one caller to one queue."""

    contact_id: str
    group: "Group"
    rank: tuple[float, ...]
    """(-priority, enqueued_at, order of entering): the least goes first; the same all the visit."""
    enqueued_at: float
    overflow_no_agents: bool = False
    """Whether the contact leaves as soon as no qualified agent is signed in."""
    overflow: "Deadline | None" = None
    arrival: "Place[Contact] | None" = field(default=None, repr=False)
    """Among the queue's unanswered."""
    waiting: "Place[Contact] | None" = field(default=None, repr=False)
    """Among the group's waiting; None while offered or talking."""
    offer: "LiveOffer | None" = None
    agent: "Agent | None" = None
    """Whom the contact talks with."""
    held_back: HoldBack | None = None

    def overdue(self, now: float) -> bool:
        """Whether the longest wait is over."""
        return self.overflow is not None and self.overflow.due <= now
