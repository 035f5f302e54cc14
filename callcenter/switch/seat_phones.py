"""The device of a seat: its phones, all rung at once, of which the first to answer is taken; the
outside phone that it has instead; or what is nailed up there and need not be rung.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import acd
import sip
from callcenter.settings import SeatSettings
from callcenter.switch.leg import MISFIT, Leg
from callcenter.switch.leg_events import tell_leg
from callcenter.switch.outside_phone import OutsidePhone
from callcenter.switch.party import Party
from callcenter.switch.phone import invite_phone
from callcenter.switch.presented import Presented
from callcenter.switch.secrecy import secrecy
from callcenter.switch.services import Services
from callcenter.switch.stations import Station
from callcenter.switch.tones import network_tone
from media.sdp import OPAQUE, Codec, preferring
from sip.build import MAX_FORWARDS

_OUTCOMES: dict[int, acd.RefusalOutcome] = {
    408: "no_answer",
    480: "no_answer",
    486: "device_busy",
    600: "device_busy",
    603: "rejected",
}
"""What a phone's refusal means for the agent (agent protocol, rule 12); the rest is a failure."""
_TELLING: Sequence[acd.RefusalOutcome] = ("rejected", "device_busy", "no_answer", "device_failed")
"""Of several phones' refusals the first of these counts."""

PORT_WAIT_S = 3.5
"""For so long a phone waits for an RTP port: longer than those of calls just ended rest."""
_PORT_RETRY_S = 0.25

Headers: TypeAlias = Sequence[tuple[str, str]]


def _nobody(*_: object) -> None:
    return None


def _not_picked_up(_: Party) -> bool:
    return False


