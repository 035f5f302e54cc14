"""What is heard on an outgoing call: how it goes, and who answered (WZ-T26).

Asked for by a route's or trunk's `progress`, or by whoever makes the call (`OutsideCall.heard`). It
is told to the latter and to the event stream, and changes nothing by itself.
"""

import asyncio

from callcenter import events
from callcenter.switch.leg import Leg
from callcenter.switch.services import Services
from callcenter.switch.trunk_invite import OutsideCall
from media.heard import Ear, Heard

_BEFORE: tuple[Ear, ...] = ("progress",)
_AFTER: tuple[Ear, ...] = ("machine", "voice")
LONGEST_S = 60.0
"""From the answer on. Mailboxes beep well before, and nobody asks who answered after a minute."""
CORRECTION_S = 10.0
"""What was taken for a person may still beep for so long."""


class LineEar:
    """Listens to one attempt: before the answer to how it goes, then to who it is."""

    def __init__(self, services: Services, call: OutsideCall, trunk: str, leg: Leg) -> None:
        """`leg` has its session."""
        assert leg.session is not None
        self._services = services
        self._call = call
        self._sip_call_id = leg.session.sip_call_id
        self._party = f"trunk {trunk}"
        self._port = leg.port
        self._is_answered = False
        self._end: asyncio.TimerHandle | None = None
        leg.port.on_heard = self._heard
        leg.port.listen(_BEFORE)
        leg.at_close(self.close)

    def answered(self) -> None:
        """Somebody, or something, picked up."""
        self._is_answered = True
        self._port.listen(_AFTER)
        self._end_after(LONGEST_S)

    def close(self) -> None:
        """Listens no more."""
        if self._end is not None:
            self._end.cancel()
            self._end = None
        self._port.on_heard = None
        self._port.listen(())

    def _end_after(self, seconds: float) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(seconds, self.close)

    def _heard(self, heard: Heard) -> None:
        if self._call.call_id:
            services = self._services
            services.stream.emit(
                events.LineHeard(
                    services.clock.now(),
                    self._call.call_id,
                    self._sip_call_id,
                    self._party,
                    heard.sign,
                    heard.kind,
                    heard.confidence,
                    self._is_answered,
                )
            )
        if heard.sign == "beep":
            self.close()
        elif heard.sign == "human":
            self._end_after(CORRECTION_S)
        if self._call.heard is not None:
            self._call.heard(heard)
