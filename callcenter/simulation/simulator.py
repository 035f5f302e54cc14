"""One run: a day's traffic through the daemon's own queue engine. Deterministic for a seed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import inf
from random import Random
from typing import Any

import acd
from callcenter.calendars.opening import Opening
from callcenter.clock import Clock
from callcenter.exchange import queue_config
from callcenter.settings import QueueSettings, Settings
from callcenter.simulation.traffic import Arrival, Traffic
from callcenter.statistics.figures import QueueFigures
from ivr.targets import ToQueue

SAMPLE_S = 60.0
"""How often the number of waiting callers is looked at."""
OUTCOMES: dict[acd.OverflowCause, str] = {
    "max_wait": "timeout",
    "no_agents": "no_agents",
    "all_busy": "overflow",
    "full": "overflow",
    "closed": "no_agents",
}
"""As the ledger of the live site has them."""


@dataclass(frozen=True, slots=True)
class Left:
    """The end of a visit to a queue."""

    contact_id: str
    queue: str
    outcome: str
    waited_s: float


@dataclass(slots=True)
class Result:
    """What came of it."""

    queues: dict[str, QueueFigures]
    waiting: list[int] = field(default_factory=list)
    """In all queues, every `SAMPLE_S`."""
    busy_s: float = 0.0
    """Talk and after-call work of all agents."""
    idle_s: float = 0.0
    waits: list[float] = field(default_factory=list)
    """Of the answered, in the order of answering."""
    commands: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> QueueFigures:
        """All queues together."""
        total = QueueFigures(0.0)
        for figures in self.queues.values():
            total.add(figures)
        return total

    @property
    def occupancy(self) -> float | None:
        """Of all agents: contacts and after-call work by these and idle time."""
        signed_in = self.busy_s + self.idle_s
        return self.busy_s / signed_in if signed_in else None


@dataclass(slots=True)
class _Caller:
    arrival: Arrival
    queue: str
    entered: float
    """The queue that they are in now."""
    began: float
    gives_up: float
    talking: bool = False


class Simulator:
    """Feeds the engine; `run` once."""

    def __init__(
        self,
        site: Settings,
        traffic: Traffic,
        seed: int = 0,
        on_left: Callable[[Left], None] | None = None,
    ) -> None:
        """`on_left` is told of the end of every visit."""
        self._traffic = traffic
        self._chance = Random(seed)
        self._queues = {queue.name: queue for queue in site.queues}
        self._engine = acd.Engine(map(queue_config, site.queues), self._chance.random)
        self._on_left = on_left
        self._now = 0.0
        self._serial = count()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._callers: dict[str, _Caller] = {}
        self._states: dict[str, tuple[str, float]] = {}
        self.result = Result(
            {queue.name: QueueFigures(queue.answer_within) for queue in site.queues}
        )
        self._opening = Opening(
            site.calendars,
            site.queues,
            Clock(lambda: self._now, lambda: traffic.begins + self._now),
            self._feed,
            _Silent(),
        )

    def run(self, progress: Callable[[float], None] = lambda _: None) -> Result:
        """To the end of the traffic; `progress` is told the seconds that are done, now and then."""
        arrivals = iter(self._traffic.arrivals)
        for at, event in self._traffic.presence:
            self._plan(at, partial(self._feed, event))
        if self._opening.calendars:
            self._follow_calendars()
        self._plan(0.0, lambda: self._sample(progress))
        arrival = next(arrivals, None)
        while True:
            due = self._next_due()
            if arrival is not None and arrival.at < due:
                self._now = arrival.at
                self._arrive(arrival)
                arrival = next(arrivals, None)
            elif due <= self._traffic.seconds:
                self._step(due)
            else:
                break
        self._now = self._traffic.seconds
        for agent_id in list(self._states):
            self._account(agent_id, "logged_out")
        progress(self._traffic.seconds)
        return self.result

    def _next_due(self) -> float:
        deadline = self._engine.next_deadline()
        planned = self._agenda[0][0] if self._agenda else inf
        return min(planned, deadline if deadline is not None else inf)

    def _step(self, due: float) -> None:
        """What is planned goes before what lapses in the engine: an answer in time counts."""
        self._now = due
        if self._agenda and self._agenda[0][0] <= due:
            heappop(self._agenda)[2]()
        else:
            self._obey(self._engine.advance(due))

    def _plan(self, at: float, what: Callable[[], None]) -> None:
        heappush(self._agenda, (at, next(self._serial), what))

    def _sample(self, progress: Callable[[float], None]) -> None:
        self.result.waiting.append(
            sum(queue.waiting + queue.ringing for queue in self._engine.snapshot().queues)
        )
        progress(self._now)
        self._plan(self._now + SAMPLE_S, lambda: self._sample(progress))

    def _follow_calendars(self) -> None:
        self._plan(self._now + max(self._opening.follow(), 1.0), self._follow_calendars)

    # Callers.

    def _arrive(self, arrival: Arrival) -> None:
        now = self._now
        caller = _Caller(arrival, arrival.queue, now, now, now + arrival.patience)
        self._callers[arrival.contact_id] = caller
        if caller.gives_up < inf:
            self._plan(caller.gives_up, lambda: self._give_up(caller))
        self._enter(caller, arrival.queue)

    def _enter(self, caller: _Caller, queue: str) -> None:
        caller.queue, caller.entered = queue, self._now
        self.result.queues[queue].enter()
        arrival = caller.arrival
        self._feed(
            acd.ContactQueued(
                arrival.contact_id,
                queue,
                arrival.priority,
                enqueued_at=caller.began,
                preferred=arrival.preferred,
            )
        )

    def _give_up(self, caller: _Caller) -> None:
        if self._callers.get(caller.arrival.contact_id) is caller and not caller.talking:
            short = self._now - caller.entered < self._queues[caller.queue].short_abandon
            self._leave(caller, "short_abandon" if short else "abandoned")
            del self._callers[caller.arrival.contact_id]
            self._feed(acd.ContactLeft(caller.arrival.contact_id))

    def _leave(self, caller: _Caller, outcome: str) -> None:
        waited = self._now - caller.entered
        left = Left(caller.arrival.contact_id, caller.queue, outcome, waited)
        self.result.queues[caller.queue].leave(left)
        if outcome == "answered":
            self.result.waits.append(waited)
        if self._on_left is not None:
            self._on_left(left)

    def _hang_up(self, caller: _Caller) -> None:
        del self._callers[caller.arrival.contact_id]
        self._feed(acd.ContactEnded(caller.arrival.contact_id))

    # The engine.

    def _feed(self, event: acd.Event) -> None:
        try:
            commands = self._engine.handle(event, self._now)
        except acd.WrongStateError:
            return  # recorded of an agent who, by these rules, does something else now
        self._obey(commands)

    def _obey(self, commands: list[acd.Command]) -> None:
        for command in commands:
            self.result.commands[type(command).__name__] += 1
            match command:
                case acd.Offer():
                    self._ring(command)
                case acd.Overflow():
                    self._overflow(command)
                case acd.AgentStateChanged():
                    self._account(command.agent_id, command.state)
                    if command.state == "busy" and command.reason in ("no_answer", "rejected"):
                        self._come_back(command.agent_id)
                case _:
                    pass

    def _ring(self, offer: acd.Offer) -> None:
        habits = self._traffic.habits
        if habits.missed and self._chance.random() < habits.missed:
            return
        delay = habits.answer(self._chance)
        if delay < offer.answer_within:
            self._plan(self._now + delay, lambda: self._answer(offer))

    def _answer(self, offer: acd.Offer) -> None:
        caller = self._callers.get(offer.contact_id)
        view = self._engine.agent(offer.agent_id)
        if caller is None or view is None or view.offer_id != offer.offer_id:
            return  # over before
        self._leave(caller, "answered")
        caller.talking = True
        talk = caller.arrival.talk
        figures = self.result.queues[caller.queue]
        figures.talks += 1
        figures.talk_s += talk
        figures.wrap_up_s += self._queues[caller.queue].acw
        self._plan(self._now + talk, lambda: self._hang_up(caller))
        self._feed(acd.OfferAccepted(offer.offer_id))

    def _overflow(self, command: acd.Overflow) -> None:
        caller = self._callers[command.contact_id]
        self._leave(caller, OUTCOMES[command.cause])
        target = _target(self._queues[command.queue], command.cause)
        if isinstance(target, ToQueue) and self._now < caller.gives_up:
            self._enter(caller, target.queue)
        else:
            del self._callers[command.contact_id]

    def _come_back(self, agent_id: str) -> None:
        def back() -> None:
            view = self._engine.agent(agent_id)
            if view is not None and view.reason in ("no_answer", "rejected"):
                self._feed(acd.AgentSetIdle(agent_id))

        self._plan(self._now + self._traffic.habits.back_after, back)

    def _account(self, agent_id: str, state: str) -> None:
        before, since = self._states.pop(agent_id, ("", self._now))
        if before == "idle":
            self.result.idle_s += self._now - since
        elif before in ("talking", "acw"):
            self.result.busy_s += self._now - since
        if state != "logged_out":
            self._states[agent_id] = (state, self._now)


def _target(queue: QueueSettings, cause: acd.OverflowCause) -> object:
    """Where the site sends whoever leaves for that reason."""
    match cause:
        case "max_wait":
            return queue.on_timeout
        case "no_agents":
            return queue.on_no_agents
        case "all_busy":
            return queue.on_all_busy
        case "full":
            return queue.on_full
        case "closed":
            return queue.on_closed or queue.on_no_agents


class _Silent:
    def info(self, *_: Any, **__: Any) -> None:
        """Nobody wants to read that."""
