"""An outside telephone that is a seat's device (`kind = "number"`, GX-B1): PC and phone.

Whoever picks it up is asked to press 1 before anybody is joined with them, so that a mobile's
mailbox never answers for an agent.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import acd
import sip
from callcenter.settings import SeatSettings
from callcenter.speech.phrases import phrase
from callcenter.speech.prompt import Silence
from callcenter.speech.provider import SpeechError
from callcenter.switch.leg import Leg
from callcenter.switch.meter import Meter
from callcenter.switch.outside_line import OutsideLine
from callcenter.switch.presented import Presented
from callcenter.switch.services import Services
from callcenter.switch.trunk_invite import OutsideCall
from media.sdp import Codec

ACCEPT: Final = "1"
PAUSE = Silence(1.5)
"""Between one question and the next."""
_OUTCOMES: dict[int, acd.RefusalOutcome] = {
    408: "no_answer",
    480: "no_answer",
    486: "device_busy",
    487: "no_answer",
    600: "device_busy",
    603: "rejected",
}
"""What the network's refusal means for the agent; the rest is a failure."""


def _nobody(*_: object) -> None:
    return None


class OutsidePhone:
    """From the call out to the key; of `answered` and `refused` one comes, unless `hang_up` first.

    The site pays: the trunks' minutes of the day count, the seat's rights to dial do not, because
    the number is the site file's.
    """

    def __init__(self, services: Services, seat: SeatSettings, call_id: str) -> None:
        self.ringing: Callable[[], None] = _nobody
        self.answered: Callable[[Leg], None] = _nobody
        self.refused: Callable[[acd.RefusalOutcome], None] = _nobody
        self._services = services
        self._seat = seat
        self._call_id = call_id
        self._line: OutsideLine | None = None
        self._meter: Meter | None = None
        self._asking: asyncio.Task[None] | None = None

    def ring(
        self, shown: Presented, codecs: tuple[Codec, ...], *, comfort_noise: bool = False
    ) -> None:
        """Calls it over whichever trunk takes it."""
        services, number = self._services, self._seat.number
        assert number is not None, "the settings see to that"
        self._meter = Meter(services, "")
        call = OutsideCall(
            number,
            Presented(self._seat.presented or "", shown.name),
            codec=codecs[0],
            comfort_noise=comfort_noise,
            avoid=services.pbx.toll.spent_trunks(services.clock.wall()),
            call_id=self._call_id,
        )
        self._line = line = OutsideLine(services, call)
        line.ringing = lambda _code, _body: self.ringing()
        line.answered = self._picked_up
        line.failed = lambda code, _phrase: self._refuse(_OUTCOMES.get(code, "device_failed"))
        line.ended = self._hung_up
        line.start()

    def hang_up(self) -> None:
        """Stops calling; nothing more is told. Harmless when it was answered."""
        self.ringing = self.answered = self.refused = _nobody
        self._stop_asking()
        line, self._line = self._line, None
        if line is not None:
            line.hang_up()
        if self._meter is not None:
            self._meter.close()

    def _picked_up(self) -> None:
        line, meter = self._line, self._meter
        if line is None or line.leg is None or meter is None:
            return
        meter.start(line.trunk)
        line.leg.at_close(meter.close)
        if not self._seat.confirm:
            self._accept()
            return
        line.leg.listen(self._pressed, self._services.clock.now)
        self._asking = asyncio.create_task(self._ask(line.leg))

    async def _ask(self, leg: Leg) -> None:
        """Says it over and over until a key or the caller's patience ends it."""
        language = self._services.settings.speech.language
        words = phrase("press_1_to_accept", language)
        try:
            audio = await self._services.prompts.load(*words, PAUSE)
        except SpeechError as error:
            self._services.logger.error("nobody is asked to press 1", error=str(error))
        else:
            leg.port.play_untold(audio, loop=True)

    def _pressed(self, key: str) -> None:
        if key == ACCEPT:
            self._accept()
        elif key in "#*":
            self._refuse("rejected")

    def _accept(self) -> None:
        line, answered = self._line, self.answered
        self._stop_asking()
        self._line = None
        assert line is not None
        assert line.leg is not None
        line.leg.stop_listening()
        line.leg.port.stop_play()
        self.ringing = self.answered = self.refused = _nobody
        answered(line.leg)

    def _hung_up(self, _end: sip.CallEnd) -> None:
        self._refuse("rejected")

    def _refuse(self, outcome: acd.RefusalOutcome) -> None:
        refused = self.refused
        self.hang_up()
        refused(outcome)

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
