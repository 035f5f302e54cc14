"""Random wishes, agents, customers and restarts against what must hold of all who are called back.

The engine, the dispatcher and `Callbacks` are the real ones; the calls are played by the machine.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import acd
from callcenter import events
from callcenter.clock import Clock
from callcenter.event_stream import EventStream
from callcenter.routing.dispatcher import Dispatcher
from callcenter.settings import CallbackSettings, QueueSettings
from callcenter.switch.callbacks import Callback, Callbacks, Place
from tests.support.virtual_loop import VirtualLoop

NUMBERS = ["111", "222", "333", "444"]
AGENTS = ["a", "b", "c"]
SETTINGS = CallbackSettings(attempts=2, retry_after=120, ring=20, delay=5, expires=900)
QUEUE = QueueSettings(name="q", skills={"s": 1}, callback=SETTINGS)
EXPIRES = SETTINGS.expires
MOST_S = 4000.0


class Visit:
    """A call with its customer and the agent kept for them, as the dispatcher sees it."""

    def __init__(self, place: Place, offer: acd.Offer, board: "Board") -> None:
        self.contact_id = place.contact_id
        self.place = place
        self.offer = offer
        self._board = board

    def offered(self, offer: acd.Offer) -> None:
        self.offer = offer

    def withdrawn(self, offer: acd.Withdraw) -> None:
        asyncio.get_running_loop().call_soon(self._nobody_rings, offer.offer_id)

    def overflowed(self, cause: acd.OverflowCause) -> None:
        self._nobody_rings(self.offer.offer_id)

    def _nobody_rings(self, offer_id: int) -> None:
        if self in self._board.calls and self.offer.offer_id == offer_id:
            self.end("callback")

    def end(self, outcome: events.QueueOutcome) -> None:
        self._board.calls.remove(self)
        if outcome != "answered":
            self._board.dispatcher.leave(self)
        self.place.ended(outcome)


class Board:
    """Begins calls, unless it is full; the machine plays them."""

    def __init__(self, dispatcher: Dispatcher, ids: Iterator[int]) -> None:
        self.full = False
        self.calls: list[Visit] = []
        self.dispatcher = dispatcher
        self._ids = ids

    def call_back(self, place: Place) -> None:
        if self.full:
            raise OSError("no channel")
        assert place.offer is not None
        visit = Visit(place, place.offer, self)
        self.calls.append(visit)
        self.dispatcher.adopt(visit)

    def new_call_id(self) -> str:
        return f"call-{next(self._ids)}"


class CalledBack(RuleBasedStateMachine):
    """What may happen in a queue whose callers are called back."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.clock = Clock(self.loop.time, lambda: 1_700_000_000 + self.loop.time())
        self.errors: list[Exception] = []
        self.stream = EventStream(lambda _, error: self.errors.append(error))
        self.dispatcher = Dispatcher(
            acd.Engine([acd.QueueConfig("q", {"s": 1}, ring_timeout=10)]),
            self.clock,
            self.stream,
            lambda agent_id: agent_id,
            lambda _, error: self.errors.append(error),
        )
        self.asked: dict[str, Callback] = {}
        self.ends: Counter[str] = Counter()
        """By the wish's id: how often it ended."""
        self.talks: list[str] = []
        self._ids = count()
        self.begin([])

    def do(self, what: Callable[[], object] = bool, seconds: float = 0.0) -> None:
        """Runs something on the loop, and lets time go by."""

        async def run() -> None:
            what()
            await asyncio.sleep(0)  # what calls do right after it
            await asyncio.sleep(seconds)

        self.loop.run_until_complete(run())

    def changed(self, callback: Callback) -> None:
        self.asked.setdefault(callback.callback_id, callback)
        self.ends[callback.callback_id] += callback.state != "waiting"

    # What may happen.

    @rule(number=st.sampled_from(NUMBERS), waited=st.sampled_from([0.0, 30.0, 300.0]))
    def ask(self, number: str, waited: float) -> None:
        def ask() -> None:
            there = {each.number for each in self.callbacks.waiting()}
            answer = self.callbacks.ask(
                number,
                "q",
                dnis="4000",
                language="en",
                priority=0,
                waiting_since=self.clock.now() - waited,
                call_id="first",
            )
            assert answer == ("there" if number in there else "noted")

        self.do(ask)

    @rule(which=st.integers(0, 3))
    def cancel(self, which: int) -> None:
        waiting = self.callbacks.waiting()
        if waiting:
            wish = waiting[which % len(waiting)]
            self.do(lambda: self.callbacks.cancel(wish.callback_id))

    @rule(agent=st.sampled_from(AGENTS))
    def sign_in(self, agent: str) -> None:
        self.do(lambda: self.dispatcher.post(acd.AgentSignedIn(agent, {"s": 1})))

    @rule(agent=st.sampled_from(AGENTS))
    def sign_out(self, agent: str) -> None:
        self.do(lambda: self.dispatcher.post(acd.AgentSignedOut(agent)))

    @rule(agent=st.sampled_from(AGENTS))
    def be_idle(self, agent: str) -> None:
        if (view := self.dispatcher.engine.agent(agent)) is not None and view.state == "busy":
            self.do(lambda: self.dispatcher.post(acd.AgentSetIdle(agent)))

    @precondition(lambda self: self.board.calls)
    @rule(which=st.integers(0, 3))
    def reach(self, which: int) -> None:
        """Agent and customer talk."""
        visit = self.board.calls[which % len(self.board.calls)]
        self.talks.append(visit.contact_id)

        def talk() -> None:
            assert self.dispatcher.accept(visit.offer)
            visit.end("answered")

        self.do(talk)

    @precondition(lambda self: self.board.calls)
    @rule(which=st.integers(0, 3))
    def miss(self, which: int) -> None:
        """The customer does not answer."""
        visit = self.board.calls[which % len(self.board.calls)]
        self.do(lambda: visit.end("unreached"))

    @precondition(lambda self: self.board.calls)
    @rule(which=st.integers(0, 3), outcome=st.sampled_from(["rejected", "no_answer"]))
    def refuse(self, which: int, outcome: acd.RefusalOutcome) -> None:
        """The agent does not."""
        offer = self.board.calls[which % len(self.board.calls)].offer
        self.do(lambda: self.dispatcher.post(acd.OfferRefused(offer.offer_id, outcome)))

    @precondition(lambda self: self.talks)
    @rule()
    def hang_up(self) -> None:
        call_id = self.talks.pop()
        self.do(lambda: self.dispatcher.post(acd.ContactEnded(call_id)))

    @rule(full=st.booleans())
    def run_out_of_channels(self, full: bool) -> None:
        self.board.full = full

    @rule(clear=st.booleans())
    def close_queue(self, clear: bool) -> None:
        self.do(lambda: self.dispatcher.post(acd.QueueClosed("q", clear)))

    @rule()
    def open_queue(self) -> None:
        self.do(lambda: self.dispatcher.post(acd.QueueReopened("q")))

    @rule(seconds=st.sampled_from([1.0, 9.0, 60.0, 200.0, 1000.0]))
    def wait(self, seconds: float) -> None:
        self.do(seconds=seconds)

    @rule()
    def restart(self) -> None:
        """The database has the wishes; calls in progress are cut."""
        before = self.callbacks.waiting()
        self.do(self.callbacks.close)
        for visit in self.board.calls:
            self.do(partial(self.dispatcher.leave, visit))
        self.begin(before)

    def begin(self, before: list[Callback]) -> None:
        """A process starts."""
        self.board = Board(self.dispatcher, self._ids)
        self.callbacks = Callbacks(
            {"q": QUEUE}, self.dispatcher, self.clock, self.stream, lambda _: True, str
        )
        self.callbacks.board, self.callbacks.changed = self.board, self.changed
        self.do(lambda: self.callbacks.restore(before))

    # What must hold.

    @invariant()
    def every_wish_is_once_on_the_list_or_ended_once(self) -> None:
        assert not self.errors
        waiting = self.callbacks.waiting()
        assert len({each.number for each in waiting}) == len(waiting)
        there = {each.callback_id for each in waiting}
        for callback_id in self.asked:
            assert self.ends[callback_id] == (callback_id not in there)

    @invariant()
    def nobody_loses_their_place_or_is_called_too_often(self) -> None:
        for wish in self.callbacks.waiting():
            assert wish.waiting_since == self.asked[wish.callback_id].waiting_since
            assert wish.attempts < SETTINGS.attempts

    @invariant()
    def every_call_has_an_agent_of_its_own(self) -> None:
        kept = [visit.offer.agent_id for visit in self.board.calls]
        assert len(kept) == len(set(kept))
        for agent in kept:
            view = self.dispatcher.engine.agent(agent)
            assert view is not None
            assert view.state == "ringing"

    @invariant()
    def whoever_waits_is_in_line_or_called_or_will_be(self) -> None:
        called = {visit.place.callback.callback_id for visit in self.board.calls}
        now = self.clock.wall()
        in_line = self.dispatcher.engine.queue("q").waiting
        due = [
            each
            for each in self.callbacks.waiting()
            if each.due_at <= now and each.callback_id not in called
        ]
        assert in_line == len(due)
        assert all((now - each.asked_at).total_seconds() < EXPIRES for each in due)

    @invariant()
    def no_agent_is_idle_while_somebody_is_in_line(self) -> None:
        queue = self.dispatcher.engine.queue("q")
        assert not (queue.waiting and queue.idle)

    def teardown(self) -> None:
        """With agents and channels, and with time, everybody is called or given up."""
        self.board.full = False
        self.open_queue()
        for agent in AGENTS:
            self.sign_in(agent)
        end = self.loop.time() + MOST_S
        while self.callbacks.waiting() and self.loop.time() < end:
            self.do(seconds=5.0)
            for agent in AGENTS:
                self.be_idle(agent)
            while self.board.calls:
                self.reach(0)
            while self.talks:
                self.hang_up()
        assert not self.callbacks.waiting()
        self.do(self.callbacks.close)
        self.dispatcher.close()
        self.loop.close()


CalledBack.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
test_called_back = CalledBack.TestCase
