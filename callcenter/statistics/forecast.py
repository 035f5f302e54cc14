"""How long a caller will wait: a range that has proved itself, or nothing.

The raw guess is the work ahead by those who do it: AHT times those ahead and the caller, less the
idle agents, by the sum of each agent's share of work for this queue. Nobody is told it: how waits
turned out against it gives the range in which the middle four fifths of them lay. Until enough is
known, and where the range would be too wide to help, there is silence.

It is told to callers and asked by flows; the engine never asks it.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final, Protocol

import acd
from callcenter import events

SAMPLES: Final = 10
"""Talks, and waits held against their guess, without which nothing is said."""
TALKS: Final = 50
"""The newest, of which the average handling time is made."""
WAITS: Final = 200
"""The newest, of which the range is made."""
LEFT_OUT: Final = 0.1
"""The share of waits below the range, and above it."""
WIDEST: Final = 6.0
"""A range whose ends are further apart than this factor, from a minute on, helps nobody."""
SHARE_MEMORY: Final = 20
"""Talks of an agent, of which their share of work for a queue is made."""
MINUTE: Final = 60.0


class Centre(Protocol):
    """The part of the engine that is looked at."""

    def outlook(self, contact_id: str) -> acd.Outlook | None:
        """Where a contact stands."""

    def workers(self, queue: str) -> Sequence[acd.Worker]:
        """Who works for a queue."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a caller may be told."""

    position: int
    range_s: tuple[float, float] | None
    """Least and longest further wait, whole minutes; None: better say nothing."""


class Calibration:
    """One queue's experience; pure."""

    __slots__ = ("_acw", "_ratios", "_talks")

    def __init__(self) -> None:
        self._talks: deque[float] = deque(maxlen=TALKS)
        self._acw: deque[float] = deque(maxlen=TALKS)
        self._ratios: deque[float] = deque(maxlen=WAITS)

    def talked(self, seconds: float) -> None:
        """A talk of the queue is over."""
        self._talks.append(seconds)

    def wrapped_up(self, seconds: float) -> None:
        """After-call work of the queue is over."""
        self._acw.append(seconds)

    def waited(self, guess: float, seconds: float) -> None:
        """A wait that was guessed to last so long ended in an answer after `seconds`."""
        self._ratios.append(seconds / guess)

    def guess(self, ahead: int, workers: float) -> float | None:
        """The raw guess. `ahead`: those to be served before the caller, less idle agents;
        `workers`: the agents' shares added up. None where too little is known."""
        if len(self._talks) < SAMPLES or workers <= 0:
            return None
        aht = sum(self._talks) / len(self._talks)
        if self._acw:
            aht += sum(self._acw) / len(self._acw)
        return max(aht, 1.0) * (max(ahead, 0) + 1) / workers

    def range_of(self, guess: float) -> tuple[float, float] | None:
        """The range for a guess, rounded outwards to whole minutes."""
        ratios = sorted(self._ratios)
        if len(ratios) < SAMPLES:
            return None
        last = len(ratios) - 1
        low = guess * ratios[floor(LEFT_OUT * last)]
        high = guess * ratios[ceil((1 - LEFT_OUT) * last)]
        minutes = floor(low / MINUTE), max(ceil(high / MINUTE), 1)
        if minutes[1] > WIDEST * max(minutes[0], 1):
            return None
        return minutes[0] * MINUTE, minutes[1] * MINUTE


class Forecast:
    """A reader of the event stream, and whom the announcements and flows ask."""

    KINDS: Final = (
        events.QueueEntered,
        events.QueueLeft,
        events.TalkEnded,
        events.WrapUpStarted,
        events.WrapUpEnded,
    )

    def __init__(self, centre: Centre, now: Callable[[], float]) -> None:
        self._centre = centre
        self._now = now
        self._queues: dict[str, Calibration] = {}
        self._guesses: dict[str, tuple[float, float]] = {}
        """Call that waits to when it was first guessed, and how long."""
        self._wrap_ups: dict[str, float] = {}
        """Agent to the beginning of their after-call work."""
        self._work: dict[str, deque[str]] = {}
        """Agent to the queues of their newest talks."""
        self._workforce: dict[str, tuple[float, float, int]] = {}
        """Queue to when it was counted, shares and idle agents: all agents are looked at."""

    def read(self, event: events.Event) -> None:
        """Learns how long things take."""
        match event:
            case events.QueueEntered():
                self._guesses.pop(event.call_id, None)
            case events.QueueLeft():
                self._left(event)
            case events.TalkEnded():
                self._of(event.queue).talked(event.talk_s)
                work = self._work.setdefault(event.agent_id, deque(maxlen=SHARE_MEMORY))
                work.append(event.queue)
            case events.WrapUpStarted():
                self._wrap_ups[event.agent_id] = event.at
            case events.WrapUpEnded():
                began = self._wrap_ups.pop(event.agent_id, None)
                if began is not None:
                    self._of(event.queue).wrapped_up(event.at - began)

    def entered(self, contact_id: str, queue: str) -> None:
        """Somebody has begun to wait: the guess is kept to be held against what comes of it."""
        guess, _ = self._guess(contact_id, queue)
        if guess is not None:
            self._guesses[contact_id] = self._now(), guess

    def expectation(self, contact_id: str, queue: str) -> Expectation | None:
        """Of somebody who waits; None for anybody else."""
        guess, position = self._guess(contact_id, queue)
        if position is None:
            return None
        return Expectation(position, None if guess is None else self._of(queue).range_of(guess))

    def expected_wait(self, queue: str, waiting: int) -> float | None:
        """The longest wait that somebody who comes now may expect; None where nobody knows.

        `waiting`: those who are there already.
        """
        shares, idle = self._workers(queue)
        if idle > waiting:
            return 0.0
        guess = self._of(queue).guess(waiting - idle, shares)
        found = None if guess is None else self._of(queue).range_of(guess)
        return None if found is None else found[1]

    def _guess(self, contact_id: str, queue: str) -> tuple[float | None, int | None]:
        outlook = self._centre.outlook(contact_id)
        if outlook is None or outlook.rings:
            return None, None
        shares, idle = self._workers(queue)
        return self._of(queue).guess(outlook.position - 1 - idle, shares), outlook.position

    def _left(self, event: events.QueueLeft) -> None:
        guess = self._guesses.pop(event.call_id, None)
        if guess is not None and event.outcome == "answered":
            at, seconds = guess
            self._of(event.queue).waited(seconds, event.at - at)

    def _workers(self, queue: str) -> tuple[float, int]:
        """The agents' shares of work for a queue, added up, and how many are idle."""
        now = self._now()
        at, shares, idle = self._workforce.get(queue, (-MINUTE, 0.0, 0))
        if now - at >= 1.0:
            workers = self._centre.workers(queue)
            shares = sum(self._share(worker, queue) for worker in workers)
            idle = sum(worker.idle for worker in workers)
            self._workforce[queue] = now, shares, idle
        return shares, idle

    def _share(self, worker: acd.Worker, queue: str) -> float:
        work = self._work.get(worker.agent_id, ())
        if len(work) < SAMPLES:
            return 1 / max(worker.queues, 1)
        return Counter(work)[queue] / len(work)

    def _of(self, queue: str) -> Calibration:
        calibration = self._queues.get(queue)
        if calibration is None:
            calibration = self._queues[queue] = Calibration()
        return calibration
