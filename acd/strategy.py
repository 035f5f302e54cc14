"""Strategies: who of the idle agents is offered a contact first. The least key goes first.

A key is computed once, when the agent becomes idle, and holds while they are; so it may use only
what does not change meanwhile, or what changes for all idle agents alike. It never uses statistics:
a report's reset or a break must not change who is next. Every tie is broken by the queue's idle
time, the longest first, and then by the order of signing in, which is unique (A-24).
"""

from collections.abc import Callable, Mapping
from math import inf, log
from typing import TYPE_CHECKING, TypeAlias

from acd.turn import OCCUPANCY_MEMORY

if TYPE_CHECKING:
    from acd.agent import Agent
    from acd.queue import QueueConfig

IdleTime: TypeAlias = "Callable[[Agent], float]"
"""Since when an agent counts as idle."""


def since_state_change(agent: "Agent") -> float:
    """The last change to idle: a break sets back to the end of the line."""
    return agent.turn.idle_since


def since_contact(agent: "Agent") -> float:
    """The end of the last contact, or the last one missed: a break costs no turn (Genesys)."""
    return agent.turn.contact_since


def time_available(agent: "Agent") -> float:
    """The idle time alone, added up since the last contact: a break stops the watch (UCCX)."""
    return agent.turn.idle_since - agent.turn.earned


IDLE_TIMES: Mapping[str, IdleTime] = {
    "state_change": since_state_change,
    "contact": since_contact,
    "available": time_available,
}


class Strategy:
    """`longest_idle`, and the base of the others: one for each queue, with what it remembers."""

    __slots__ = ("_idle_time", "kind")

    shared = True
    """Whether the key is the same for all queues of one strategy and idle time."""

    def __init__(self, config: "QueueConfig") -> None:
        self._idle_time = IDLE_TIMES[config.idle_time]
        self.kind = (type(self).__name__, config.idle_time) if self.shared else None
        """Two of one kind have the same keys; None: nobody has."""

    def key(self, agent: "Agent") -> tuple[float, ...]:
        """Where an agent who is idle now stands; levels above the required one do not rank."""
        return (self._idle_time(agent), agent.signed_in_order)

    def taken(self, agent: "Agent") -> None:
        """An agent has been offered a contact of the queue."""


class FewestContacts(Strategy):
    """Even allocation: the fewest contacts answered since signing in (see `acd.tally`)."""

    __slots__ = ()

    def key(self, agent: "Agent") -> tuple[float, ...]:
        """The number of contacts first."""
        return (agent.turn.contacts, self._idle_time(agent), agent.signed_in_order)


class MostSkilled(Strategy):
    """The highest sum of levels over the skills that the queue asks for (UCCX)."""

    __slots__ = ("_sign", "_skills")
    shared = False

    def __init__(self, config: "QueueConfig") -> None:
        super().__init__(config)
        self._skills = frozenset(config.skills)
        self._sign = -1

    def key(self, agent: "Agent") -> tuple[float, ...]:
        """The sum of levels first."""
        levels = sum(level for skill, level in agent.profile.skills if skill in self._skills)
        return (self._sign * levels, self._idle_time(agent), agent.signed_in_order)


class LeastSkilled(MostSkilled):
    """The lowest sum that suffices: experts are kept for those who need them."""

    __slots__ = ()

    def __init__(self, config: "QueueConfig") -> None:
        super().__init__(config)
        self._sign = 1


class LeastOccupied(Strategy):
    """The least share of talk and after-call work in the time worked lately.

    While agents are idle, `Turn.occupancy` shrinks by the same factor for all of them, so their
    order stands: with `o` at time `t` it is `t + memory * ln o`.
    """

    __slots__ = ()

    def key(self, agent: "Agent") -> tuple[float, ...]:
        """The logarithm of what the occupancy would be at time 0 first."""
        occupancy = agent.turn.occupancy
        level = agent.told.since + OCCUPANCY_MEMORY * log(occupancy) if occupancy > 0 else -inf
        return (level, self._idle_time(agent), agent.signed_in_order)


class RoundRobin(Strategy):
    """Round and round in the order of signing in, past those not idle when it is their turn.

    Whoever becomes idle behind the cursor waits for the next round.
    """

    __slots__ = ("_cursor", "_round")
    shared = False

    def __init__(self, config: "QueueConfig") -> None:
        super().__init__(config)
        self._round = 0
        self._cursor = 0

    def key(self, agent: "Agent") -> tuple[float, ...]:
        """The round first, then the place in it."""
        position = agent.signed_in_order
        return (self._round + (position <= self._cursor), position)

    def taken(self, agent: "Agent") -> None:
        """The cursor goes on to the agent; beyond the last one a new round begins."""
        position = agent.signed_in_order
        self._round += position <= self._cursor
        self._cursor = position


class RankedList(Strategy):
    """In the order of a list; those who are not in it come after it."""

    __slots__ = ("_ranks",)
    shared = False

    def __init__(self, config: "QueueConfig") -> None:
        super().__init__(config)
        self._ranks = {agent_id: n for n, agent_id in enumerate(config.ranking)}

    def key(self, agent: "Agent") -> tuple[float, ...]:
        """The place in the list first."""
        rank = self._ranks.get(agent.agent_id, len(self._ranks))
        return (rank, self._idle_time(agent), agent.signed_in_order)


RANDOM = "random"
"""Drawn among the idle by `acd.lottery`: no key can do it fairly."""
RING_ALL = "ring_all"
"""As many as `QueueConfig.ring_at_once` at a time, the longest idle first."""

STRATEGIES: "Mapping[str, Callable[[QueueConfig], Strategy]]" = {
    "longest_idle": Strategy,
    "fewest_contacts": FewestContacts,
    "most_skilled": MostSkilled,
    "least_skilled": LeastSkilled,
    "least_occupied": LeastOccupied,
    "round_robin": RoundRobin,
    "ranked": RankedList,
    RANDOM: Strategy,
    RING_ALL: Strategy,
}
