"""Answers `seat.offer`: a browser brings its own voice."""

import agent_proto as proto
from agent_proto import models as m
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.web_phone import connect_browser
from media.sdp import SdpError


class SeatMethods(proto.MethodHandler):
    """Part of the `Desk`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @proto.answers("seat.offer")
    async def offer(self, session: proto.Session, params: m.SeatOfferParams) -> m.SeatOfferResult:
        """From the answer on the agent is offered calls; they come and go in the connection."""
        entry: SignIn = session.data
        if entry.seat.kind != "webrtc":
            raise proto.ProtocolError("seat_mismatch", kind=entry.seat.kind)
        try:
            answer = connect_browser(self._services, entry.seat_no, params.sdp.encode())
        except SdpError as error:
            raise proto.ProtocolError("media_failed", str(error)) from None
        except OSError as error:
            self._services.logger.error("no port for a browser", error=str(error))
            raise proto.ProtocolError("media_failed", "no media port") from None
        return m.SeatOfferResult(sdp=answer.decode())
