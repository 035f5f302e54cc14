"""Calls whom a number leads to: one extension or outside number after the other, as forwarded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sip
from callcenter import events
from callcenter.routing.dial_plan import Destination, Extension, Outside, PbxExtension, Service
from callcenter.settings import SeatSettings
from callcenter.switch.leg import MISFIT, Headers, Leg
from callcenter.switch.lines import Line
from callcenter.switch.outside_reach import OutsideReach, answer_for, outcome_of
from callcenter.switch.party import Party
from callcenter.switch.sip_uri import sip_uri
from callcenter.switch.summons import Summons
from callcenter.switch.tones import play_out, play_ringback
from ivr.targets import Target
from media.sdp import OPAQUE
from media.tone_plans import ProgressTone

if TYPE_CHECKING:
    from callcenter.switch.call import Call

MAX_DIVERSIONS = 10
"""Of one call, those before it came to us included."""
MAX_FORWARDS = 5
"""Forwardings of one call, as many as a person would follow."""
NOT_ACCEPTABLE = 488
"""The code of a call between two who speak no common codec (RFC 3261 §21.4.26)."""

_DIVERTED: dict[events.ReachOutcome, sip.DiversionReason] = {
    "busy": "user-busy",
    "rejected": "user-busy",
    "no_answer": "no-answer",
}
_ANSWERS: dict[events.ReachOutcome, int] = {"busy": 486, "rejected": 603}
"""What the caller is refused with; else 480."""
_TONES: dict[events.ReachOutcome, ProgressTone] = {
    "busy": "busy",
    "rejected": "busy",
    "no_answer": "busy",
    "unreachable": "special_information",
    "refused": "special_information",
}
_NO_SUCH_NUMBER = frozenset((404, 410, 484))
_MISFIT = f"the called phone takes no {OPAQUE}, and the caller nothing else"
_UNPLAYABLE = f"a flow cannot be played to a caller who speaks {OPAQUE} alone"


@dataclass(frozen=True, slots=True)
class Unreached:
    """Nobody answered."""

    outcome: events.ReachOutcome
    code: int
    """What the caller is refused with."""
    reason: str = ""
    """Why, where that is not the called party's affair."""

    @property
    def tone(self) -> ProgressTone:
        """What who waited knows it by."""
        no_such = self.code in _NO_SUCH_NUMBER
        return _TONES.get(self.outcome, "special_information" if no_such else "congestion")

    async def tell(self, call: "Call", party: Party) -> None:
        """Lets who waited hear why for a moment; who was not answered is refused instead."""
        seconds = call.services.settings.pbx.unreached_tone
        if not seconds or not party.answered or party.leg.over:
            return
        heard = await play_out(call, party, self.tone, seconds)
        if heard is not None:
            await heard.done