class SeatPhones:
    """The legs to a seat's phones; one of the callbacks comes at most once."""

    def __init__(self, services: Services, seat_no: str, call_id: str) -> None:
        """`call_id` is empty for a device that is only being connected."""
        self.ringing: Callable[[], None] = _nobody
        """A phone rings; may be told several times."""
        self.answered: Callable[[Leg], None] = _nobody
        """The first to answer; the other phones are being stopped."""
        self.refused: Callable[[acd.RefusalOutcome], None] = _nobody
        """None of them will answer."""
        self.picked_up: Callable[[Party], bool] = _not_picked_up
        """Somebody at another seat answers instead; False where they cannot."""
        self.max_forwards = MAX_FORWARDS
        self.comfort_noise = False
        """Whether it is offered to them."""
        self.misfit = False
        """Whether the voice that was offered is what kept a phone from answering."""
        self._services = services
        self._seat_no = seat_no
        self._call_id = call_id
        self._legs: list[Leg] = []
        self._again: asyncio.TimerHandle | None = None
        """No port is free; another look is taken then."""
        self._outside: OutsidePhone | None = None
        self._alerted: Station | None = None
        self._outcomes: list[acd.RefusalOutcome] = []

    def ring(
        self,
        ani: str,
        codecs: tuple[Codec, ...],
        headers: Headers = (),
        *,
        name: str = "",
        port_wait: float = PORT_WAIT_S,
    ) -> None:
        """Calls all of them, the preferred first (RFC 3261 §10.2.1.2), as soon as there is a port.

        What is nailed up answers before this returns.
        """
        services = self._services
        seat = services.roster.seats[self._seat_no]
        signed_in = services.roster.at_seat(self._seat_no) is not None
        nailed_up = seat.answer_mode == "nailed_up" and signed_in
        if OPAQUE in codecs and (nailed_up or seat.kind == "number"):
            # It is connected already, or whoever picks up is to be asked to press a key.
            self.misfit = True
            self._refuse("device_failed")
        elif nailed_up:
            self._take_turn()
        elif seat.kind == "number":
            self._call_out(seat, Presented(ani, name), codecs)
        else:
            self._call(Presented(ani, name or ani), codecs, headers, port_wait)

    def connect(self, headers: Headers) -> None:
        """Calls a device that is to stay connected."""
        seat = self._services.roster.seats[self._seat_no]
        if seat.kind == "number":
            self._call_out(seat, Presented(), preferring(None))
        else:
            self._call(Presented(self._seat_no, self._seat_no), preferring(None), headers)

    def alert(self) -> None:
        """Lets a nailed-up device sound while only the desk rings, until `ring` or `hang_up`."""
        station = self._services.stations.of(self._seat_no)
        audio = self._services.prompts.at_hand(network_tone(self._services, "ringback"))
        if station is not None and audio:
            self._alerted = station
            station.alert(audio)

    def _take_turn(self) -> None:
        station = self._services.stations.of(self._seat_no)
        turn = None if station is None else station.take()
        if turn is None:
            self._refuse("device_failed" if station is None else "device_busy")
            return
        turn.ended = partial(self._ends, turn)
        self._legs.append(turn)
        self._tell(turn)
        self._answers(turn)

    def _call_out(self, seat: SeatSettings, shown: Presented, codecs: tuple[Codec, ...]) -> None:
        self._outside = phone = OutsidePhone(self._services, seat, self._call_id)
        phone.ringing = lambda: self.ringing()
        phone.answered = self._outside_answers
        phone.refused = self._refuse
        phone.ring(shown, codecs, comfort_noise=self.comfort_noise)

    def _outside_answers(self, leg: Leg) -> None:
        self._outside = None
        leg.ended = partial(self._ends, leg)
        self._legs.append(leg)
        self._answers(leg)

    def _call(
        self,
        shown: Presented,
        codecs: tuple[Codec, ...],
        headers: Headers,
        port_wait: float = PORT_WAIT_S,
    ) -> None:
        services, waits, self._again = self._services, self._again is not None, None
        registrar = services.sip.endpoint.registrar
        srtp = services.roster.seats[self._seat_no].srtp
        for binding in registrar.bindings(self._seat_no, services.clock.now()):
            try:
                policy = secrecy(services, binding.source.transport, srtp)
                leg = Leg.open(
                    services.plane,
                    services.new_session_id(),
                    codecs,
                    policy,
                    comfort_noise=self.comfort_noise,
                )
            except OSError as error:
                if not self._legs and port_wait > 0:
                    if not waits:
                        services.logger.warning("a seat's phone waits for a port", error=str(error))
                    again = partial(self._call, shown, codecs, headers, port_wait - _PORT_RETRY_S)
                    self._again = asyncio.get_running_loop().call_later(_PORT_RETRY_S, again)
                    return
                services.logger.error("no port for a seat's phone", error=str(error))
                break
            leg.ringing = self._rings
            leg.answered = partial(self._answers, leg)
            leg.ended = partial(self._ends, leg)
            leg.seat_no = self._seat_no
            leg.picked_up = lambda party: self.picked_up(party)
            called = invite_phone(services, binding, leg, shown, headers, self.max_forwards)
            if called and not leg.over:
                self._legs.append(leg)
                self._tell(leg)
            else:
                leg.hang_up()
        if not self._legs:
            self._refuse("device_failed")

    def ask_to_pick_up(self) -> bool:
        """The remote-answer NOTIFY; False while no phone has opened an early dialog for it."""
        return any(leg.session is not None and leg.session.notify("talk") for leg in self._legs)

    def hang_up(self, headers: Headers = ()) -> None:
        """Stops them, and hangs up the one that answered; nothing more is told."""
        self.ringing = self.answered = self.refused = _nobody
        self.picked_up = _not_picked_up
        legs, self._legs = self._legs, []
        for leg in legs:
            leg.hang_up(headers)
        again, self._again = self._again, None
        if again is not None:
            again.cancel()
        outside, self._outside = self._outside, None
        if outside is not None:
            outside.hang_up()
        alerted, self._alerted = self._alerted, None
        if alerted is not None:
            alerted.quiet()

    def _tell(self, leg: Leg) -> None:
        if self._call_id:
            tell_leg(self._services, self._call_id, f"seat {self._seat_no}", leg)

    def _rings(self, code: int, body: bytes) -> None:
        self.ringing()

    def _answers(self, leg: Leg) -> None:
        answered = self.answered
        self._legs.remove(leg)
        self.hang_up((sip.reason_header(sip.COMPLETED_ELSEWHERE),))
        self._legs.append(leg)
        answered(leg)

    def _ends(self, leg: Leg, end: sip.CallEnd) -> None:
        if leg not in self._legs:
            return
        self._legs.remove(leg)
        self.misfit |= end.code in MISFIT
        self._outcomes.append(_OUTCOMES.get(end.code, "device_failed"))
        # Who is busy at one phone is busy, and 6xx speaks for all (RFC 3261 §21.6); else one of the
        # others may answer.
        if not self._legs or end.code == 486 or end.code >= 600:
            self._refuse(min(self._outcomes, key=_TELLING.index))

    def _refuse(self, outcome: acd.RefusalOutcome) -> None:
        refused = self.refused
        self.hang_up()
        refused(outcome)
