"""Watches an engine from outside, by inputs and commands only, and asserts what must always hold.

It keeps its own simple picture of agents, contacts and offers and finds every match by looking at
all of them, which the engine must not do.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from acd import (
    AcdError,
    AgentEngaged,
    AgentReleased,
    AgentSignedIn,
    AgentSkilled,
    AgentStateChanged,
    Command,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    Engine,
    Event,
    Offer,
    OfferAccepted,
    OfferAnswering,
    Overflow,
    Preferred,
    QueueChanged,
    QueueClosed,
    QueueConfig,
    QueueReopened,
    StepTaken,
    Withdraw,
    WrongStateError,
)
from tests.support.acd_script import feed

RESTORED_EVERY = 25
"""Inputs between two times that a replayed engine is saved and restored."""


@dataclass
class SeenAgent:
    """What the commands have told of an agent."""

    agent_id: str
    skills: dict[str, int]
    order: int
    state: str = "logged_out"
    reason: str = ""
    idle_since: float = 0.0
    engaged: bool = False


def _has(agent: SeenAgent, needed: Mapping[str, int]) -> bool:
    return all(agent.skills.get(skill, 0) >= level for skill, level in needed.items())


@dataclass
class SeenContact:
    """What inputs and commands have told of a contact."""

    contact_id: str
    queue: QueueConfig
    rank: tuple[float, int, int]
    enqueued_at: float
    overflow_at: float | None
    choices: list[Preferred] = field(default_factory=list)
    """Agents asked for by name, those not yet tried."""
    choice_until: float | None = None
    ringing: int = 0
    held: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Agent who is not to have it: until when, and as long as idle since when."""
    steps: int = 0
    entered_at: float = 0.0
    patient: bool = False
    """Nobody is on the line: to be called back."""

    @property
    def waiting(self) -> bool:
        """Whether no agent is reserved."""
        return not self.ringing

    def order(self, now: float) -> tuple[float, int, int]:
        """Where the contact stands among all: the least goes first."""
        effective, head, arrival = self.rank
        return (-(now - effective) * self.queue.weight, head, arrival)


@dataclass
class SeenOffer:
    """An offer that is neither accepted nor withdrawn."""

    contact_id: str
    agent_id: str
    due: float


