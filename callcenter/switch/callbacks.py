"""Callers who hung up and keep their place: who they are, and when it is their turn.

Each waits in the queue engine like a caller on the line, by the time at which they began to wait.
When the engine offers them to an agent, that agent is kept for them and they are called: so never
more customers are called than agents are free, and nobody is called to wait.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeAlias

import acd
from callcenter import events
from callcenter.clock import Clock
from callcenter.event_stream import EventStream
from callcenter.routing.dispatcher import Dispatcher
from callcenter.settings import CallbackSettings, QueueSettings

MAX_CALLBACKS = 10_000
"""Wishes at once; further ones are refused."""

State: TypeAlias = Literal["waiting", "reached", "given_up", "cancelled"]
Answer: TypeAlias = Literal["noted", "there", "refused"]
"""there: the number is on the list already, and keeps its place."""
Outcome: TypeAlias = Literal["answered", "unreached", "no_agent"]


@dataclass(frozen=True, slots=True)
class Callback:
    """One wish; all times are UTC, so that a restart keeps them."""

    callback_id: str
    number: str
    queue: str
    dnis: str
    """The number that was called, which is shown to the customer."""
    language: str
    priority: int
    asked_at: datetime
    waiting_since: datetime
    """The place in the queue."""
    due_at: datetime
    """Before which nobody is called."""
    attempts: int = 0
    state: State = "waiting"
    call_id: str = ""
    """In which it was asked for."""


class Place:
    """A callback in the engine; the dispatcher's `Contact` until its call begins."""

    def __init__(self, contact_id: str, callback: Callback, owner: "Callbacks") -> None:
        self.contact_id = contact_id
        self.callback = callback
        self.offer: acd.Offer | None = None
        """An agent is kept; None: not yet, or no more."""
        self.begun = False
        """Whether they are being called."""
        self._owner = owner

    def offered(self, offer: acd.Offer) -> None:
        """It is their turn."""
        self.offer = offer
        if not self.begun:
            self.begun = True
            self._owner.begin(self)

    def withdrawn(self, offer: acd.Withdraw) -> None:
        """The agent is gone before the call has begun."""
        if self.offer is not None and self.offer.offer_id == offer.offer_id:
            self.offer = None

    def ended(self, outcome: events.QueueOutcome) -> None:
        """The customer has been reached, or not, or no agent picked up."""
        told: dict[events.QueueOutcome, Outcome] = {
            "answered": "answered",
            "unreached": "unreached",
        }
        self._owner.ended(self, told.get(outcome, "no_agent"))

    def overflowed(self, cause: acd.OverflowCause) -> None:
        """The queue was closed."""
        self._owner.try_later(self.callback)


class Board(Protocol):
    """The part of the switchboard that is needed."""

    def call_back(self, place: Place) -> None:
        """Begins the call. Raises `OSError` where it cannot."""

    def new_call_id(self) -> str:
        """Of a call to come."""


