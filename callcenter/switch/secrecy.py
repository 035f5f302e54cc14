"""How secret one leg's voice is to be: by the site's wish, and by what its signalling allows."""

from callcenter.settings.choices import Srtp
from callcenter.switch.services import Services
from media.sdp import Policy

_SECRET = frozenset(("tls", "wss"))
_WEB = frozenset(("ws", "wss"))


def secrecy(services: Services, transport: str, srtp: Srtp | None) -> Policy:
    """For a leg whose signalling goes over `transport`; `srtp` is its own wish, None the site's.

    Who speaks SIP over a WebSocket is a browser (RFC 7118), and takes nothing but WebRTC's voice;
    a phone that does otherwise has `srtp = "off"`.
    """
    media = services.settings.media
    wish = srtp or media.srtp
    return Policy(
        srtp=wish,
        sdes=transport in _SECRET or media.sdes_without_tls,
        web=transport in _WEB and wish != "off",
        fingerprint=services.plane.fingerprint,
    )
