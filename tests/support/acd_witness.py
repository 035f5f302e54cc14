"""Watches an engine from outside, by inputs and commands only, and asserts what must always hold.

It keeps its own simple picture of agents, contacts and offers and finds every match by looking at
all of them, which the engine must not do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from acd import (
    AcdError,
    AgentEngaged,
    AgentReleased,
    AgentSignedIn,
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
    QueueConfig,
    Withdraw,
    WrongStateError,
)
from tests.support.acd_script import feed


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


@dataclass
class SeenContact:
    """What inputs and commands have told of a contact."""

    contact_id: str
    queue: QueueConfig
    rank: tuple[float, float, int]
    enqueued_at: float
    overflow_at: float | None
    waiting: bool = True
    held_from: str = ""
    held_until: float = 0.0
    held_idle_since: float = 0.0


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
    engine: Engine = field(init=False)
    agents: dict[str, SeenAgent] = field(default_factory=dict)
    contacts: dict[str, SeenContact] = field(default_factory=dict)
    """Waiting or offered."""
    talks: dict[str, str] = field(default_factory=dict)
    """Contact to agent."""
    offers: dict[int, SeenOffer] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    journal: list[tuple[float, Event | None, list[Command]]] = field(default_factory=list)
    now: float = 0.0
    _arrivals: int = 0
    _unsettled: dict[str, Withdraw] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = Engine(self.queues)

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
                case AgentStateChanged():
                    self._take_state(command)
        if self.thorough:
            self._check_rest()

    def replay(self) -> None:
        """The journal yields the same commands again."""
        engine = Engine(self.queues)
        for now, event, commands in self.journal:
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

    def _take_contact(self, event: ContactQueued) -> None:
        queue = next(each for each in self.queues if each.name == event.queue)
        self._arrivals += 1
        enqueued_at = self.now if event.enqueued_at is None else event.enqueued_at
        credit = (queue.priority + event.priority) * queue.priority_worth / queue.weight
        rank = (enqueued_at - credit, 1, self._arrivals)
        overflow_at = None if queue.max_wait is None else self.now + queue.max_wait
        self.contacts[event.contact_id] = SeenContact(
            event.contact_id, queue, rank, enqueued_at, overflow_at
        )
        # A new visit of the same caller is a new story.
        self.outcomes.pop(event.contact_id, None)

    def _take_offer(self, offer: Offer) -> None:
        contact, agent = self.contacts[offer.contact_id], self.agents[offer.agent_id]
        assert contact.waiting, "a contact offered twice"
        assert agent.state == "idle", "an offer to an agent who is not idle"
        assert agent.agent_id not in {each.agent_id for each in self.offers.values()}
        assert self._can_take(agent, contact), "an offer to an agent who may not have it"
        if self.thorough:
            self._check_order(contact, agent)
        contact.waiting, contact.held_from = False, ""
        self.offers[offer.offer_id] = SeenOffer(
            offer.contact_id, offer.agent_id, self.now + offer.answer_within
        )

    def _check_order(self, contact: SeenContact, agent: SeenAgent) -> None:
        for each in self._idle():
            longer = (each.idle_since, each.order) < (agent.idle_since, agent.order)
            # A hold-back that lapses in this very moment may or may not have done so yet.
            sure = self._can_take(each, contact) and self.now != contact.held_until
            assert not (longer and sure), "an offer past the longest idle"
        for other in self._takeable_by(agent):
            sure = self.now != other.held_until
            assert not (other.rank < contact.rank and sure), "an offer past a better rank"

    def _take_withdraw(self, command: Withdraw) -> None:
        offer = self.offers.pop(command.offer_id)
        assert (offer.contact_id, offer.agent_id) == (command.contact_id, command.agent_id)
        self._unsettled[command.agent_id] = command
        contact = self.contacts.get(command.contact_id)
        assert (contact is None) == (command.cause == "caller_left")
        if contact is not None:
            contact.waiting = True

    def _take_overflow(self, command: Overflow) -> None:
        contact = self.contacts.pop(command.contact_id)
        assert contact.waiting, "an overflow while an agent is reserved"
        if command.cause == "max_wait":
            assert contact.overflow_at is not None
            assert contact.overflow_at <= self.now
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
            keeps_turn = withdrawn is not None and withdrawn.cause in ("caller_left", "withdrawn")
            if not keeps_turn:
                agent.idle_since = self.now
            contact = self.contacts.get(withdrawn.contact_id) if withdrawn is not None else None
            if contact is not None:
                contact.held_from, contact.held_idle_since = agent.agent_id, agent.idle_since
                contact.held_until = self.now + contact.queue.ring_timeout

    def _ends(self, contact_id: str, outcome: str) -> None:
        assert contact_id not in self.outcomes, "a visit that ended twice"
        self.outcomes[contact_id] = outcome

    def _idle(self) -> Iterable[SeenAgent]:
        return (agent for agent in self.agents.values() if agent.state == "idle")

    def _can_take(self, agent: SeenAgent, contact: SeenContact) -> bool:
        needed = contact.queue.skills.items()
        if any(agent.skills.get(skill, 0) < level for skill, level in needed):
            return False
        held = contact.held_from == agent.agent_id and contact.held_idle_since == agent.idle_since
        return not (held and self.now < contact.held_until)

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
            assert not (contact.waiting and overdue), "a contact that waits past its time"
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
