"""What of a media section this system can speak: its codecs over plain RTP, and telephone-event."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from ipaddress import ip_address

from lean import dataclass
from media.sdp.description import (
    Codec,
    Direction,
    Media,
    RtpMap,
    Stream,
    direction_of,
    receives_media,
    sends_media,
)
from media.sdp.errors import NotAcceptable, OnlyOpaque
from media.sdp.security import PROTOCOLS, Agreed

CODECS: tuple[Codec, ...] = ("PCMA", "PCMU")
"""Where nothing else is set: what every phone and carrier speaks, and is relayed without coding."""
OPAQUE: Codec = "G729"
"""Passed on as it comes, never decoded or made: only between two legs that both speak it."""
PAYLOAD_TYPES: Mapping[Codec, int] = {
    "PCMU": 0,
    "PCMA": 8,
    "G722": 9,
    "G729": 18,
    "L16": 96,
    "opus": 111,
}
"""What we offer them as: the static types of RFC 3551 §6, so that a relay need not even renumber;
of Opus the browsers'."""
_FIRST_DYNAMIC = 96
DEFAULT_PACKET_MS = 20
_PACKET_MS = frozenset((10, 20, 30, 40, 50, 60))
"""Packet lengths that every G.711 phone can play; anything else is answered with 20 ms."""
_OPUS_PACKET_MS = frozenset((10, 20, 40, 60))
"""RFC 6716 §2.1.4, of those."""

_TELEPHONE_EVENT = RtpMap("TELEPHONE-EVENT", 8000)
_COMFORT_NOISE = RtpMap("CN", 8000)
COMFORT_NOISE_PAYLOAD_TYPE = 13
"""RFC 3389 §4: static, and so it is everywhere."""
PARAMETERS: Mapping[Codec, str] = {"opus": "useinbandfec=1", "G729": "annexb=no"}
"""What we say of a codec by `fmtp`. RFC 7587 §6.1: we make use of what a packet repeats. RFC 7261
§3.2: whatever a peer offers may be answered by `annexb=no`, so that both legs say the same."""


@cache  # there are six codecs
def rtp_map(codec: Codec) -> RtpMap:
    """What stands for it in SDP, the name as we write it.

    G.722 says 8000 though it samples at twice that (RFC 3551 §4.5.2), Opus 48,000 and two channels
    whatever it carries (RFC 7587 §7).
    """
    return RtpMap(codec, 48000, 2) if codec == "opus" else RtpMap(codec, 8000)


def takes_comfort_noise(codec: Codec) -> bool:
    """Whether it may go with that codec: Opus has its own (RFC 7587 §3.1.3), and another clock."""
    return rtp_map(codec).clock_rate == _COMFORT_NOISE.clock_rate


def _read_as(codec: Codec) -> RtpMap:
    return rtp_map(codec)._replace(name=codec.upper())


_MAPS: Mapping[RtpMap, Codec] = {
    **{_read_as(codec): codec for codec in PAYLOAD_TYPES},
    # Annexes that some phones name; their packets are those of G.729.
    **{RtpMap(name, 8000): OPAQUE for name in ("G729A", "G729B", "G729AB")},
}
_OUR_MAPS = {str(number): _read_as(codec) for codec, number in PAYLOAD_TYPES.items()}
_STATIC_MAPS = {
    number: mapped for number, mapped in _OUR_MAPS.items() if int(number) < _FIRST_DYNAMIC
} | {str(COMFORT_NOISE_PAYLOAD_TYPE): _COMFORT_NOISE}
EVENT_PAYLOAD_TYPE = 101
"""What we offer telephone-event as; every phone's own habit too."""
_OFFERED_MAPS = {
    **_OUR_MAPS,
    str(COMFORT_NOISE_PAYLOAD_TYPE): _COMFORT_NOISE,
    str(EVENT_PAYLOAD_TYPE): _TELEPHONE_EVENT,
}
"""What the formats of an answer mean where it leaves its `rtpmap` out: what our offer said."""
_HELD = frozenset(("0.0.0.0", "::"))
"""Hold as RFC 2543 spelled it: packets wanted nowhere (RFC 3264 §8.4)."""


@dataclass(frozen=True, slots=True)
class Speakable:
    """The part of an audio section that can be used."""

    codecs: tuple[tuple[Codec, int], ...]
    """Codec and payload type, in the writer's order."""
    event_payload_type: int | None
    comfort_noise: bool


def preferring(codec: Codec | None, others: tuple[Codec, ...] = CODECS) -> tuple[Codec, ...]:
    """What to offer a phone that is to talk with one who speaks `codec`: that first, or alone where
    nothing else can be made of it."""
    if codec is None:
        return others
    if codec == OPAQUE:
        return (codec,)
    return (codec, *(other for other in others if other != codec))


def offerable(codecs: Iterable[Codec]) -> tuple[Codec, ...]:
    """What of these an offer names: what can only be passed on never stands beside another."""
    allowed = tuple(codecs)
    if OPAQUE not in allowed:
        return allowed
    return tuple(codec for codec in allowed if codec != OPAQUE) or allowed