class Reach:
    """One search for somebody who answers, on behalf of a call.

    Cancelling `find` hangs up whoever rings.
    """

    def __init__(
        self, call: "Call", waiting: Party, payer: SeatSettings | None, referred_by: str = ""
    ) -> None:
        """`waiting` is the party that will talk; `payer` the seat by whose right they call.

        `referred_by` tells phones of the house and its PBX who gave the call on (RFC 3892); the
        public network does not learn addresses of ours.
        """
        self._call = call
        self._services = call.services
        self._waiting = waiting
        self._payer = payer
        self._seen: set[str] = set()
        self._diversions = waiting.diversions
        self._referred: Headers = (("Referred-By", referred_by),) if referred_by else ()

    async def find(self, to: Destination | None) -> Party | Service | Unreached:
        """Who answered; or the service that the call was forwarded to; or why there is nobody.

        Who waits hears it ring: from their own phone or network, or once answered from us.
        """
        if self._waiting.answered:
            await play_ringback(self._call, self._waiting)
        try:
            found = await self._follow(to)
            if isinstance(found, Service) and self._waiting.leg.opaque:
                return Unreached("failed", NOT_ACCEPTABLE, _UNPLAYABLE)
            return found
        except sip.TooManyDiversionsError:
            return Unreached("failed", 482, "passed on too often")
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
            self._note_diversion(to.seat_no, "unconditional")
            return self._forwarded(seat.forward_always, seat)
        result = await self._ring_seat(seat)
        if isinstance(result, Party):
            return result
        busy = result.outcome in ("busy", "rejected")
        own = seat.forward_busy if busy else seat.forward_no_answer
        self._note_diversion(to.seat_no, _DIVERTED.get(result.outcome, "unavailable"))
        if own is not None:
            return self._forwarded(own, seat)
        if to.on_no_answer is not None:
            return self._forwarded(to.on_no_answer, None)
        return result

    def _note_diversion(self, seat_no: str, reason: sip.DiversionReason) -> None:
        uri = sip_uri(seat_no, self._services.settings.sip.domain)
        self._diversions = (sip.Diversion(uri, reason), *self._diversions)

    def _diverted_to(self, number: str) -> tuple[tuple[str, str], ...]:
        """Tells whom we call that the call is passed on (RFC 5806, RFC 7044); nothing when not.

        Raises `TooManyDiversionsError`.
        """
        if not self._diversions:
            return ()
        last, *earlier = self._diversions
        target = sip_uri(number, self._services.settings.sip.domain)
        try:
            return tuple(sip.diverted(earlier, last, target, MAX_DIVERSIONS))
        except ValueError:  # what somebody else wrote cannot be written again
            return ()

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
            line = lines.take(seat_no, "ringing")
            outcome: events.ReachOutcome = "caller_left"
            try:
                headers = (*self._referred, *self._diverted_to(seat_no))
                result, misfit = await self._ring(seat_no, headers)
                if isinstance(result, Leg):
                    return told.answered(self._party(seat_no, result, line))
                if isinstance(result, Party):
                    self._call.guests.add(result)
                    return told.picked_up(result)
                outcome = result
            finally:
                if told.party is None:
                    line.release()
            if misfit and self._call.opaque:
                return told.end(outcome, NOT_ACCEPTABLE, _MISFIT)
            return told.end(outcome, _ANSWERS.get(outcome, 480))

    def _party(self, seat_no: str, leg: Leg, line: Line) -> Party:
        party = Party(leg, seat_no, seat_no=seat_no)
        party.line = line
        party.held.callback(line.release)
        self._call.guests.add(party)
        return party

    async def _outside(self, to: Outside | PbxExtension) -> Party | Unreached:
        headers = self._diverted_to(to.number)
        if isinstance(to, PbxExtension):
            headers = (*self._referred, *headers)
        search = OutsideReach(self._call, self._waiting, self._payer, to, headers)
        self._call.for_help |= isinstance(to, Outside) and to.emergency
        trunk = to.trunk if isinstance(to, PbxExtension) else ""
        with self._told(to.number, trunk=trunk) as told:
            if why := search.refusal():
                return told.end("refused", 403, why)
            party, code, phrase = await search.find()
            told.outcome, told.sip_code = outcome_of(code), code
            if party is not None:
                self._call.guests.add(party)
                return party
            if code in MISFIT and self._call.opaque:
                return Unreached(told.outcome, NOT_ACCEPTABLE, _MISFIT)
            return Unreached(told.outcome, answer_for(code), phrase)

    async def _ring(
        self, seat_no: str, headers: Headers
    ) -> tuple[Leg | Party | events.ReachOutcome, bool]:
        """The leg of the phone that answers, or why none does, or who picked up elsewhere; and
        whether the voice was what a phone refused."""
        call = self._call
        call.summons[seat_no] = summons = Summons(call, self._waiting, seat_no, headers)
        try:
            return await summons.ring(), summons.misfit
        finally:
            del call.summons[seat_no]

    @contextmanager
    def _told(self, number: str, agent_id: str = "", **who: str) -> "Iterator[_Told]":
        services, call = self._services, self._call
        call_id = call.call_id
        services.stream.emit(
            events.ReachStarted(
                services.clock.now(),
                call_id,
                number,
                agent_id=agent_id,
                ani=call.ani,
                dnis=call.dnis,
                answer_within_s=services.settings.pbx.ring_timeout,
                data=call.data,
                **who,
            )
        )
        told = _Told()
        try:
            yield told
        finally:
            services.stream.emit(
                events.ReachEnded(
                    services.clock.now(), call_id, number, told.outcome, told.sip_code, agent_id
                )
            )


class _Told:
    """What is told of one attempt when it is over."""

    def __init__(self) -> None:
        self.outcome: events.ReachOutcome = "caller_left"
        self.sip_code = 0
        self.party: Party | None = None

    def end(self, outcome: events.ReachOutcome, code: int, reason: str = "") -> Unreached:
        """It came to nothing."""
        self.outcome, self.sip_code = outcome, code
        return Unreached(outcome, code, reason)

    def picked_up(self, party: Party) -> Party:
        """Somebody answered at another seat."""
        self.outcome, self.sip_code = "picked_up", 200
        return party

    def answered(self, party: Party) -> Party:
        """Somebody picked up."""
        self.outcome, self.sip_code, self.party = "answered", 200, party
        return party
