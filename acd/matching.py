"""Who can serve whom: contacts grouped by their requirement, agents by their skill set.

A contact looks at one group's idle agents; an agent looks at the heads of the groups that they
serve. Neither looks at all agents or all contacts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from acd.agent import Agent
from acd.contact import Contact
from acd.errors import InvalidQueueError, UnknownQueueError
from acd.heap import LazyHeap, Place
from acd.queue import Queue, QueueConfig
from acd.skills import SkillSet, qualifies
from acd.strategy import STRATEGIES, Strategy


@dataclass(slots=True, eq=False)
class Group:
    """Contacts that need the same (queue and skills), and the idle agents who can give it."""

    queue: Queue
    needed: SkillSet
    strategy: Strategy
    waiting: LazyHeap[Contact] = field(default_factory=LazyHeap)
    idle: LazyHeap[Agent] = field(default_factory=LazyHeap)
    signed_in: int = 0
    """Agents who qualify, in whatever state."""

    def next_agent(self) -> Agent | None:
        """The idle agent who is next by the queue's strategy."""
        place = self.idle.first()
        return place.item if place is not None else None

    def next_contact(self, agent: Agent) -> Contact | None:
        """The waiting contact with the least rank that is not held back from the agent."""
        place = self.waiting.first()
        if place is not None and place.item.held_back is not None:
            place = self.waiting.first_where(
                lambda contact: contact.held_back is None or not contact.held_back.bars(agent)
            )
        return place.item if place is not None else None


@dataclass(slots=True, eq=False)
class Profile:
    """A skill set and the groups it serves, shared by all agents who have it."""

    skills: SkillSet
    groups: list[Group]
    signed_in: int = 0

    def next_contact(self, agent: Agent) -> Contact | None:
        """Of all the contacts these agents can serve, the one with the least rank."""
        best = None
        for group in self.groups:
            if group.waiting:
                contact = group.next_contact(agent)
                if contact is not None and (best is None or contact.rank < best.rank):
                    best = contact
        return best


class Matching:
    """All groups and profiles."""

    __slots__ = ("_groups", "_profiles")

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._profiles: dict[SkillSet, Profile] = {}

    def add_queue(self, config: QueueConfig, agents: Iterable[Agent]) -> None:
        """Opens a queue, to be served at once by those agents who qualify."""
        if config.name in self._groups:
            raise InvalidQueueError(f"queue {config.name!r} exists already")
        group = Group(Queue(config), config.needed, STRATEGIES[config.strategy])
        self._groups[config.name] = group
        for profile in self._profiles.values():
            if qualifies(profile.skills, group.needed):
                profile.groups.append(group)
        for agent in agents:
            if qualifies(agent.profile.skills, group.needed):
                group.signed_in += 1
                if agent.place is not None:
                    agent.place.enter(group.idle, group.strategy(agent))

    def groups(self) -> Iterable[Group]:
        """Every group, in the order of the queues' opening."""
        return self._groups.values()

    def group(self, queue: str) -> Group:
        """The group of those who need what the queue needs; raises `UnknownQueueError`."""
        try:
            return self._groups[queue]
        except KeyError:
            raise UnknownQueueError(queue) from None

    def sign_in(self, skills: SkillSet) -> Profile:
        """The profile of an agent who signs in with these skills."""
        profile = self._profiles.get(skills)
        if profile is None:
            groups = [each for each in self._groups.values() if qualifies(skills, each.needed)]
            profile = self._profiles[skills] = Profile(skills, groups)
        profile.signed_in += 1
        for group in profile.groups:
            group.signed_in += 1
        return profile

    def sign_out(self, profile: Profile) -> None:
        """One agent fewer has the profile; the last one takes it along."""
        profile.signed_in -= 1
        if not profile.signed_in:
            del self._profiles[profile.skills]
        for group in profile.groups:
            group.signed_in -= 1


def stand_idle(agent: Agent) -> None:
    """Lets the agent be found by every group that they serve."""
    agent.place = Place(agent)
    for group in agent.profile.groups:
        agent.place.enter(group.idle, group.strategy(agent))


def stand_waiting(contact: Contact) -> None:
    """Lets the contact be found by every agent who serves its group."""
    contact.waiting = Place(contact)
    contact.waiting.enter(contact.group.waiting, contact.rank)
