"""Carries out what the queue engine decides, and tells it what happened.

The engine is pure; this is its shell: one timer, one queue of inputs handled strictly in order
(an input that arises while commands are being applied waits its turn), and the table of waiting
contacts that commands are addressed to.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import acd
from callcenter import events
from callcenter.clock import Clock
from callcenter.event_stream import EventStream


class Contact(Protocol):
    """A caller waiting in a queue, as the dispatcher sees it."""

    contact_id: str

    def offered(self, offer: acd.Offer) -> None:
        """Ring this agent."""

    def withdrawn(self, offer: acd.Withdraw) -> None:
        """Stop ringing this agent."""

    def overflowed(self, cause: acd.OverflowCause) -> None:
        """The wait is over without an agent."""


class Notes(Protocol):
    """Who keeps what the engine is told and answers."""

    def note(self, now: float, event: acd.Event | None, commands: Sequence[acd.Command]) -> None:
        """One input, right after the engine has answered it; None is time itself."""


class Dispatcher:
    """The one owner of the queue engine."""

    def __init__(
        self,
        engine: acd.Engine,
        clock: Clock,
        stream: EventStream,
        seat_of: Callable[[str], str],
        on_error: Callable[[acd.Command, Exception], None],
    ) -> None:
        """`on_error` is told of commands whose contact raised; it must not raise itself."""
        self.engine = engine
        self.journal: Notes | None = None
        self._clock = clock
        self._stream = stream
        self._seat_of = seat_of
        self._on_error = on_error
        self._contacts: dict[str, Contact] = {}
        self._inbox: deque[acd.Event | None] = deque()
        """What happened; None is time itself."""
        self._draining = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._act: tuple[str, str] | None = None
        """(agent, supervisor) while what a supervisor asked for is carried out."""
        self._talks: dict[str, tuple[str, str]] = {}
        """agent -> (call, queue) of the contact talked to last."""

    def view(self, agent_id: str) -> acd.AgentView:
        """A signed-in agent as the engine sees them. `KeyError` for everybody else."""
        view = self.engine.agent(agent_id)
        if view is None:
            raise KeyError(agent_id)
        return view

    def enqueue(self, contact: Contact, wish: acd.ContactQueued) -> None:
        """Lets a contact wait as it wishes; its callbacks may come before this returns."""
        self._contacts[contact.contact_id] = contact
        self.post(wish)

    def adopt(self, contact: Contact) -> None:
        """Takes the place of the contact of the same id, which waits on or is offered."""
        self._contacts[contact.contact_id] = contact

    def leave(self, contact: Contact) -> None:
        """The contact waits no longer, whatever the reason; harmless when repeated.

        A ring in progress is withdrawn before the contact is forgotten.
        """
        if contact.contact_id in self._contacts:
            self.post(acd.ContactLeft(contact.contact_id))

    def accept(self, offer: acd.Offer) -> bool:
        """The agent picked up. False when the offer was over before: then hang the agent up."""
        self.post(acd.OfferAccepted(offer.offer_id))
        view = self.engine.agent(offer.agent_id)
        if view is None or view.state != "talking" or view.contact_id != offer.contact_id:
            return False
        self._contacts.pop(offer.contact_id, None)
        self._talks[offer.agent_id] = (offer.contact_id, offer.queue)
        return True

    def post(self, event: acd.Event) -> None:
        """Feeds the engine one input and carries out what it answers."""
        self._feed(event)

    def post_for(self, supervisor: str, event: acd.AgentSetBusy | acd.AgentSetIdle) -> None:
        """Like `post`: the agent's change of state is told as that supervisor's doing."""
        self._act = event.agent_id, supervisor
        try:
            self._feed(event)
        finally:
            self._act = None

    def close(self) -> None:
        """Stops the timer; contacts are ended by their calls."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _feed(self, event: acd.Event | None) -> None:
        self._inbox.append(event)
        if self._draining:
            return
        self._draining = True
        try:
            while self._inbox:
                self._handle(self._inbox.popleft())
        finally:
            self._draining = False
            self._arm()

    def _handle(self, event: acd.Event | None) -> None:
        now = self._clock.now()
        commands = self.engine.advance(now) if event is None else self.engine.handle(event, now)
        if self.journal is not None:
            self.journal.note(now, event, commands)
        self._apply(commands)
        if isinstance(event, acd.ContactLeft):
            self._contacts.pop(event.contact_id, None)

    def _apply(self, commands: list[acd.Command]) -> None:
        for command in commands:
            try:
                self._carry_out(command)
            except Exception as error:
                # One call's fault must not cost the others their commands.
                self._on_error(command, error)

    def _carry_out(self, command: acd.Command) -> None:
        match command:
            case acd.AgentStateChanged():
                self._state_changed(command)
            case acd.Offer():
                if contact := self._contacts.get(command.contact_id):
                    contact.offered(command)
            case acd.Withdraw():
                if contact := self._contacts.get(command.contact_id):
                    contact.withdrawn(command)
            case acd.StepTaken():
                step = events.QueueStepTaken(
                    self._clock.now(), command.contact_id, command.queue, command.step
                )
                self._stream.emit(step)
            case acd.Overflow():
                if contact := self._contacts.pop(command.contact_id, None):
                    contact.overflowed(command.cause)

    def _state_changed(self, change: acd.AgentStateChanged) -> None:
        now = self._clock.now()
        agent_id = change.agent_id
        if change.previous == "acw":
            call_id, queue = self._talks[agent_id]
            self._stream.emit(events.WrapUpEnded(now, call_id, queue, agent_id))
        if change.state == "acw":
            call_id, queue = self._talks[agent_id]
            self._stream.emit(events.WrapUpStarted(now, call_id, queue, agent_id))
        if change.state == "logged_out":
            self._talks.pop(agent_id, None)
        by = ""
        if self._act is not None and self._act[0] == agent_id:
            by, self._act = self._act[1], None  # what follows from it is nobody's doing
        self._stream.emit(
            events.AgentStateChanged(
                now,
                agent_id,
                self._seat_of(agent_id),
                change.state,
                change.previous,
                change.reason,
                by,
                self.engine.pending(agent_id),
            )
        )

    def _arm(self) -> None:
        """Sets the timer. One that is set for too early is left alone: it sets itself again."""
        deadline = self.engine.next_deadline()
        if deadline is None or (self._timer is not None and self._timer_at <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = asyncio.get_running_loop().call_at(deadline, self._fire)

    def _fire(self) -> None:
        self._timer = None
        due = self.engine.next_deadline()
        if due is not None and due <= self._timer_at:
            self._feed(None)
        else:
            self._arm()
