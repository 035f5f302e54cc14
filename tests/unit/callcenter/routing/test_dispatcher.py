"""The queue engine's shell: one input after the other, one timer, contacts by id."""

import asyncio
from collections.abc import Callable

import pytest

import acd
from callcenter import events
from callcenter.clock import Clock
from callcenter.event_stream import EventStream
from callcenter.routing.dispatcher import Dispatcher
from tests.support.virtual_loop import START, virtual_time

QUEUE = acd.QueueConfig("q", {"s": 1}, max_wait=30, acw=5)


class Waiting:
    """A contact that notes what it is told, and may answer back at once."""

    def __init__(self, contact_id: str) -> None:
        self.contact_id = contact_id
        self.log: list[str] = []
        self.offer: acd.Offer
        self.on_offer: Callable[[acd.Offer], None] = lambda offer: None
        self.on_withdraw: Callable[[acd.Withdraw], None] = lambda offer: None

    def offered(self, offer: acd.Offer) -> None:
        self.offer = offer
        self.log.append(f"offer {offer.agent_id}")
        self.on_offer(offer)

    def withdrawn(self, offer: acd.Withdraw) -> None:
        self.log.append(f"withdraw {offer.agent_id} {offer.cause}")
        self.on_withdraw(offer)

    def overflowed(self, cause: str) -> None:
        self.log.append(cause)


class Bench:
    """A dispatcher and the stream of its events."""

    def __init__(self) -> None:
        self.told: list[events.Event] = []
        self.errors: list[Exception] = []
        stream = EventStream(lambda _, error: self.errors.append(error))
        stream.subscribe(self.told.append)
        self.dispatcher = Dispatcher(
            acd.Engine([QUEUE]),
            Clock(asyncio.get_running_loop().time),
            stream,
            lambda agent_id: f"seat of {agent_id}",
            lambda _, error: self.errors.append(error),
        )

    def sign_in(self, *agents: str) -> None:
        for agent_id in agents:
            self.dispatcher.post(acd.AgentSignedIn(agent_id, {"s": 1}))

    def wait(self, contact_id: str, **reactions: Callable[..., None]) -> Waiting:
        contact = Waiting(contact_id)
        for name, reaction in reactions.items():
            setattr(contact, name, reaction)
        self.dispatcher.enqueue(contact, acd.ContactQueued(contact_id, "q"))
        return contact

    def states(self, agent_id: str) -> list[str]:
        changes = [e for e in self.told if isinstance(e, events.AgentStateChanged)]
        return [each.state for each in changes if each.agent_id == agent_id]


@virtual_time
async def test_offers_withdrawals_and_overflows_reach_their_contact() -> None:
    bench = Bench()
    contact = bench.wait("c")
    bench.sign_in("ann")
    await asyncio.sleep(29)
    assert contact.log == ["offer ann", "withdraw ann no_answer"]
    await asyncio.sleep(2)

    assert contact.log[2:] == ["max_wait"]
    assert bench.dispatcher.engine.next_deadline() is None


@virtual_time
async def test_an_input_that_arises_meanwhile_waits_its_turn() -> None:
    """A contact whose offer fails at once is told of the next offer after this one's end."""
    bench = Bench()
    bench.sign_in("ann", "bo")

    def refuse(offer: acd.Offer) -> None:
        bench.dispatcher.post(acd.OfferRefused(offer.offer_id, "device_failed"))
        assert contact_log[-1] == f"offer {offer.agent_id}"

    contact = Waiting("c")
    contact_log = contact.log
    contact.on_offer = refuse
    bench.dispatcher.enqueue(contact, acd.ContactQueued("c", "q"))

    assert contact.log == [
        "offer ann",
        "withdraw ann device_failed",
        "offer bo",
        "withdraw bo device_failed",
    ]
    assert bench.states("ann") == bench.states("bo") == ["idle", "ringing", "busy"]
    bench.dispatcher.close()


