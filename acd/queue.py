"""A queue: how it is configured, and what is counted of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from acd.errors import InvalidQueueError
from acd.heap import LazyHeap
from acd.skills import SkillSet, skill_set
from acd.strategy import STRATEGIES

if TYPE_CHECKING:
    from acd.contact import Contact


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

    def __post_init__(self) -> None:
        def demand(valid: bool, key: str, rule: str) -> None:
            if not valid:
                raise InvalidQueueError(
                    f"queue {self.name!r}: {key} = {getattr(self, key)!r}, {rule}"
                )

        demand(bool(self.name), "name", "must not be empty")
        demand(self.strategy in STRATEGIES, "strategy", f"must be one of {', '.join(STRATEGIES)}")
        demand(isfinite(self.ring_timeout) and self.ring_timeout > 0, "ring_timeout", "must be > 0")
        demand(isfinite(self.acw) and self.acw >= 0, "acw", "must be 0 or more")
        if self.max_wait is not None:
            demand(isfinite(self.max_wait) and self.max_wait > 0, "max_wait", "must be > 0")
        skill_set(self.skills, f"queue {self.name!r}")

    @property
    def needed(self) -> SkillSet:
        """The skills as a hashable value."""
        return skill_set(self.skills, f"queue {self.name!r}")


@dataclass(slots=True, eq=False)
class Queue:
    """A queue at work: figures only, matching is done by `acd.matching.Group`."""

    config: QueueConfig
    unanswered: "LazyHeap[Contact]" = field(default_factory=LazyHeap)
    """Waiting or ringing, ordered by the time of queueing whatever the priority."""
    ringing: int = 0
    talking: int = 0

    @property
    def name(self) -> str:
        """The configured name."""
        return self.config.name
