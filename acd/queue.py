"""A queue: how it is configured, and what is counted of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from acd.errors import InvalidQueueError
from acd.heap import LazyHeap
from acd.media import VOICE
from acd.skills import SkillSet, skill_set
from acd.steps import Step, check_steps
from acd.strategy import IDLE_TIMES, RING_ALL, STRATEGIES, Strategy

if TYPE_CHECKING:
    from acd.contact import Contact
    from acd.matching import Group


@dataclass(frozen=True, slots=True)
class QueueConfig:
    """One queue; all times in seconds.

    Raises `InvalidQueueError` or `InvalidSkillLevelError` for what makes no sense.
    """

    name: str
    skills: Mapping[str, int] = field(default_factory=dict)
    """Skill to least level, 1 to 10; an agent needs all of them. Empty: anybody."""
    strategy: str = "longest_idle"
    """Which of the idle agents is offered a contact; see `acd.strategy`."""
    ring_timeout: float = 10.0
    max_wait: float | None = None
    """From entering this queue; a ring in progress may finish (A-07). None: without end."""
    acw: float = 0.0
    """After-call work; 0: none."""
    busy_after_no_answer: bool = True
    """Whether an agent who lets it ring is set busy (GD) or stays idle (WZ profile) (A-06)."""
    priority: int = 0
    """Added to each contact's own."""
    overflow_no_agents: bool = False
    """Whether nobody waits while no qualified agent is signed in (A-07)."""
    idle_time: str = "state_change"
    """Since when agents count as idle; see `acd.strategy.IDLE_TIMES`."""
    ranking: tuple[str, ...] = ()
    """For strategy `ranked`: agents, the first one first."""
    ring_at_once: int = 10
    """For strategy `ring_all`: agents who ring for one contact at the same time."""
    priority_worth: float = 300.0
    """Seconds of waiting that one step of priority is worth: so nobody starves."""
    weight: float = 1.0
    """How fast waiting counts, beside other queues of the same agents: 2 is twice as fast."""
    steps: tuple[Step, ...] = ()
    """What changes with the wait; see `acd.steps`."""
    overflow_all_busy: bool = False
    """Whether nobody waits who finds no agent idle (A-07)."""
    max_length: int | None = None
    """Contacts that may wait; None: any number."""
    medium: str = VOICE
    """What its contacts are; see `acd.media`."""

    def __post_init__(self) -> None:
        def demand(valid: bool, key: str, rule: str) -> None:
            if not valid:
                raise InvalidQueueError(
                    f"queue {self.name!r}: {key} = {getattr(self, key)!r}, {rule}"
                )

        def positive(value: float) -> bool:
            return isfinite(value) and value > 0

        demand(bool(self.name), "name", "must not be empty")
        demand(self.strategy in STRATEGIES, "strategy", f"must be one of {', '.join(STRATEGIES)}")
        demand(self.idle_time in IDLE_TIMES, "idle_time", f"must be one of {', '.join(IDLE_TIMES)}")
        demand(positive(self.ring_timeout), "ring_timeout", "must be > 0")
        demand(isfinite(self.acw) and self.acw >= 0, "acw", "must be 0 or more")
        demand(self.max_wait is None or positive(self.max_wait), "max_wait", "must be > 0")
        demand(self.ring_at_once >= 1, "ring_at_once", "must be 1 or more")
        demand(positive(self.priority_worth), "priority_worth", "must be > 0")
        demand(positive(self.weight), "weight", "must be > 0")
        demand(self.max_length is None or self.max_length >= 0, "max_length", "must be 0 or more")
        demand(bool(self.medium), "medium", "must not be empty")
        demand(self.medium == VOICE or self.acw == 0, "acw", "is for voice only")
        demand(len(set(self.ranking)) == len(self.ranking), "ranking", "names an agent twice")
        skill_set(self.skills, f"queue {self.name!r}")
        check_steps(self.name, self.skills, self.steps)

    @property
    def needed(self) -> SkillSet:
        """The skills as a hashable value."""
        return skill_set(self.skills, f"queue {self.name!r}")


@dataclass(frozen=True, slots=True)
class Reach:
    """Who may have a contact at one stage of its wait, in the order in which they are asked."""

    groups: "tuple[Group, ...]"
    agents: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Queue:
    """A queue at work: figures only, matching is done by `acd.matching.Group`."""

    config: QueueConfig
    strategy: Strategy
    reach: "list[Reach]" = field(default_factory=list)
    """By the number of steps taken, each with all those before."""
    unanswered: "LazyHeap[Contact]" = field(default_factory=LazyHeap)
    """Waiting or ringing, ordered by the time of queueing whatever the priority."""
    ringing: int = 0
    talking: int = 0
    closed: bool = False
    cleared: bool = False
    """Closed, and nobody is to wait on."""

    @property
    def name(self) -> str:
        """The configured name."""
        return self.config.name

    @property
    def waiting(self) -> int:
        """Contacts that no agent is reserved for."""
        return len(self.unanswered) - self.ringing

    @property
    def ring_at_once(self) -> int:
        """How many agents may ring for one contact."""
        return self.config.ring_at_once if self.config.strategy == RING_ALL else 1

    @property
    def deserted(self) -> bool:
        """Whether nobody is signed in who could have a contact at any stage of its wait."""
        return not any(group.signed_in for group in self.reach[-1].groups)

    def rank(
        self, enqueued_at: float, priority: int, serial: int, *, head: bool
    ) -> tuple[float, int, int]:
        """Where a contact stands; the least goes first and it never changes.

        The time is that of queueing, earlier by what the priority is worth. Whoever goes to the
        head stands as early as the first of the queue, of whatever priority, and goes before them.
        """
        config = self.config
        credit = (config.priority + priority) * config.priority_worth / config.weight
        effective = enqueued_at - credit
        if head:  # so seldom that looking at all of them costs nothing that counts
            ranks = (contact.rank[0] for contact in self.unanswered.items())
            effective = min(effective, min(ranks, default=effective))
        return (effective, 0 if head else 1, serial)
