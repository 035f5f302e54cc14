"""A contact on its visit to a queue: waiting, offered or talking, and in one place only."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acd.agent import Agent
    from acd.deadlines import Deadline
    from acd.events import Preferred
    from acd.heap import Place
    from acd.offers import LiveOffer
    from acd.queue import Queue


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
        return self.lapse.live and agent is self.agent and agent.turn.idle_since == self.idle_since


@dataclass(slots=True)
class Preference:
    """Agents by name whom a contact asks for before all others, one after the other (A-24)."""

    choices: "tuple[Preferred, ...]"
    """Those not yet tried."""
    lapse: "Deadline | None" = None
    """When the wait for the first of them is over."""

    def drop_first(self) -> None:
        """The first choice has been tried, has gone or has taken too long."""
        self.choices = self.choices[1:]
        self.end()

    def end(self) -> None:
        """Nobody is waited for."""
        if self.lapse is not None:
            self.lapse.cancel()
            self.lapse = None


@dataclass(slots=True, eq=False)
class Contact:
    """One visit of one caller to one queue."""

    contact_id: str
    queue: "Queue"
    rank: tuple[float, int, int]
    """See `Queue.rank`: the same all the visit."""
    enqueued_at: float
    overflow_no_agents: bool = False
    """Whether the contact leaves as soon as no qualified agent is signed in."""
    patient: bool = False
    """Whether it waits however long, and whoever is signed in: a callback."""
    overflow: "Deadline | None" = None
    arrival: "Place[Contact] | None" = field(default=None, repr=False)
    """Among the queue's unanswered."""
    waiting: "Place[Contact] | None" = field(default=None, repr=False)
    """Where agents who become free find it; None while it rings at all it may, and in a talk."""
    offers: "tuple[LiveOffer, ...]" = ()
    """One, or several with `ring_all`."""
    agent: "Agent | None" = None
    """Whom the contact talks with."""
    held_back: tuple[HoldBack, ...] = ()
    preference: Preference | None = None
    """While it lasts, nobody else is asked."""
    step: int = 0
    """Relaxation steps taken."""
    next_step: "Deadline | None" = None
    entered_at: float = 0.0
    """When the visit to this queue began: the longest wait counts from here."""

    @property
    def medium(self) -> str:
        """Of its queue."""
        return self.queue.config.medium

    def overdue(self, now: float) -> bool:
        """Whether the longest wait is over."""
        return self.overflow is not None and self.overflow.due <= now

    def barred(self, agent: "Agent") -> bool:
        """Whether this agent may not have the contact now."""
        return bool(self.held_back) and any(each.bars(agent) for each in self.held_back)

    def before(self, other: "Contact", now: float) -> bool:
        """Whether the contact goes first, to an agent who could have either."""
        mine, others = self.queue.config.weight, other.queue.config.weight
        if mine == others:
            return self.rank < other.rank
        my_wait, others_wait = (now - self.rank[0]) * mine, (now - other.rank[0]) * others
        return (-my_wait, self.rank[1:]) < (-others_wait, other.rank[1:])
