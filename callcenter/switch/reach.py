"""Calls whom a number leads to: one extension or outside number after the other, as forwarded."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sip
from callcenter import events
from callcenter.routing.dial_plan import Destination, Extension, Outside, PbxExtension, Service
from callcenter.settings import SeatSettings
from callcenter.speech.prompt import Tone
from callcenter.switch.leg import Leg
from callcenter.switch.leg_events import tell_leg
from callcenter.switch.outside_reach import OutsideReach, answer_for, outcome_of
from callcenter.switch.party import Party
from callcenter.switch.phone import call_phone
from callcenter.switch.tones import play_tone
from ivr.targets import Target

if TYPE_CHECKING:
    from callcenter.switch.call import Call

MAX_FORWARDS = 5
"""Forwardings of one call, as many as a person would follow."""

_OUTCOMES: dict[int, events.ReachOutcome] = {
    408: "no_answer",
    480: "no_answer",
    486: "busy",
    487: "no_answer",
    600: "busy",
    603: "rejected",
}
"""What a phone's refusal means; the rest is a failure of its."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """Nobody answered."""

    outcome: events.ReachOutcome
    code: int
    """What the caller is refused with."""
    reason: str = ""
    """Why, where that is not the called party's affair."""


class Reach:
    """One search for somebody who answers, on behalf of a call.

    Cancelling `find` hangs up whoever rings.
    """

    def __init__(self, call: "Call", waiting: Party, payer: SeatSettings | None) -> None:
        """`waiting` is the party that will talk; `payer` the seat by whose right they call."""
        self._call = call
        self._services = call.services
        self._waiting = waiting
        self._payer = payer
        self._seen: set[str] = set()

    async def find(self, to: Destination | None) -> Party | Service | Unreached:
        """Who answered; or the service that the call was forwarded to; or why there is nobody.

        Who waits hears it ring: from their own phone or network, or once answered from us.
        """
        if self._waiting.answered:
            await play_tone(self._call, self._waiting, Tone("ringback"))
        try:
            return await self._follow(to)
        finally:
            self._waiting.leg.port.stop_play()

    async def _follow(self, to: Destination | None) -> Party | Service | Unreached:
        result: Party | Service | Unreached | Destination | None = to
        for _ in range(MAX_FORWARDS + 1):
            match result:
                case Extension():
                    result = await self._extension(result)
                case Outside() | PbxExtension():
                    return await self._outside(result)
                case None:
                    return Unreached("failed", 404, "no such number")
                case _:
                    return result
        return Unreached("failed", 482, "forwarded too often")

    async def _extension(self, to: Extension) -> Party | Unreached | Destination | None:
        seat = self._services.roster.seats[to.seat_no]
        if to.seat_no in self._seen:
            return Unreached("failed", 482, "forwarded in a circle")
        self._seen.add(to.seat_no)
        if seat.forward_always is not None:
            return self._forwarded(seat.forward_always, seat)
        result = await self._ring_seat(seat)
        if isinstance(result, Party):
            return result
        busy = result.outcome in ("busy", "rejected")
        own = seat.forward_busy if busy else seat.forward_no_answer
        if own is not None:
            return self._forwarded(own, seat)
        if to.on_no_answer is not None:
            return self._forwarded(to.on_no_answer, None)
        return result

    def _forwarded(self, to: "str | Target", by: SeatSettings | None) -> Destination | None:
        """Where a setting leads; from now on the call is that seat's, who pays for it."""
        self._payer = by
        plan = self._services.pbx.plan
        return plan.destination(to, "seat") if isinstance(to, str) else plan.service(to)

    async def _ring_seat(self, seat: SeatSettings) -> Party | Unreached:
        services, seat_no = self._services, seat.seat_no
        lines = services.pbx.lines
        sign_in = services.roster.at_seat(seat_no)
        agent_id = sign_in.agent_id if sign_in is not None else ""
        with self._told(seat_no, seat_no=seat_no, agent_id=agent_id) as told:
            if not lines.usable(seat_no):
                return told.end("unreachable", 480, "nobody signed in")
            if not lines.may_be_called(seat_no):
                return told.end("busy", 486)
            try:
                leg = Leg.open(services.plane, services.new_session_id(), self._call.codecs)
            except OSError:
                return told.end("failed", 503, "no media port")
            party = Party(leg, seat_no, seat_no=seat_no)
            if not call_phone(services, party, self._waiting, ()):
                leg.hang_up()
                return told.end("unreachable", 480, "not registered")
            tell_leg(services, self._call.call_id, f"seat {seat_no}", leg)
            party.line = lines.take(seat_no, "ringing")
            party.held.callback(party.line.release)
            return told.answered(party, await self._ring(party))

    async def _outside(self, to: Outside | PbxExtension) -> Party | Unreached:
        search = OutsideReach(self._call, self._waiting, self._payer, to)
        trunk = to.trunk if isinstance(to, PbxExtension) else ""
        with self._told(to.number, trunk=trunk) as told:
            if why := search.refusal():
                return told.end("refused", 403, why)
            party, code, phrase = await search.find()
            told.outcome, told.sip_code = outcome_of(code), code
            if party is not None:
                self._call.guests.add(party)
                return party
            return Unreached(told.outcome, answer_for(code), phrase)

    async def _ring(self, party: Party) -> int:
        """Until the party answers (200) or does not; the code."""
        leg = party.leg
        result: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def settle(code: int) -> None:
            if not result.done():
                result.set_result(code)

        def ended(end: sip.CallEnd) -> None:
            settle(end.code)

        leg.ringing = lambda _code, _body: self._waiting.ring()
        leg.answered = lambda: settle(200)
        leg.ended = ended
        self._call.guests.add(party)
        code = 0
        try:
            async with asyncio.timeout(self._services.settings.pbx.ring_timeout):
                code = await result
        except TimeoutError:
            code = 408
        finally:
            if code != 200:
                self._call.guests.discard(party)
                party.let_go(487)
        return code

    @contextmanager
    def _told(self, number: str, **who: str) -> "Iterator[_Told]":
        services, call_id = self._services, self._call.call_id
        services.stream.emit(events.ReachStarted(services.clock.now(), call_id, number, **who))
        told = _Told()
        try:
            yield told
        finally:
            services.stream.emit(
                events.ReachEnded(
                    services.clock.now(), call_id, number, told.outcome, told.sip_code
                )
            )


class _Told:
    """What is told of one attempt when it is over."""

    def __init__(self) -> None:
        self.outcome: events.ReachOutcome = "caller_left"
        self.sip_code = 0

    def end(self, outcome: events.ReachOutcome, code: int, reason: str = "") -> Unreached:
        """It came to nothing before anybody rang."""
        self.outcome = outcome
        return Unreached(outcome, code, reason)

    def answered(self, party: Party, code: int) -> Party | Unreached:
        """It rang, and the party's side ended that by `code`."""
        self.sip_code = code
        if code == 200:
            self.outcome = "answered"
            return party
        self.outcome = _OUTCOMES.get(code, "failed")
        answers: dict[str, int] = {"busy": 486, "rejected": 603}
        return Unreached(self.outcome, answers.get(self.outcome, 480))
