"""GD-2.1.10: one queue for all media; capacity for each, and what may interrupt what."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd import (
    INTERRUPTS,
    AcwFinished,
    AgentEngaged,
    AgentReleased,
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkilled,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    DeviceChanged,
    Engine,
    Event,
    InvalidCapacityError,
    InvalidQueueError,
    Offer,
    OfferAccepted,
    OfferRefused,
    Overflow,
    Preferred,
    QueueAdded,
    QueueChanged,
    QueueConfig,
    Step,
    Withdraw,
    WrongStateError,
)
from tests.support.acd_script import play, quietly

QUEUES = [
    QueueConfig("calls", {"a": 1}, acw=3),
    QueueConfig("chats", {"a": 1}, medium="chat", ring_timeout=20),
    QueueConfig("mails", {"a": 1}, medium="email", ring_timeout=30),
]


def centre(**capacity: int) -> Engine:
    engine = Engine(QUEUES)
    quietly(engine, 0, AgentSignedIn("ann", {"a": 1}, capacity=capacity))
    return engine


def offered(engine: Engine, at: float, *contacts: tuple[str, str]) -> list[str]:
    """Puts contacts in queues; whom of them the agent is offered, each accepted at once."""
    taken = []
    for contact_id, queue in contacts:
        for command in engine.handle(ContactQueued(contact_id, queue), at):
            if isinstance(command, Offer):
                taken.append(command.contact_id)
                engine.handle(OfferAccepted(command.offer_id), at)
    return taken


def test_as_many_of_each_medium_as_the_agent_may_have() -> None:
    engine = centre(chat=2)
    chats = [(f"chat{n}", "chats") for n in range(3)]
    assert offered(engine, 1, *chats) == ["chat0", "chat1"]
    view = engine.agent("ann")
    assert view is not None
    assert (view.state, view.beside) == ("idle", ("chat0", "chat1"))
    assert engine.queue("chats").waiting == 1
    play(engine, [(2, ContactEnded("chat0"), ["offer chat2 to ann"])])


def test_one_of_each_where_nothing_is_said_and_none_where_it_is_0() -> None:
    engine = centre(email=0)
    told = offered(engine, 1, ("m", "mails"), ("c1", "chats"), ("c2", "chats"))
    assert told == ["c1"]
    assert engine.queue("mails").waiting == 1


def test_a_call_interrupts_chats_and_mails_but_nothing_interrupts_a_call() -> None:
    engine = centre(chat=3, email=3)
    first = (("m1", "mails"), ("c1", "chats"), ("call", "calls"))
    told = offered(engine, 1, *first, ("c2", "chats"), ("m2", "mails"))
    assert told == ["m1", "c1", "call"]
    # The wrap-up is the call's; then those who waited come, the first one first.
    play(
        engine,
        [
            (5, ContactEnded("call"), ["ann: talking>acw"]),
            (6, AcwFinished("ann"), ["ann: acw>idle", "offer c2 to ann"]),
        ],
    )


def test_a_chat_interrupts_mails_but_a_mail_does_not_interrupt_a_chat() -> None:
    engine = centre(chat=2, email=2)
    assert offered(engine, 1, ("m1", "mails"), ("c1", "chats"), ("m2", "mails")) == ["m1", "c1"]
    play(engine, [(2, ContactEnded("c1"), ["offer m2 to ann"])])


def test_what_a_call_may_not_interrupt_counts_as_talking() -> None:
    engine = Engine(QUEUES, interrupts={"voice": frozenset({"email"})})
    quietly(engine, 0, AgentSignedIn("ann", {"a": 1}))
    assert offered(engine, 1, ("c1", "chats"), ("call", "calls")) == ["c1"]
    view = engine.agent("ann")
    assert view is not None
    assert view.state == "talking"
    play(
        engine,
        [
            (
                2,
                ContactEnded("c1"),
                ["ann: talking>idle", "offer call to ann", "ann: idle>ringing"],
            )
        ],
    )


def test_the_longest_waiting_of_all_media_is_first() -> None:
    engine = Engine(QUEUES)
    for at, (contact_id, queue) in enumerate(
        [("mail", "mails"), ("chat", "chats"), ("call", "calls")]
    ):
        quietly(engine, at, ContactQueued(contact_id, queue))
    commands = engine.handle(AgentSignedIn("ann", {"a": 1}), 9)
    assert [each.contact_id for each in commands if isinstance(each, Offer)] == [
        "mail",
        "chat",
        "call",
    ]
    assert [each.contact_id for each in commands if isinstance(each, Offer)]


def test_an_unanswered_chat_makes_busy_and_leaves_the_others_be() -> None:
    engine = centre(chat=2)
    offered(engine, 1, ("c1", "chats"))
    quietly(engine, 2, ContactQueued("c2", "chats"))
    play(
        engine,
        [
            (22, None, ["withdraw c2 from ann: no_answer", "ann: idle>busy(no_answer)"]),
            (23, ContactEnded("c1"), []),
            (24, AgentSetIdle("ann"), ["ann: busy>idle", "offer c2 to ann"]),
        ],
    )


def test_signing_out_gives_everything_back() -> None:
    engine = centre(chat=3)
    offered(engine, 1, ("m1", "mails"), ("c1", "chats"))
    quietly(engine, 1, ContactQueued("c2", "chats"))
    quietly(engine, 2, AgentSignedIn("bo", {"a": 1}))
    play(
        engine,
        [
            (
                3,
                AgentSignedOut("ann"),
                ["withdraw c2 from ann: withdrawn", "ann: idle>logged_out", "offer c2 to bo"],
            )
        ],
    )
    assert engine.snapshot().contacts == 1


def test_who_is_asked_for_by_name_is_waited_for_by_medium() -> None:
    engine = centre()
    offered(engine, 1, ("c1", "chats"))
    quietly(engine, 2, AgentSignedIn("bo", {"a": 1}))
    asks = ContactQueued("c2", "chats", preferred=(Preferred("ann", 60),))
    play(engine, [(3, asks, []), (4, ContactEnded("c1"), ["offer c2 to ann"])])


def test_a_medium_that_is_new_finds_those_who_are_there() -> None:
    engine = Engine([QUEUES[0]])
    quietly(engine, 0, AgentSignedIn("ann", {"a": 1}))
    quietly(engine, 1, QueueAdded(QUEUES[1]))
    assert offered(engine, 2, ("c1", "chats")) == ["c1"]


@pytest.mark.parametrize("capacity", [{"voice": 2}, {"chat": -1}, {"chat": True}, {"email": 1.5}])
def test_capacities_that_make_no_sense_are_refused(capacity: dict[str, int]) -> None:
    with pytest.raises(InvalidCapacityError, match="agent ann"):
        Engine(QUEUES).handle(AgentSignedIn("ann", {}, capacity=capacity), 0)


def test_queues_of_different_media_do_not_mix() -> None:
    with pytest.raises(InvalidQueueError, match="of another medium"):
        Engine([*QUEUES, QueueConfig("q", medium="chat", steps=(Step(5, queues=("calls",)),))])
    with pytest.raises(InvalidQueueError, match="acw = 5, is for voice only"):
        QueueConfig("q", medium="chat", acw=5)
    with pytest.raises(InvalidQueueError, match="medium cannot change"):
        Engine(QUEUES).handle(QueueChanged(QueueConfig("chats", {"a": 1})), 0)


# Random commands. The model knows who has what in hand, by inputs and commands alone.

CAPACITY = {"ann": {"chat": 3, "email": 2}, "bo": {"voice": 0, "chat": 1}, "cy": {}}
SKILLS = {"ann": {"a": 1}, "bo": {"a": 2}, "cy": {"b": 1}}
MEDIA = {"calls": "voice", "chats": "chat", "mails": "email", "others": "chat"}
RANDOM = [*QUEUES, QueueConfig("others", {"b": 1}, medium="chat")]


@dataclass
class Model:
    engine: Engine = field(default_factory=lambda: Engine(RANDOM))
    journal: list[tuple[float, Event | None, object]] = field(default_factory=list)
    queue_of: dict[str, str] = field(default_factory=dict)
    since: dict[str, tuple[float, int]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    offers: dict[int, tuple[str, str]] = field(default_factory=dict)
    hands: dict[str, str] = field(default_factory=dict)
    """Contact to agent."""
    serial: int = 0

    def feed(self, now: float, event: Event | None) -> None:
        try:
            commands = self.engine.advance(now) if event is None else self.engine.handle(event, now)
        except WrongStateError as error:
            self.journal.append((now, event, str(error)))
            return
        self.journal.append((now, event, commands))
        self._take(now, event)
        for command in commands:
            match command:
                case Offer():
                    self._offer(command)
                case Withdraw():
                    contact_id, _ = self.offers.pop(command.offer_id)
                    if contact_id in self.queue_of:
                        self.waiting.add(contact_id)
                case Overflow():
                    self._forget(command.contact_id)
        self._check()

    def _take(self, now: float, event: Event | None) -> None:
        match event:
            case ContactQueued() if event.contact_id not in self.queue_of:
                self.serial += 1
                self.queue_of[event.contact_id] = event.queue
                self.since[event.contact_id] = (now, self.serial)
                self.waiting.add(event.contact_id)
            case ContactLeft() | ContactEnded():
                self._forget(event.contact_id)
            case OfferAccepted() if event.offer_id in self.offers:
                contact_id, agent_id = self.offers.pop(event.offer_id)
                self.hands[contact_id] = agent_id
            case AgentSignedOut():
                for contact_id in [c for c, who in self.hands.items() if who == event.agent_id]:
                    self._forget(contact_id)

    def _forget(self, contact_id: str) -> None:
        self.queue_of.pop(contact_id, None)
        self.waiting.discard(contact_id)
        self.hands.pop(contact_id, None)

    def _offer(self, offer: Offer) -> None:
        medium = MEDIA[offer.queue]
        busy_with = self.in_hand(offer.agent_id)
        assert busy_with.count(medium) < CAPACITY[offer.agent_id].get(medium, 1)
        assert {each for each in busy_with if each != medium} <= INTERRUPTS[medium]
        for other in self.waiting:
            if self.since[other] < self.since[offer.contact_id]:
                assert not self._could_have(offer.agent_id, other), "an offer past who came before"
        self.waiting.remove(offer.contact_id)
        self.offers[offer.offer_id] = (offer.contact_id, offer.agent_id)

    def in_hand(self, agent_id: str) -> list[str]:
        held = [c for c, who in self.hands.items() if who == agent_id]
        held += [c for c, who in self.offers.values() if who == agent_id]
        return [MEDIA[self.queue_of[c]] for c in held if c in self.queue_of]

    def _could_have(self, agent_id: str, contact_id: str) -> bool:
        """As far as the media are concerned; what keeps agents otherwise is asked of the engine."""
        view = self.engine.agent(agent_id)
        queue = self.queue_of[contact_id]
        medium, skills = MEDIA[queue], SKILLS[agent_id]
        config = next(each for each in RANDOM if each.name == queue)
        if view is None or any(skills.get(s, 0) < level for s, level in config.skills.items()):
            return False
        if view.standing_busy is not None or view.acw_until is not None:
            return False
        if medium == "voice" and view.state != "idle":
            return False
        if view.state in ("talking", "dialling", "ringing") and "voice" not in INTERRUPTS[medium]:
            return False
        busy_with = self.in_hand(agent_id)
        if busy_with.count(medium) >= CAPACITY[agent_id].get(medium, 1):
            return False
        return {each for each in busy_with if each != medium} <= INTERRUPTS[medium]

    def _check(self) -> None:
        for contact_id in self.waiting:
            for agent_id in CAPACITY:
                assert not self._could_have(agent_id, contact_id), "a contact and an agent for it"
        snapshot = self.engine.snapshot()
        assert snapshot.contacts == len(self.queue_of)
        for queue in snapshot.queues:
            mine = {c for c, name in self.queue_of.items() if name == queue.name}
            assert queue.waiting == len(mine & self.waiting)
            assert queue.talking == len(mine & self.hands.keys())
            assert queue.ringing == len(mine & {c for c, _ in self.offers.values()})
        for agent_id in CAPACITY:
            view = self.engine.agent(agent_id)
            if view is not None:
                beside = view.beside
                mine = {c for c, who in self.hands.items() if who == agent_id}
                assert set(beside) == {c for c in mine if MEDIA[self.queue_of[c]] != "voice"}


agents = st.sampled_from(sorted(CAPACITY))
contacts = st.integers(1, 14).map(str)
Make = Callable[[Model], Event | None]


def newest(model: Model, back: int) -> int:
    live = sorted(model.offers)
    return live[-1 - back % len(live)] if live else back


inputs: st.SearchStrategy[Event | None] = st.one_of(
    st.none(),
    agents.map(lambda who: AgentSignedIn(who, SKILLS[who], capacity=CAPACITY[who])),
    st.builds(AgentSignedOut, agents),
    st.builds(AgentSetBusy, agents, st.just("x"), st.booleans()),
    st.builds(AgentSetIdle, agents, st.booleans()),
    st.builds(AgentEngaged, agents, st.just("talking")),
    st.builds(AgentReleased, agents),
    st.builds(AcwFinished, agents),
    st.builds(DeviceChanged, agents, st.booleans()),
    st.builds(ContactQueued, contacts, st.sampled_from(sorted(MEDIA))),
    st.builds(ContactQueued, contacts, st.sampled_from(sorted(MEDIA))),
    st.builds(ContactLeft, contacts),
    st.builds(ContactEnded, contacts),
)
comes = st.builds(ContactQueued, contacts, st.sampled_from(["calls", "chats", "chats", "mails"]))
accepted = st.integers(0, 3).map(lambda back: lambda model: OfferAccepted(newest(model, back)))
makes: st.SearchStrategy[Make] = st.one_of(
    inputs.map(lambda event: lambda _: event),
    comes.map(lambda event: lambda _: event),
    comes.map(lambda event: lambda _: event),
    comes.map(lambda event: lambda _: event),
    accepted,
    accepted,
    accepted,
    st.integers(0, 3).map(lambda back: lambda model: OfferRefused(newest(model, back), "rejected")),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.0, 1.0, 11.0]), makes), min_size=30, max_size=80))
def test_no_capacity_is_exceeded_and_nobody_waits_beside_who_could_have_them(
    script: list[tuple[float, Make]],
) -> None:
    model = Model()
    now = 0.0
    for agent_id in CAPACITY:
        signs_in = AgentSignedIn(agent_id, SKILLS[agent_id], capacity=CAPACITY[agent_id])
        model.feed(now, signs_in)
    for number, (pause, make) in enumerate(script):
        now += pause
        model.feed(now, None)
        model.feed(now, make(model))
        if number == len(script) // 2:
            model.engine = Engine.restore(model.engine.state())
    again = Engine(RANDOM)
    for at, event, told in model.journal:
        try:
            commands: object = again.advance(at) if event is None else again.handle(event, at)
        except WrongStateError as error:
            commands = str(error)
        assert commands == told


def test_skills_that_change_bring_other_media() -> None:
    engine = Engine(QUEUES)
    quietly(engine, 0, AgentSignedIn("ann", {}), ContactQueued("c", "chats"))
    play(engine, [(1, AgentSkilled("ann", {"a": 1}), ["offer c to ann"])])
