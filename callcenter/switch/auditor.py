"""Looks for agents who are stuck: states that no live call, offer or sign-in stands behind.

State is derived (`acd.agent`) and every offer has a deadline, so nothing should ever be found; what
is found is a mistake of ours, is logged as an error and healed all the same, by telling the queue
engine what it should have been told. A fault counts when two looks in a row find it: between two
events of one happening everything may be half done.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import acd
from callcenter import events
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.switchboard import Switchboard

INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One agent who is not what they are said to be."""

    sign_in: SignIn
    kind: str
    """talks_with_nobody, rung_by_nobody, engaged_by_nobody, line_of_nobody."""
    subject: str
    """The contact, offer or seat."""


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
        services, calls = self._services, self._switchboard.calls
        seats = {seat_no for call in calls.values() for seat_no in (*call.seats, *call.summons)}
        seats.update(dial.sign_in.seat_no for dial in self._switchboard.dials.values())
        seats.update(services.supervisions.seats)
        for entry in services.roster:
            view = services.dispatcher.view(entry.agent_id)
            has_line = services.pbx.lines.in_call(entry.seat_no)
            if has_line and entry.seat_no not in seats:
                yield Fault(entry, "line_of_nobody", entry.seat_no)
            if view.contact_id is not None:
                call = calls.get(view.contact_id)
                if call is None or call.ring_of(entry) is None:
                    kind = "talks_with_nobody" if view.offer_id is None else "rung_by_nobody"
                    yield Fault(entry, kind, str(view.offer_id or view.contact_id))
            elif view.state in ("dialling", "ringing", "talking") and not has_line:
                yield Fault(entry, "engaged_by_nobody", entry.seat_no)

    def _heal(self, fault: Fault) -> None:
        services, agent_id = self._services, fault.sign_in.agent_id
        state = services.dispatcher.view(agent_id).state
        self.healed += 1
        services.logger.error(
            "stuck agent freed", agent_id=agent_id, state=state, fault=fault.kind, of=fault.subject
        )
        services.stream.emit(
            events.AgentUnstuck(
                services.clock.now(), agent_id, fault.sign_in.seat_no, fault.kind, fault.subject
            )
        )
        match fault.kind:
            case "talks_with_nobody":
                services.dispatcher.post(acd.ContactEnded(fault.subject))
            case "rung_by_nobody":
                services.dispatcher.post(acd.OfferRefused(int(fault.subject), "device_failed"))
            case "engaged_by_nobody":
                services.dispatcher.post(acd.AgentReleased(agent_id))
            case _:
                services.pbx.lines.clear(fault.subject)
