"""A browser's own voice: the leg of a `webrtc` seat, agreed on by `seat.offer` instead of SIP."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from callcenter.switch.leg import Leg
from media.sdp import Policy, SdpError

if TYPE_CHECKING:
    from callcenter.switch.services import Services


class WebPhone(Leg):
    """A leg without a SIP session: nobody can be asked, so one that falls silent is gone."""

    def take(self, offer: bytes) -> bytes:
        """Answers an offer; a later one moves the voice, and the call stays. Raises `SdpError`."""
        answer = self.sdp.answer(offer)
        self._configure()
        return answer

    def _probe(self, on_result: Callable[[bool], None]) -> bool:
        asyncio.get_running_loop().call_soon(on_result, False)
        return True


def connect_browser(services: "Services", seat_no: str, offer: bytes) -> bytes:
    """The answer to a browser's offer, which connects it to the seat until the shift is over.

    Raises `SdpError` for an offer that cannot be taken, `OSError` when the ports are used up.
    """
    station = services.stations.of(seat_no)
    if station is not None and isinstance(station.leg, WebPhone):
        return station.leg.take(offer)
    policy = Policy(srtp="required", fingerprint=services.plane.fingerprint)
    codecs = services.settings.media.codecs
    leg = WebPhone.open(services.plane, services.new_session_id(), codecs, policy)
    try:
        answer = leg.take(offer)
    except SdpError:
        leg.hang_up()
        raise
    services.stations.connect(seat_no, leg)
    return answer