def is_audio(media: Media) -> bool:
    """Whether this section is live audio over RTP."""
    return media.kind == "audio" and media.port != 0 and media.protocol in PROTOCOLS


def speakable(media: Media, *, answers: bool = False) -> Speakable:
    """Reads the formats. Without an `rtpmap` they are what is static or, where the section
    `answers` our offer, what that said."""
    return _speakable(media.formats, media.maps, answers)


@lru_cache(maxsize=128)  # new as seldom as the attributes of a section
def _speakable(
    formats: tuple[str, ...], maps: tuple[tuple[str, RtpMap], ...], answers: bool
) -> Speakable:
    rtpmap = {**(_OFFERED_MAPS if answers else _STATIC_MAPS), **dict(maps)}
    codecs: list[tuple[Codec, int]] = []
    event: int | None = None
    comfort_noise = False
    for number in formats:
        if not (number.isascii() and number.isdigit() and len(number) <= 3 and int(number) < 128):
            continue
        mapped = rtpmap.get(number)
        if mapped == _TELEPHONE_EVENT and event is None:
            event = int(number)
        elif mapped == _COMFORT_NOISE:
            comfort_noise = comfort_noise or int(number) == COMFORT_NOISE_PAYLOAD_TYPE
        elif mapped is not None and (codec := _MAPS.get(mapped)) is not None:
            codecs.append((codec, int(number)))
    return Speakable(tuple(codecs), event, comfort_noise)


def agree(
    media: Media,
    usable: Speakable,
    allowed: Iterable[Codec],
    *,
    ours: Direction,
    local: str,
    agreed: Agreed,
) -> Stream:
    """The stream to the writer of `media`; `ours` bounds what we do in it, from address `local`.

    Its codec is the first of the writer's that is allowed; what can only be passed on is the last.
    """
    codec, payload_type = _choose(usable, tuple(allowed))
    checked = agreed.checks is not None
    # With ICE the checks say where the peer is; browsers write an address that is none.
    address = _unspecified(local) if checked else _remote_address(media.address, local)
    held = address in _HELD and not checked
    return Stream(
        remote_ip=address,
        remote_port=media.port,
        codec=codec,
        payload_type=payload_type,
        event_payload_type=usable.event_payload_type,
        packet_ms=_packet_ms(media, codec),
        direction=_direction(media.direction, ours, held),
        comfort_noise=usable.comfort_noise and takes_comfort_noise(codec),
        keys=agreed.keys,
        checks=agreed.checks,
        rtcp=_rtcp(media, address, local),
        rtcp_mux=media.transport.rtcp_mux,
    )


@cache  # there are four directions
def _direction(theirs: Direction, ours: Direction, held: bool) -> Direction:
    return direction_of(
        sends=receives_media(theirs) and sends_media(ours) and not held,
        receives=sends_media(theirs) and receives_media(ours),
    )


def _choose(usable: Speakable, allowed: tuple[Codec, ...]) -> tuple[Codec, int]:
    opaque = None
    for codec, payload_type in usable.codecs:
        if codec == OPAQUE:
            opaque = opaque or (codec, payload_type)
        elif codec in allowed:
            return codec, payload_type
    if opaque is not None and OPAQUE in allowed:
        return opaque
    missing = f"none of the codecs {', '.join(allowed)} is offered"
    if opaque is None:
        raise NotAcceptable(missing)
    raise OnlyOpaque(f"{missing}, only {OPAQUE}, which can but be passed on")


@lru_cache(maxsize=1024)  # carriers and phones speak from the same few addresses all day
def _remote_address(text: str, local: str) -> str:
    """The address in its usual spelling. It must be one host's, and is not looked up.

    A time to live behind it belongs to groups (RFC 8866 §5.7), yet some phones write one.
    """
    try:
        address = ip_address(text.partition("/")[0])
    except ValueError:
        raise NotAcceptable(f"connection address {text[:60]!r} is not an IP address") from None
    if address.is_unspecified:
        return _unspecified(local)
    if address.is_multicast or "%" in text or text == "255.255.255.255":
        raise NotAcceptable(f"connection address {text} is not one host's")
    if (":" in text) is not (":" in local):
        raise NotAcceptable(f"connection address {text} cannot be reached from {local}")
    return str(address)


def _unspecified(local: str) -> str:
    return "::" if ":" in local else "0.0.0.0"


def _rtcp(media: Media, address: str, local: str) -> tuple[str, int] | None:
    """RFC 3605; an address that cannot be had is the voice's."""
    if media.transport.rtcp is None or media.transport.rtcp_mux:
        return None
    host, port = media.transport.rtcp
    try:
        return (_remote_address(host, local) if host else address, port)
    except NotAcceptable:
        return (address, port)


def _packet_ms(media: Media, codec: Codec) -> int:
    """What is wished for, if we can make it; else the usual, or the longest that is allowed."""
    possible = _OPUS_PACKET_MS if codec == "opus" else _PACKET_MS
    wanted = media.packet_ms if media.packet_ms in possible else None
    packet_ms = wanted or DEFAULT_PACKET_MS
    longest = media.max_packet_ms
    if longest is not None and longest < packet_ms:
        return max((length for length in possible if length <= longest), default=min(possible))
    return packet_ms
