"""Who can serve whom: contacts grouped by their requirement, agents by their skill set.

A contact looks at the idle agents of the few groups in its reach; an agent looks at the heads of
the groups that they serve. Neither looks at all agents or all contacts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from acd.agent import Agent
from acd.contact import Contact
from acd.crowd import Crowd
from acd.errors import InvalidQueueError, UnknownQueueError
from acd.heap import Entry, LazyHeap, Line, Place
from acd.lottery import Lottery
from acd.media import VOICE, place_of
from acd.queue import Queue, QueueConfig, Reach
from acd.skills import SkillSet, qualifies, skill_set
from acd.strategy import RANDOM, RING_ALL, STRATEGIES, Strategy

Chance = Callable[[], float]


@dataclass(slots=True, eq=False)
class Group:
    """Contacts that need the same (queue and skills), and the idle agents who can give it.

    A queue has one for what it asks for and one for each step that asks for less. An agent stands
    in the first of them that they qualify for; a contact in all that its steps have opened.
    """

    queue: Queue
    needed: SkillSet
    idle: LazyHeap[Agent] | Lottery[Agent]
    waiting: Crowd = field(default_factory=Crowd)
    joinable: Crowd = field(default_factory=Crowd)
    """Contacts that ring, but at fewer agents than `ring_all` may let ring."""
    signed_in: int = 0
    """Agents who qualify, in whatever state."""
    reached_by: list[Queue] = field(default_factory=list)
    """Queues whose contacts may come here at some stage."""

    def next_agent(self, contact: Contact) -> Agent | None:
        """The idle agent who is next by the queue's strategy."""
        place = self.idle.first()
        if place is not None and contact.barred(place.item):
            place = self.idle.first_where(lambda agent: not contact.barred(agent))
        return place.item if place is not None else None


@dataclass(slots=True, eq=False)
class Profile:
    """A skill set and the groups it serves, shared by all agents who have it."""

    skills: SkillSet
    groups: list[Group]
    signed_in: int = 0
    lines: list[Line[Agent]] = field(init=False)
    """Where those of them who are idle stand."""
    ranked: list[tuple[Strategy, Line[Agent]]] = field(init=False)
    """The same with what orders them, like beside like."""

    voice: list[Group] = field(init=False)
    """Those of the groups whose contacts are calls."""
    sides: dict[str, list[Group]] = field(init=False)
    """The others, by medium."""

    def __post_init__(self) -> None:
        self.arrange()

    def arrange(self) -> None:
        """Takes in what `groups` has become."""
        self.voice, self.sides = [], {}
        for group in self.groups:
            medium = group.queue.config.medium
            mine = self.voice if medium == VOICE else self.sides.setdefault(medium, [])
            mine.append(group)
        self.ranked = _ranked(self.voice)
        self.lines = [line for _, line in self.ranked]

    def of(self, medium: str) -> list[Group]:
        """The groups of one medium."""
        return self.voice if medium == VOICE else self.sides.get(medium, [])


def _ranked(groups: Iterable[Group]) -> list[tuple[Strategy, Line[Agent]]]:
    ranked: list[tuple[Strategy, Line[Agent]]] = [
        (group.queue.strategy, group.idle) for group in groups
    ]
    ranked.sort(key=lambda each: str(each[0].kind))
    return ranked


