"""Calls a number behind a trunk and waits until somebody answers, or nobody does."""

import asyncio
from typing import TYPE_CHECKING

from callcenter import events
from callcenter.routing.dial_plan import Outside, PbxExtension
from callcenter.settings import SeatSettings
from callcenter.switch.meter import Meter
from callcenter.switch.outside_line import OutsideLine
from callcenter.switch.party import Party
from callcenter.switch.presented import Presented
from callcenter.switch.trunk_invite import OutsideCall
from media.plane import AS_SPOKEN
from media.room import Room

if TYPE_CHECKING:
    from callcenter.switch.call import Call

RING_LIMIT = 120.0
"""Seconds that an outside party is waited for; networks give up by themselves before."""

_PASSED_ON = frozenset((404, 410, 480, 484, 486, 503, 600, 603))
"""What a phone understands of what networks answer; all else is 480 to it."""
_OUTCOMES: dict[int, events.ReachOutcome] = {
    408: "no_answer",
    480: "no_answer",
    486: "busy",
    487: "no_answer",
    600: "busy",
    603: "rejected",
}


class OutsideReach:
    """One call out, for a party that waits."""

    def __init__(
        self,
        call: "Call",
        waiting: Party,
        payer: SeatSettings | None,
        to: Outside | PbxExtension,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._call = call
        self._services = call.services
        self._waiting = waiting
        self._payer = payer
        self._to = to
        self._headers = headers
        self._early = Room()
        self._result: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    def refusal(self) -> str | None:
        """Why the call may not be made; None where it may."""
        services = self._services
        return services.pbx.refusal(self._payer, self._to, services.clock.wall())

    async def find(self) -> tuple[Party | None, int, str]:
        """Who answered, or None; the status code and its phrase. Cancelling hangs up."""
        services = self._services
        line = OutsideLine(services, self._outside_call())
        meter = Meter(services, self._seat_no) if self._charged else None
        line.answered = lambda: self._settle(200, "")
        line.failed = self._settle
        line.ringing = lambda _code, body: self._rings(line, body)
        code, phrase = 0, ""
        try:
            line.start()
            async with asyncio.timeout(RING_LIMIT):
                code, phrase = await self._result
        except TimeoutError:
            code, phrase = 408, "No Answer"
        finally:
            self._early.close()
            if code != 200:
                line.hang_up()
                if meter is not None:
                    meter.close()
        if code != 200:
            return None, code, phrase
        return self._answered(line, meter), code, phrase

    @property
    def _charged(self) -> bool:
        return isinstance(self._to, Outside) and not self._to.emergency

    @property
    def _seat_no(self) -> str:
        return "" if self._payer is None else self._payer.seat_no

    def _outside_call(self) -> OutsideCall:
        to, services = self._to, self._services
        avoid: frozenset[str] = frozenset()
        if self._charged:
            avoid = services.pbx.toll.spent_trunks(services.clock.wall())
        return OutsideCall(
            to.number,
            self._presented(),
            codec=self._call.codecs[0],
            comfort_noise=self._call.comfort_noise,
            headers=self._headers,
            trunks=(to.trunk,) if isinstance(to, PbxExtension) else (),
            avoid=avoid,
            call_id=self._call.call_id,
            max_forwards=self._waiting.max_forwards,
        )

    def _presented(self) -> Presented:
        """An extension is nobody's number outside: there its seat's own, or the trunk's."""
        waiting = self._waiting
        if isinstance(self._to, PbxExtension) or not waiting.seat_no:
            return Presented(waiting.number, waiting.name, waiting.withheld)
        seat = self._services.roster.seats[waiting.seat_no]
        return Presented(waiting.presented or seat.presented or "", waiting.name, waiting.withheld)

    def _settle(self, code: int, phrase: str) -> None:
        if not self._result.done():
            self._result.set_result((code, phrase))

    def _rings(self, line: OutsideLine, body: bytes) -> None:
        """The far end rings; what it plays meanwhile is heard where that is possible."""
        leg, waiting = line.leg, self._waiting
        if not body or leg is None:
            waiting.ring()
        elif waiting.hear_early():
            waiting.leg.port.stop_play()
            self._early.apply({waiting.leg.port: {leg.port: AS_SPOKEN}})

    def _answered(self, line: OutsideLine, meter: Meter | None) -> Party:
        assert line.leg is not None
        party = Party(line.leg, self._to.number, trunk=line.trunk)
        if meter is not None:
            party.meter = meter
            party.held.callback(meter.close)
            meter.start(line.trunk)
        return party


def outcome_of(code: int) -> events.ReachOutcome:
    """What an answer of the network means."""
    return "answered" if code == 200 else _OUTCOMES.get(code, "failed")


def answer_for(code: int) -> int:
    """What the waiting phone is told of it."""
    return code if code in _PASSED_ON else 480
