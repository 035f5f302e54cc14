"""Looks for agents who are stuck: states that no live call, offer or sign-in stands behind.

State is derived (`acd.agent`) and every offer has a deadline, so nothing should ever be found; what
is found is a mistake of ours, is logged as an error and healed all the same, by telling the queue
engine what it should have been told. A fault counts when two looks in a row find it: between two
events of one happening everything may be half done.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import acd
from callcenter import events
from callcenter.switch.queue_visit import RING_MARGIN_S
from callcenter.switch.ring import AUTO_ANSWER_LIMIT
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.switchboard import Switchboard

INTERVAL_S = 5.0
FORCED = "forced"
"""Why an agent is busy whom the queues had lost."""


LEASE_MARGIN_S = 5.0
"""How long after its longest time a ring, or after-call work, may still be there."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One agent who is not what they are said to be."""

    agent_id: str
    seat_no: str
    kind: str
    subject: str
    """The call, offer or seat."""


class Auditor:
    """One for the exchange."""

    def __init__(self, services: Services, switchboard: Switchboard) -> None:
        self._services = services
        self._switchboard = switchboard
        self._suspected: set[Fault] = set()
        self.healed = 0
        """Faults so far."""

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_S)
            self.look()

    def look(self) -> None:
        """Heals what was found before and is found again."""
        found = set(self._faults())
        for fault in found & self._suspected:
            self._heal(fault)
        self._suspected = found - self._suspected

    def _faults(self) -> Iterator[Fault]:
        roster, dispatcher = self._services.roster, self._services.dispatcher
        lived_in = self._seats_of_calls()
        for entry in roster:
            view = dispatcher.engine.agent(entry.agent_id)
            for kind, subject in self._wrong(entry, view, lived_in):
                yield Fault(entry.agent_id, entry.seat_no, kind, subject)
        for agent_id in dispatcher.engine.signed_in():
            if roster.of_agent(agent_id) is None:
                yield Fault(agent_id, "", "signed_in_nowhere", agent_id)
        yield from self._talks_of_nobody()

    def _seats_of_calls(self) -> set[str]:
        board = self._switchboard
        seats = {seat for call in board.calls.values() for seat in (*call.seats, *call.summons)}
        seats.update(dial.sign_in.seat_no for dial in board.dials.values())
        seats.update(self._services.supervisions.seats)
        return seats

    def _wrong(
        self, entry: SignIn, view: acd.AgentView | None, lived_in: set[str]
    ) -> Iterator[tuple[str, str]]:
        """What does not fit the agent's state, and of what."""
        if view is None:
            yield "unknown_to_the_queues", entry.agent_id
            return
        has_line = self._services.pbx.lines.in_call(entry.seat_no)
        if has_line and entry.seat_no not in lived_in:
            yield "line_of_nobody", entry.seat_no
        now = self._services.clock.now()
        if view.contact_id is not None:
            call = self._switchboard.calls.get(view.contact_id)
            if call is None or call.ring_of(entry) is None:
                kind = "talks_with_nobody" if view.offer_id is None else "rung_by_nobody"
                yield kind, str(view.offer_id or view.contact_id)
            elif view.offer_id is not None and now > view.since + self._longest_ring:
                yield "rung_too_long", str(view.offer_id)
        elif view.state in ("dialling", "ringing", "talking") and not has_line:
            yield "engaged_by_nobody", entry.seat_no
        elif view.state == "ringing" and now > view.since + self._longest_ring:
            yield "line_of_nobody", entry.seat_no
        elif view.state == "acw" and not now < (view.acw_until or 0.0) + LEASE_MARGIN_S:
            yield "wraps_up_for_ever", entry.agent_id

    def _talks_of_nobody(self) -> Iterator[Fault]:
        """Talks that go on with a queue's agent who has, as the queues know, none."""
        for call_id, call in self._switchboard.calls.items():
            ring = None if call.bridge is None or call.bridge.over else call.bridge.ring
            if ring is None:
                continue
            entry = ring.sign_in
            view = self._services.dispatcher.engine.agent(entry.agent_id)
            if view is None or view.contact_id != call_id:
                yield Fault(entry.agent_id, entry.seat_no, "talk_of_nobody", call_id)

    @property
    def _longest_ring(self) -> float:
        settings = self._services.settings
        rings = (queue.ring_timeout + AUTO_ANSWER_LIMIT for queue in settings.queues)
        kept = (
            queue.callback.ring + RING_MARGIN_S + queue.ring_timeout
            for queue in settings.queues
            if queue.callback is not None
        )
        return max(settings.pbx.ring_timeout, *rings, *kept, 0.0) + LEASE_MARGIN_S

    def _heal(self, fault: Fault) -> None:
        services, agent_id = self._services, fault.agent_id
        view = services.dispatcher.engine.agent(agent_id)
        self.healed += 1
        services.logger.error(
            "stuck agent freed",
            agent_id=agent_id,
            state="logged_out" if view is None else view.state,
            fault=fault.kind,
            of=fault.subject,
        )
        services.stream.emit(
            events.AgentUnstuck(
                services.clock.now(), agent_id, fault.seat_no, fault.kind, fault.subject
            )
        )
        _HEALING[fault.kind](self, fault)

    def _refuse_offer(self, fault: Fault) -> None:
        self._post(acd.OfferRefused(int(fault.subject), "device_failed"))

    def _clear_line(self, fault: Fault) -> None:
        self._services.pbx.lines.clear(fault.subject)

    def _end_talk(self, fault: Fault) -> None:
        call = self._switchboard.calls.get(fault.subject)
        if call is not None and call.bridge is not None:
            call.bridge.end("system", "failed")

    def _sign_in_again(self, fault: Fault) -> None:
        """Busy: whether their phone is there and what they want they may say themselves."""
        entry = self._services.roster.of_agent(fault.agent_id)
        if entry is not None:
            self._post(acd.AgentSignedIn(entry.agent_id, entry.skills, ready=False, reason=FORCED))

    def _post(self, event: acd.Event) -> None:
        self._services.dispatcher.post(event)


_HEALING: Mapping[str, Callable[[Auditor, Fault], None]] = {
    "talks_with_nobody": lambda self, fault: self._post(acd.ContactEnded(fault.subject)),
    "rung_by_nobody": Auditor._refuse_offer,
    "rung_too_long": Auditor._refuse_offer,
    "engaged_by_nobody": lambda self, fault: self._post(acd.AgentReleased(fault.agent_id)),
    "line_of_nobody": Auditor._clear_line,
    "wraps_up_for_ever": lambda self, fault: self._post(acd.AcwFinished(fault.agent_id)),
    "talk_of_nobody": Auditor._end_talk,
    "unknown_to_the_queues": Auditor._sign_in_again,
    "signed_in_nowhere": lambda self, fault: self._post(acd.AgentSignedOut(fault.agent_id)),
}
"""What the queue engine should have been told, by the kind of fault."""