@virtual_time
async def test_a_contact_that_leaves_as_it_is_withdrawn_is_told_no_more() -> None:
    bench = Bench()
    bench.sign_in("ann", "bo")
    contact = Waiting("c")
    contact.on_withdraw = lambda offer: bench.dispatcher.leave(contact)
    bench.dispatcher.enqueue(contact, acd.ContactQueued("c", "q"))
    bench.dispatcher.post(acd.AgentSignedOut("ann"))

    assert contact.log == [
        "offer ann",
        "withdraw ann withdrawn",
        "offer bo",
        "withdraw bo caller_left",
    ]
    assert bench.dispatcher.engine.snapshot().contacts == 0
    assert bench.states("bo") == ["idle", "ringing", "idle"]
    bench.dispatcher.close()


@virtual_time
async def test_an_offer_is_accepted_once_and_only_while_it_lasts() -> None:
    bench = Bench()
    bench.sign_in("ann")
    first = bench.wait("c1")
    bench.dispatcher.leave(first)
    assert not bench.dispatcher.accept(first.offer)

    second = bench.wait("c2")
    assert bench.dispatcher.accept(second.offer)
    bench.dispatcher.leave(second)  # no longer waiting: nothing happens
    assert bench.dispatcher.view("ann").state == "talking"
    bench.dispatcher.close()


@virtual_time
async def test_wrap_up_is_told_with_the_call_it_belongs_to() -> None:
    bench = Bench()
    bench.sign_in("ann")
    contact = bench.wait("c")
    bench.dispatcher.accept(contact.offer)
    await asyncio.sleep(7)
    bench.dispatcher.post(acd.ContactEnded("c"))
    await asyncio.sleep(10)

    assert [e for e in bench.told if not isinstance(e, events.AgentStateChanged)] == [
        events.WrapUpStarted(1007, "c", "q", "ann"),
        events.WrapUpEnded(1012, "c", "q", "ann"),
    ]


@virtual_time
async def test_wrap_up_ends_with_the_logout() -> None:
    bench = Bench()
    bench.sign_in("ann")
    bench.dispatcher.accept(bench.wait("c").offer)
    bench.dispatcher.post(acd.ContactEnded("c"))
    bench.dispatcher.post(acd.AgentSignedOut("ann"))

    assert [type(e) for e in bench.told][-2:] == [events.WrapUpEnded, events.AgentStateChanged]
    last = bench.told[-1]
    assert isinstance(last, events.AgentStateChanged)
    assert (last.state, last.seat_no) == ("logged_out", "seat of ann")


@virtual_time
async def test_a_refused_input_is_the_posters_alone() -> None:
    bench = Bench()
    bench.sign_in("ann")
    contact = bench.wait("c")
    with pytest.raises(acd.WrongStateError):
        bench.dispatcher.post(acd.AgentSetBusy("ann", "tea"))

    await asyncio.sleep(11)  # the timer is still set
    assert contact.log == ["offer ann", "withdraw ann no_answer"]
    bench.dispatcher.close()


@virtual_time
async def test_what_one_contact_raises_costs_nobody_else_a_command() -> None:
    bench = Bench()
    bench.sign_in("ann")

    def fail(offer: acd.Offer) -> None:
        raise RuntimeError("a bug of ours")

    contact = Waiting("c")
    contact.on_offer = fail
    bench.dispatcher.enqueue(contact, acd.ContactQueued("c", "q"))
    assert [str(error) for error in bench.errors] == ["a bug of ours"]
    # The command behind the offer, in the same answer of the engine:
    assert bench.told[-1] == events.AgentStateChanged(
        START, "ann", "seat of ann", "ringing", "idle", ""
    )
    await asyncio.sleep(11)

    assert contact.log == ["offer ann", "withdraw ann no_answer"]
    assert bench.dispatcher.view("ann").reason == "no_answer"
    bench.dispatcher.close()


@virtual_time
async def test_nobody_but_the_signed_in_is_in_view() -> None:
    bench = Bench()
    with pytest.raises(KeyError):
        bench.dispatcher.view("ann")
    bench.sign_in("ann")
    assert bench.dispatcher.view("ann").state == "idle"