class Callbacks:
    """All wishes; the only owner of who is called back, and when."""

    def __init__(
        self,
        queues: dict[str, QueueSettings],
        dispatcher: Dispatcher,
        clock: Clock,
        stream: EventStream,
        may_call: Callable[[str], bool],
        spelled: Callable[[str], str],
    ) -> None:
        """`may_call`: whether the site may call a number; `spelled` gives it in one form."""
        self.board: Board | None = None
        self.changed: Callable[[Callback], None] = lambda _: None
        """Told of every change, to be kept."""
        self._queues = queues
        self._dispatcher = dispatcher
        self._clock = clock
        self._stream = stream
        self._may_call = may_call
        self._spelled = spelled
        self._wishes: dict[str, Callback] = {}
        """By number, in one spelling: one wish each."""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        """By number: when to stand in line (again), or, in line, when to give up."""
        self._places: dict[str, Place] = {}
        """By number: who stands in line or is being called."""

    def ask(
        self,
        number: str,
        queue: str,
        *,
        dnis: str,
        language: str,
        priority: int,
        waiting_since: float,
        call_id: str,
    ) -> Answer:
        """A caller wants to be called back by that queue; `waiting_since` in the clock's time."""
        settings = self._queues[queue].callback
        key = self._spelled(number)
        if settings is None or not number or not self._may_call(number):
            return "refused"
        if key in self._wishes:
            return "there"
        if len(self._wishes) >= MAX_CALLBACKS or self.board is None:
            return "refused"
        now = self._clock.wall()
        callback = Callback(
            callback_id=self.board.new_call_id(),
            number=number,
            queue=queue,
            dnis=dnis,
            language=language,
            priority=priority,
            asked_at=now,
            waiting_since=self._clock.wall(waiting_since),
            due_at=now + timedelta(seconds=settings.delay),
            call_id=call_id,
        )
        self._stream.emit(
            events.CallbackAsked(self._clock.now(), call_id, queue, number, callback.callback_id)
        )
        self._keep(callback)
        self._schedule(callback)
        return "noted"

    def restore(self, callbacks: Iterable[Callback]) -> int:
        """Those who waited before a restart wait on in their old places; how many."""
        count = 0
        for callback in callbacks:
            if self._settings(callback) is None:
                self._finish(callback, "given_up")
                continue
            self._wishes[self._spelled(callback.number)] = callback
            self._schedule(callback)
            count += 1
        return count

    def waiting(self) -> list[Callback]:
        """All wishes, the first in line first."""
        return sorted(self._wishes.values(), key=lambda each: each.waiting_since)

    def cancel(self, callback_id: str) -> bool:
        """Strikes one off the list; a call in progress goes on. False for an unknown one."""
        for key, callback in self._wishes.items():
            if callback.callback_id == callback_id:
                place = self._places.pop(key, None)
                if place is not None and not place.begun:
                    self._dispatcher.leave(place)
                self._finish(callback, "cancelled")
                return True
        return False

    def close(self) -> None:
        """Nobody is called any more; the wishes are kept."""
        self.board = None
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for place in tuple(self._places.values()):
            if not place.begun:
                self._dispatcher.leave(place)
        self._places.clear()

    def begin(self, place: Place) -> None:
        """An agent is kept: the call begins."""
        try:
            if self.board is None:
                raise OSError("shutting down")
            self.board.call_back(place)
        except OSError:
            self._dispatcher.leave(place)
            self.try_later(place.callback)

    def ended(self, place: Place, outcome: Outcome) -> None:
        """The call is over, or the talk with the customer has begun."""
        callback, settings = place.callback, self._settings(place.callback)
        key = self._spelled(callback.number)
        if self._places.get(key) is not place:
            return  # told already, or struck off meanwhile
        del self._places[key]
        if outcome != "no_agent":
            callback = replace(callback, attempts=callback.attempts + 1)
        final = outcome == "answered" or settings is None or callback.attempts >= settings.attempts
        self._stream.emit(
            events.CallbackAttempted(
                self._clock.now(),
                callback.queue,
                callback.number,
                callback.callback_id,
                callback.attempts,
                outcome,
                final,
            )
        )
        if final:
            self._finish(callback, "reached" if outcome == "answered" else "given_up")
        elif outcome == "unreached":
            self.try_later(callback)
        else:
            # Not the same agent again at once, who stayed idle after letting it ring.
            self.try_later(callback, self._queues[callback.queue].ring_timeout)

    def try_later(self, callback: Callback, seconds: float | None = None) -> None:
        """Back to their place after a while."""
        settings = self._settings(callback)
        if settings is None or self._expired(callback, settings):
            self._finish(callback, "given_up")
            return
        wait = settings.retry_after if seconds is None else seconds
        due_at = self._clock.wall() + timedelta(seconds=wait)
        callback = replace(callback, due_at=due_at)
        self._places.pop(self._spelled(callback.number), None)
        self._keep(callback)
        self._schedule(callback)

    def _settings(self, callback: Callback) -> CallbackSettings | None:
        queue = self._queues.get(callback.queue)
        return None if queue is None else queue.callback

    def _expired(self, callback: Callback, settings: CallbackSettings) -> bool:
        return self._age(callback) >= settings.expires

    def _age(self, callback: Callback) -> float:
        return (self._clock.wall() - callback.asked_at).total_seconds()

    def _schedule(self, callback: Callback) -> None:
        if self.board is None:
            return
        key = self._spelled(callback.number)
        wait = (callback.due_at - self._clock.wall()).total_seconds()
        if wait <= 0:
            self._stand_in_line(key)
        else:
            self._set_timer(key, wait, self._stand_in_line)

    def _set_timer(self, key: str, wait: float, then: Callable[[str], None]) -> None:
        self._drop_timer(key)
        self._timers[key] = asyncio.get_running_loop().call_later(wait, then, key)

    def _drop_timer(self, key: str) -> None:
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()

    def _stand_in_line(self, key: str) -> None:
        self._drop_timer(key)
        callback = self._wishes.get(key)
        if callback is None or self.board is None or key in self._places:
            return
        settings = self._settings(callback)
        left = 0.0 if settings is None else settings.expires - self._age(callback)
        if left <= 0:
            self._finish(callback, "given_up")
            return
        self._set_timer(key, left, self._lapse)
        place = Place(self.board.new_call_id(), callback, self)
        self._places[key] = place
        ago = (self._clock.wall() - callback.waiting_since).total_seconds()
        self._dispatcher.enqueue(
            place,
            acd.ContactQueued(
                place.contact_id,
                callback.queue,
                callback.priority,
                enqueued_at=self._clock.now() - ago,
                patient=True,
            ),
        )

    def _lapse(self, key: str) -> None:
        """They have stood in line for too long; a call in progress goes on."""
        self._drop_timer(key)
        place = self._places.get(key)
        if place is not None and not place.begun:
            self._dispatcher.leave(place)
            self._finish(place.callback, "given_up")

    def _keep(self, callback: Callback) -> None:
        self._wishes[self._spelled(callback.number)] = callback
        self.changed(callback)

    def _finish(self, callback: Callback, state: State) -> None:
        key = self._spelled(callback.number)
        self._wishes.pop(key, None)
        self._places.pop(key, None)
        self._drop_timer(key)
        self.changed(replace(callback, state=state))