@dataclass
class Witness:
    """Feeds an engine and watches it. `thorough`: compare every match with all others."""

    queues: list[QueueConfig]
    thorough: bool = True
    chance: Callable[[], Callable[[], float]] | None = None
    """Makes the same chance anew for each engine."""
    engine: Engine = field(init=False)
    agents: dict[str, SeenAgent] = field(default_factory=dict)
    contacts: dict[str, SeenContact] = field(default_factory=dict)
    """Waiting or offered."""
    talks: dict[str, str] = field(default_factory=dict)
    """Contact to agent."""
    offers: dict[int, SeenOffer] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    closed: dict[str, bool] = field(default_factory=dict)
    """Closed queues; whether those who waited had to leave."""
    journal: list[tuple[float, Event | None, list[Command]]] = field(default_factory=list)
    now: float = 0.0
    _opened: list[QueueConfig] = field(init=False)
    _arrivals: int = 0
    _unsettled: dict[str, Withdraw] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._opened = list(self.queues)
        self.engine = Engine(self.queues, self._new_chance())

    def _new_chance(self) -> Callable[[], float] | None:
        return self.chance() if self.chance is not None else None

    def feed(self, now: float, event: Event | None) -> None:
        """Lets time come to `now`, every deadline punctually, and then one event."""
        while (due := self.engine.next_deadline()) is not None and due <= now:
            self._feed_one(max(due, self.now), None)
        if event is not None:
            self._feed_one(now, event)

    def _feed_one(self, now: float, event: Event | None) -> None:
        self.now = now
        refused = None
        commands: list[Command] = []
        try:
            commands = feed(self.engine, now, event)
        except WrongStateError as error:
            refused = error
        if refused is None:
            self._take_input(event)
            self._take_rules(event)
        else:
            assert self.agents[refused.agent_id].state == refused.state
        self.journal.append((now, event, commands))
        for command in commands:
            match command:
                case Offer():
                    self._take_offer(command)
                case Withdraw():
                    self._take_withdraw(command)
                case Overflow():
                    self._take_overflow(command)
                case StepTaken():
                    self._take_step(command)
                case AgentStateChanged():
                    self._take_state(command)
        self._drop_choices()
        if self.thorough:
            self._check_rest()

    def replay(self) -> None:
        """The journal yields the same commands again, also by an engine saved on the way."""
        chance = self._new_chance()
        engine = Engine(self._opened, chance)
        for number, (now, event, commands) in enumerate(self.journal):
            if number % RESTORED_EVERY == RESTORED_EVERY - 1:
                engine = Engine.restore(json.loads(json.dumps(engine.state())), chance)
            try:
                again = feed(engine, now, event)
            except AcdError:
                again = []
            assert again == commands

    def _take_input(self, event: Event | None) -> None:
        match event:
            case AgentSignedIn() if event.agent_id not in self.agents:
                self._arrivals += 1
                self.agents[event.agent_id] = SeenAgent(
                    event.agent_id, dict(event.skills), self._arrivals
                )
            case ContactQueued() if event.contact_id not in {**self.contacts, **self.talks}:
                self._take_contact(event)
            case ContactLeft() | ContactEnded():
                self.talks.pop(event.contact_id, None)
                if self.contacts.pop(event.contact_id, None) is not None:
                    self._ends(event.contact_id, "left")
            case OfferAccepted() if event.offer_id in self.offers:
                offer = self.offers.pop(event.offer_id)
                del self.contacts[offer.contact_id]
                self.talks[offer.contact_id] = offer.agent_id
                self._ends(offer.contact_id, "accepted")
            case OfferAnswering() if event.offer_id in self.offers:
                self.offers[event.offer_id].due = self.now + event.within
            case AgentEngaged() if event.agent_id in self.agents:
                self.agents[event.agent_id].engaged = True
            case AgentReleased() if event.agent_id in self.agents:
                self.agents[event.agent_id].engaged = False
            case _:
                pass

    def _take_rules(self, event: Event | None) -> None:
        """What changes the rules rather than who is here."""
        match event:
            case QueueClosed():
                self.closed[event.queue] = self.closed.get(event.queue, False) or event.clear
            case QueueChanged():
                self._take_change(event.config)
            case QueueReopened():
                self.closed.pop(event.queue, None)
            case AgentSkilled() if event.agent_id in self.agents:
                self.agents[event.agent_id].skills = dict(event.skills)
            case _:
                pass

    def _take_contact(self, event: ContactQueued) -> None:
        queue = next(each for each in self.queues if each.name == event.queue)
        self._arrivals += 1
        enqueued_at = self.now if event.enqueued_at is None else event.enqueued_at
        credit = (queue.priority + event.priority) * queue.priority_worth / queue.weight
        effective = enqueued_at - credit
        if event.head:
            here = [each.rank[0] for each in self.contacts.values() if each.queue is queue]
            effective = min([effective, *here])
        rank = (effective, 0 if event.head else 1, self._arrivals)
        leaves = queue.max_wait is not None and not event.patient
        overflow_at = self.now + (queue.max_wait or 0.0) if leaves else None
        self.contacts[event.contact_id] = SeenContact(
            event.contact_id,
            queue,
            rank,
            enqueued_at,
            overflow_at,
            list(event.preferred),
            entered_at=self.now,
            patient=event.patient,
        )
        # A new visit of the same caller is a new story.
        self.outcomes.pop(event.contact_id, None)

    def _take_change(self, config: QueueConfig) -> None:
        self.queues = [config if each.name == config.name else each for each in self.queues]
        for contact in self.contacts.values():
            if contact.queue.name == config.name:
                contact.queue = config
                contact.steps = min(contact.steps, len(config.steps))
                wait = None if contact.patient else config.max_wait
                contact.overflow_at = None if wait is None else contact.entered_at + wait

    def _take_offer(self, offer: Offer) -> None:
        contact, agent = self.contacts[offer.contact_id], self.agents[offer.agent_id]
        at_once = contact.queue.ring_at_once if contact.queue.strategy == "ring_all" else 1
        assert contact.ringing < at_once, "a contact offered too often"
        assert agent.state == "idle", "an offer to an agent who is not idle"
        assert agent.agent_id not in {each.agent_id for each in self.offers.values()}
        chosen = self._take_choice(contact, agent)
        assert self._can_take(agent, contact) or chosen, "an offer to an agent who may not have it"
        if self.thorough and not chosen:
            self._check_order(contact, agent)
        contact.ringing += 1
        if at_once == 1:
            contact.held.clear()
        self.offers[offer.offer_id] = SeenOffer(
            offer.contact_id, offer.agent_id, self.now + offer.answer_within
        )

    def _check_order(self, contact: SeenContact, agent: SeenAgent) -> None:
        by_idle_time = contact.queue.strategy in ("longest_idle", "ring_all")
        if by_idle_time and contact.queue.idle_time == "state_change" and not contact.steps:
            for each in self._idle():
                longer = (each.idle_since, each.order) < (agent.idle_since, agent.order)
                sure = self._can_take(each, contact) and self._sure(contact)
                assert not (longer and sure), "an offer past the longest idle"
        for other in self._takeable_by(agent):
            better = other.order(self.now) < contact.order(self.now) or contact.ringing > 0
            sure = self._sure(other) and other is not contact
            assert not (better and sure), "an offer past a better rank"

    def _sure(self, contact: SeenContact) -> bool:
        """What lapses in this very moment may or may not have done so yet."""
        times = [until for until, _ in contact.held.values()]
        return self.now not in [*times, contact.choice_until]

    def _take_choice(self, contact: SeenContact, agent: SeenAgent) -> bool:
        """Whether the agent was asked for by name; those before them could not be had."""
        while contact.choices:
            choice = contact.choices.pop(0)
            contact.choice_until = None
            if choice.agent_id == agent.agent_id:
                return True
            other = self.agents.get(choice.agent_id)
            had = other is not None and other.state == "idle" and not self._held(other, contact)
            assert not had, "an agent asked for by name was passed over"
        return False

    def _drop_choices(self) -> None:
        """Agents asked for who are gone, are not to be waited for, or took too long."""
        for contact in self.contacts.values():
            while contact.waiting and contact.choices:
                choice = contact.choices[0]
                if contact.choice_until is None:
                    contact.choice_until = self.now + choice.within
                if choice.agent_id in self.agents and self.now < contact.choice_until:
                    break
                contact.choices.pop(0)
                contact.choice_until = None

    def _take_step(self, command: StepTaken) -> None:
        contact = self.contacts[command.contact_id]
        contact.steps += 1
        assert command.step == contact.steps
        assert self.now >= contact.enqueued_at + contact.queue.steps[contact.steps - 1].after

    def _take_withdraw(self, command: Withdraw) -> None:
        offer = self.offers.pop(command.offer_id)
        assert (offer.contact_id, offer.agent_id) == (command.contact_id, command.agent_id)
        self._unsettled[command.agent_id] = command
        contact = self.contacts.get(command.contact_id)
        assert (contact is None) == (command.cause in ("caller_left", "lost_race"))
        if contact is not None:
            contact.ringing -= 1

    def _take_overflow(self, command: Overflow) -> None:
        contact = self.contacts.pop(command.contact_id)
        assert contact.waiting, "an overflow while an agent is reserved"
        assert not contact.patient or command.cause == "closed", "a callback that did not wait on"
        if command.cause == "max_wait":
            assert contact.overflow_at is not None
            assert contact.overflow_at <= self.now
        match command.cause:
            case "closed":
                assert contact.queue.name in self.closed
            case "all_busy":
                assert not any(self._can_take(agent, contact) for agent in self._idle())
            case "full":
                line = [each for each in self.contacts.values() if each.queue is contact.queue]
                assert contact.queue.max_length is not None
                assert sum(each.waiting for each in line) >= contact.queue.max_length
            case _:
                pass
        self._ends(command.contact_id, "overflow")

    def _take_state(self, command: AgentStateChanged) -> None:
        agent = self.agents[command.agent_id]
        assert command.previous == agent.state
        assert command.since == self.now
        assert (command.state, command.reason) != (agent.state, agent.reason), "told twice"
        withdrawn = self._unsettled.pop(agent.agent_id, None)
        agent.state, agent.reason = command.state, command.reason
        if command.state == "logged_out":
            del self.agents[agent.agent_id]
            for contact_id in [each for each, who in self.talks.items() if who == agent.agent_id]:
                del self.talks[contact_id]
        elif command.state == "idle":
            causes = ("caller_left", "lost_race", "withdrawn")
            keeps_turn = withdrawn is not None and withdrawn.cause in causes
            if not keeps_turn:
                agent.idle_since = self.now
            contact = self.contacts.get(withdrawn.contact_id) if withdrawn is not None else None
            if contact is not None:
                until = self.now + contact.queue.ring_timeout
                contact.held[agent.agent_id] = (until, agent.idle_since)

    def _ends(self, contact_id: str, outcome: str) -> None:
        assert contact_id not in self.outcomes, "a visit that ended twice"
        self.outcomes[contact_id] = outcome

    def _idle(self) -> Iterable[SeenAgent]:
        return (agent for agent in self.agents.values() if agent.state == "idle")

    def _can_take(self, agent: SeenAgent, contact: SeenContact) -> bool:
        if self._held(agent, contact):
            return False
        if contact.choices:
            return contact.choices[0].agent_id == agent.agent_id
        if _has(agent, contact.queue.skills):
            return True
        for step in contact.queue.steps[: contact.steps]:
            if agent.agent_id in step.agents:
                return True
            queues = [each.skills for each in self.queues if each.name in step.queues]
            own = [step.skills] if step.skills is not None else []
            if any(_has(agent, needed) for needed in [*queues, *own]):
                return True
        return False

    def _held(self, agent: SeenAgent, contact: SeenContact) -> bool:
        until, idle_since = contact.held.get(agent.agent_id, (0.0, 0.0))
        return self.now < until and idle_since == agent.idle_since

    def _takeable_by(self, agent: SeenAgent) -> list[SeenContact]:
        return [
            each for each in self.contacts.values() if each.waiting and self._can_take(agent, each)
        ]

    def _check_rest(self) -> None:
        """What must hold between two inputs."""
        for agent in self._idle():
            assert not self._takeable_by(agent), "an idle agent and a contact they could take"
        assert all(self.now < offer.due for offer in self.offers.values()), "a ring without end"
        ringing = {offer.agent_id for offer in self.offers.values()}
        assert len(ringing) == len(self.offers), "an agent with two offers"
        rung = Counter(offer.contact_id for offer in self.offers.values())
        assert rung == Counter({each.contact_id: each.ringing for each in self.contacts.values()})
        talking = set(self.talks.values())
        for agent in self.agents.values():
            view = self.engine.agent(agent.agent_id)
            assert view is not None
            assert (view.state, view.reason) == (agent.state, agent.reason)
            assert (agent.state == "ringing") == (agent.agent_id in ringing)
            in_talk = agent.agent_id in talking or agent.engaged
            assert (agent.state in ("talking", "dialling")) == in_talk
        for contact in self.contacts.values():
            overdue = contact.overflow_at is not None and contact.overflow_at <= self.now
            at_once = contact.overflow_at is not None and self.engine.next_deadline() == self.now
            late = contact.waiting and overdue and not at_once
            assert not late, "a contact that waits past its time"
            cleared = self.closed.get(contact.queue.name, False)
            assert not (contact.waiting and cleared), "a contact that waits in a cleared queue"
        self._check_snapshot()

    def _check_snapshot(self) -> None:
        snapshot = self.engine.snapshot()
        assert snapshot.agents == len(self.agents)
        assert snapshot.contacts == len(self.contacts) + len(self.talks)
        for queue, figures in zip(self.queues, snapshot.queues, strict=True):
            here = [each for each in self.contacts.values() if each.queue is queue]
            assert figures.waiting == sum(each.waiting for each in here)
            assert figures.ringing == sum(not each.waiting for each in here)
            assert figures.waiting_since == min((each.enqueued_at for each in here), default=None)
