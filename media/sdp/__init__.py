"""Session descriptions: the offers and answers that agree where audio goes and how it is coded.

Pure functions over bytes (RFC 3264, RFC 8866): one audio stream with telephone-event over plain
RTP.
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
from media.sdp.errors import NotAcceptable, SdpError
from media.sdp.negotiate import Answer, accept, answer, offer
from media.sdp.parse import parse
from media.sdp.select import preferring
from media.sdp.session import SdpSession

__all__ = [
    "Answer",
    "Codec",
    "Direction",
    "Media",
    "NotAcceptable",
    "RtpMap",
    "SdpError",
    "SdpSession",
    "SessionDescription",
    "Stream",
    "accept",
    "answer",
    "offer",
    "parse",
    "preferring",
    "receives_media",
    "sends_media",
]