class Matching:
    """All groups, profiles and lines before single agents."""

    __slots__ = ("_personal", "_profiles", "_queues", "_ring_all", "chance", "side_media")

    def __init__(self, chance: Chance | None = None) -> None:
        self.chance = chance
        self._queues: dict[str, list[Group]] = {}
        """A queue's groups, the one that asks for most first."""
        self._profiles: dict[SkillSet, Profile] = {}
        self._personal: dict[tuple[str, str], Crowd] = {}
        """Agent and medium to the contacts that ask for them by name."""
        self.side_media: tuple[str, ...] = ()
        """The media of all queues, but for voice."""
        self._ring_all = False

    def add_queues(self, configs: Sequence[QueueConfig], agents: Iterable[Agent]) -> None:
        """Opens queues, to be served at once by those agents who qualify.

        Raises `InvalidQueueError`, before any change.
        """
        self._check(configs)
        for config in configs:
            queue = Queue(config, STRATEGIES[config.strategy](config))
            self._queues[config.name] = self._make_groups(queue)
            self._ring_all |= config.strategy == RING_ALL
        for config in configs:
            self._set_reach(self._queues[config.name])
        for profile in self._profiles.values():
            for config in configs:
                profile.groups += self._served(profile.skills, self._queues[config.name])
            profile.arrange()
        self._count_media()
        names = {config.name for config in configs}
        for agent in agents:
            for group in agent.profile.groups:
                if group.queue.name in names:
                    group.signed_in += 1
                    place = place_of(agent, group.queue.config.medium)
                    if place is not None:
                        standing = agent.turn.standings
                        key = group.queue.strategy.key(agent)
                        place.enter(group.idle, (*key, standing))

    def _count_media(self) -> None:
        media = (groups[0].queue.config.medium for groups in self._queues.values())
        self.side_media = tuple(dict.fromkeys(each for each in media if each != VOICE))

    def change_queue(self, config: QueueConfig) -> None:
        """The queue works by other rules; see `_rearrange`. Raises as `QueueChanged` does."""
        queue = self.queue(config.name)
        media = {name: groups[0].queue.config.medium for name, groups in self._queues.items()}
        if config.medium != queue.config.medium:
            raise InvalidQueueError(f"queue {config.name!r}: its medium cannot change")
        self._check_one(config, media)
        if _ranked_by(config) != _ranked_by(queue.config):
            queue.strategy = STRATEGIES[config.strategy](config)
        queue.config = config
        self._queues[config.name] = self._make_groups(queue)
        self._rearrange()

    def remove_queue(self, name: str) -> Queue:
        """The queue is served no more; see `_rearrange`. Raises as `QueueRemoved` does."""
        queue = self.queue(name)
        for other, *_ in self._queues.values():
            for number, step in enumerate(other.queue.config.steps, 1):
                if name in step.queues:
                    where = f"queue {other.queue.name!r}: step {number}"
                    raise InvalidQueueError(f"{where} names queue {name!r}: it must stay")
        del self._queues[name]
        self._rearrange()
        return queue

    def _rearrange(self) -> None:
        """Who can serve whom, from scratch. Nobody may stand idle, nor a contact in a group."""
        for groups in self._queues.values():
            groups[0].queue.reach.clear()
            for group in groups:
                group.signed_in, group.reached_by = 0, []
        for groups in self._queues.values():
            self._set_reach(groups)
        for profile in self._profiles.values():
            served = [self._served(profile.skills, groups) for groups in self._queues.values()]
            profile.groups = [group for each in served for group in each]
            profile.arrange()
            for group in profile.groups:
                group.signed_in += profile.signed_in
        self._count_media()
        strategies = [groups[0].queue.config.strategy for groups in self._queues.values()]
        self._ring_all = RING_ALL in strategies

    def _check(self, configs: Sequence[QueueConfig]) -> None:
        media = {name: groups[0].queue.config.medium for name, groups in self._queues.items()}
        for config in configs:
            if config.name in media:
                raise InvalidQueueError(f"queue {config.name!r} exists already")
            media[config.name] = config.medium
        for config in configs:
            self._check_one(config, media)

    def _check_one(self, config: QueueConfig, media: Mapping[str, str]) -> None:
        if config.strategy == RANDOM and self.chance is None:
            raise InvalidQueueError(f"queue {config.name!r}: strategy 'random' needs a chance")
        for number, step in enumerate(config.steps, 1):
            for name in step.queues:
                where = f"queue {config.name!r}: step {number}"
                if name not in media or name == config.name:
                    raise InvalidQueueError(f"{where}: no such other queue: {name!r}")
                if media[name] != config.medium:
                    raise InvalidQueueError(f"{where}: queue {name!r} is of another medium")

    def _make_groups(self, queue: Queue) -> list[Group]:
        needs = [queue.config.needed]
        for number, step in enumerate(queue.config.steps, 1):
            if step.skills is not None:
                needs.append(skill_set(step.skills, f"queue {queue.name!r}: step {number}"))
        return [Group(queue, needed, self._new_line(queue)) for needed in needs]

    def _new_line(self, queue: Queue) -> LazyHeap[Agent] | Lottery[Agent]:
        if queue.config.strategy == RANDOM and self.chance is not None:
            return Lottery(self.chance)
        return LazyHeap()

    def _set_reach(self, groups: list[Group]) -> None:
        queue = groups[0].queue
        reached, agents, own = [groups[0]], list[str](), 1
        queue.reach.append(Reach((groups[0],)))
        for step in queue.config.steps:
            if step.skills is not None:
                reached.append(groups[own])
                own += 1
            reached += [self._queues[name][0] for name in step.queues]
            agents += step.agents
            unique = tuple(dict.fromkeys(reached))
            queue.reach.append(Reach(unique, tuple(dict.fromkeys(agents))))
        for group in queue.reach[-1].groups:
            group.reached_by.append(queue)

    @staticmethod
    def _served(skills: SkillSet, groups: list[Group]) -> list[Group]:
        """The first of a queue's groups that these skills suffice for, if any."""
        return [group for group in groups if qualifies(skills, group.needed)][:1]

    def groups(self) -> Iterable[Group]:
        """The first group of every queue, in the order of the queues' opening."""
        return (groups[0] for groups in self._queues.values())

    def queue(self, name: str) -> Queue:
        """The queue of that name; raises `UnknownQueueError`."""
        try:
            return self._queues[name][0].queue
        except KeyError:
            raise UnknownQueueError(name) from None

    def sign_in(self, skills: SkillSet) -> Profile:
        """The profile of an agent who signs in with these skills."""
        profile = self._profiles.get(skills)
        if profile is None:
            served = [self._served(skills, groups) for groups in self._queues.values()]
            profile = Profile(skills, [group for each in served for group in each])
            self._profiles[skills] = profile
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

    def next_agent(self, contact: Contact) -> Agent | None:
        """The idle agent within the contact's reach who is next; those named come after them."""
        reach = contact.queue.reach[contact.step]
        for group in reach.groups:
            agent = group.next_agent(contact)
            if agent is not None:
                return agent
        return None

    def next_contact(self, agent: Agent, now: float, medium: str = VOICE) -> Contact | None:
        """Of all the contacts of a medium that this agent may have, the one that goes first."""
        best: Contact | None = None
        for group in agent.profile.of(medium):
            if group.waiting.lines:
                best = group.waiting.first(agent, now, best)
        crowd = self._personal.get((agent.agent_id, medium)) if self._personal else None
        if crowd is not None:
            best = crowd.first(agent, now, best)
        if best is None and self._ring_all:
            best = self._next_joinable(agent, now, medium)
        return best

    def _next_joinable(self, agent: Agent, now: float, medium: str) -> Contact | None:
        best: Contact | None = None
        for group in agent.profile.of(medium):
            best = group.joinable.first(agent, now, best)
        return best

    def personal(self, agent_id: str, medium: str) -> Crowd:
        """The line before one agent."""
        return self._personal.setdefault((agent_id, medium), Crowd())

    def drop_personal(self, agent_id: str) -> list[Contact]:
        """Who stood before an agent who has signed out; those with other agents in reach stay."""
        found: list[Contact] = []
        for medium in (VOICE, *self.side_media):
            crowd = self._personal.get((agent_id, medium))
            if crowd is not None:
                found += [contact for contact in crowd if contact.preference is not None]
                if not crowd:
                    del self._personal[agent_id, medium]
        return found


def _ranked_by(config: QueueConfig) -> tuple[object, ...]:
    """What a strategy is made of; where it is the same, it keeps what it remembers."""
    return config.strategy, config.idle_time, config.ranking, config.needed


def stand_idle(agent: Agent) -> None:
    """Lets the agent be found by every group of calls that they serve."""
    profile = agent.profile
    agent.place = place = Place(agent, profile.lines)
    _enter(agent, place, profile.ranked)


def stand_beside(agent: Agent, medium: str) -> None:
    """The same for contacts of another medium."""
    ranked = _ranked(agent.profile.of(medium))
    place = agent.sides.places[medium] = Place(agent, [line for _, line in ranked])
    _enter(agent, place, ranked)


def _enter(
    agent: Agent, place: Place[Agent], ranked: Iterable[tuple[Strategy, Line[Agent]]]
) -> None:
    # The number is unique among this agent's places, and the key among the agents.
    standing = agent.turn.standings = agent.turn.standings + 1
    kind: tuple[str, str] | None = None
    entry: Entry = ()
    for strategy, line in ranked:
        if strategy.kind is None or strategy.kind != kind:
            kind, entry = strategy.kind, (*strategy.key(agent), standing, place)
        line.push_entry(entry)
