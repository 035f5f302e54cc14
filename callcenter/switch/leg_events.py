"""Tells the event stream which SIP sessions belong to a call, and what voice each carried."""

from functools import partial

from callcenter import events
from callcenter.switch.leg import Leg
from callcenter.switch.services import Services


def tell_leg(services: Services, call_id: str, party: str, leg: Leg) -> None:
    """Tells that `leg`, which has its session, is part of the call; and later, that it is over.

    A browser's own leg has none: of it only the voice is told.
    """
    sip_call_id = f"webrtc-{leg.port.port_id}"
    if leg.session is not None:
        sip_call_id = leg.session.sip_call_id
        _tell_session(services, call_id, party, leg)
        leg.replaced = partial(_tell_session, services, call_id, party, leg)
    voice = services.voices.join(call_id, sip_call_id, party, leg.port)
    leg.at_close(partial(services.voices.leave, voice))


def _tell_session(services: Services, call_id: str, party: str, leg: Leg) -> None:
    assert leg.session is not None
    sip_call_id = leg.session.sip_call_id
    services.stream.emit(events.LegOpened(services.clock.now(), call_id, sip_call_id, party))
