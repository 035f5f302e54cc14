"""Session descriptions: the offers and answers that agree where audio goes and how it is coded.

Pure functions over bytes (RFC 3264, RFC 8866): one audio stream with telephone-event over RTP,
plain or secret (`security`).
"""

from media.sdp.description import (
    Codec,
    Direction,
    Media,
    RtpMap,
    SessionDescription,
    Stream,
    receives_media,
    sends_media,
)
from media.sdp.errors import NotAcceptable, OnlyOpaque, SdpError
from media.sdp.negotiate import Answer, accept, answer, offer
from media.sdp.parse import parse
from media.sdp.security import PLAIN, Checks, Handshake, Policy, Sdes, Srtp
from media.sdp.select import OPAQUE, preferring
from media.sdp.session import SdpSession
from media.sdp.transport import Fingerprint

__all__ = [
    "OPAQUE",
    "PLAIN",
    "Answer",
    "Checks",
    "Codec",
    "Direction",
    "Fingerprint",
    "Handshake",
    "Media",
    "NotAcceptable",
    "OnlyOpaque",
    "Policy",
    "RtpMap",
    "Sdes",
    "SdpError",
    "SdpSession",
    "SessionDescription",
    "Srtp",
    "Stream",
    "accept",
    "answer",
    "offer",
    "parse",
    "preferring",
    "receives_media",
    "sends_media",
]
