"""What of a media section this system can speak: its codecs over plain RTP, and telephone-event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

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
from media.sdp.errors import NotAcceptable

CODECS: tuple[Codec, ...] = ("PCMA", "PCMU")
"""Where nothing else is set: what every phone and carrier speaks, and is relayed without coding."""
PAYLOAD_TYPES: Mapping[Codec, int] = {"PCMU": 0, "PCMA": 8, "G722": 9, "L16": 96}
"""What we offer them as; the static ones of RFC 3551 §6, so that a relay need not even renumber."""
_FIRST_DYNAMIC = 96
DEFAULT_PACKET_MS = 20
_PACKET_MS = frozenset((10, 20, 30, 40, 50, 60))
"""Packet lengths that every G.711 phone can play; anything else is answered with 20 ms."""

_PROTOCOLS = frozenset(("RTP/AVP", "RTP/AVPF"))
_TELEPHONE_EVENT = RtpMap("TELEPHONE-EVENT", 8000)
_MAPS: Mapping[RtpMap, Codec] = {RtpMap(codec, 8000): codec for codec in PAYLOAD_TYPES}
"""G.722 says 8000 though it samples at twice that (RFC 3551 §4.5.2)."""
_OUR_MAPS = {str(number): RtpMap(codec, 8000) for codec, number in PAYLOAD_TYPES.items()}
_STATIC_MAPS = {
    number: mapped for number, mapped in _OUR_MAPS.items() if int(number) < _FIRST_DYNAMIC
}
EVENT_PAYLOAD_TYPE = 101
"""What we offer telephone-event as; every phone's own habit too."""
OFFERED_MAPS = {**_OUR_MAPS, str(EVENT_PAYLOAD_TYPE): _TELEPHONE_EVENT}
"""What the formats of an answer mean where it leaves its `rtpmap` out: what our offer said."""
_HELD = frozenset(("0.0.0.0", "::"))
"""Hold as RFC 2543 spelled it: packets wanted nowhere (RFC 3264 §8.4)."""


@dataclass(frozen=True, slots=True)
class Speakable:
    """The part of an audio section that can be used."""

    codecs: tuple[tuple[Codec, int], ...]
    """Codec and payload type, in the writer's order."""
    event_payload_type: int | None


def preferring(codec: Codec | None) -> tuple[Codec, ...]:
    """What to offer a phone that is to talk with one who speaks `codec`: that first."""
    return CODECS if codec is None else (codec, *(other for other in CODECS if other != codec))


def is_audio(media: Media) -> bool:
    """Whether this section is live audio over plain RTP."""
    return media.kind == "audio" and media.port != 0 and media.protocol in _PROTOCOLS


def speakable(media: Media, inherited: Mapping[str, RtpMap] = _STATIC_MAPS) -> Speakable:
    """Reads the formats; `inherited` maps those that the section names without an `rtpmap`."""
    codecs: list[tuple[Codec, int]] = []
    event: int | None = None
    for number in media.formats:
        if not (number.isascii() and number.isdigit() and len(number) <= 3 and int(number) < 128):
            continue
        mapped = media.rtpmap.get(number) or inherited.get(number)
        if mapped == _TELEPHONE_EVENT and event is None:
            event = int(number)
        elif mapped is not None and (codec := _MAPS.get(mapped)) is not None:
            codecs.append((codec, int(number)))
    return Speakable(tuple(codecs), event)


def agree(
    media: Media, usable: Speakable, allowed: Iterable[Codec], *, ours: Direction, local: str
) -> Stream:
    """The stream to the writer of `media`; `ours` bounds what we do in it, from address `local`.

    Its codec is the first of the writer's that is allowed.
    """
    codec, payload_type = _choose(usable, tuple(allowed))
    address = _remote_address(media.address, local)
    return Stream(
        remote_ip=address,
        remote_port=media.port,
        codec=codec,
        payload_type=payload_type,
        event_payload_type=usable.event_payload_type,
        packet_ms=_packet_ms(media),
        direction=direction_of(
            sends=receives_media(media.direction) and sends_media(ours) and address not in _HELD,
            receives=sends_media(media.direction) and receives_media(ours),
        ),
    )


def _choose(usable: Speakable, allowed: tuple[Codec, ...]) -> tuple[Codec, int]:
    for codec, payload_type in usable.codecs:
        if codec in allowed:
            return codec, payload_type
    raise NotAcceptable(f"none of the codecs {', '.join(allowed)} is offered")


@lru_cache(maxsize=1024)  # carriers and phones speak from the same few addresses all day
def _remote_address(text: str, local: str) -> str:
    """The address in its usual spelling. It must be one host's, and is not looked up."""
    try:
        address = ip_address(text)
    except ValueError:
        raise NotAcceptable(f"connection address {text[:60]!r} is not an IP address") from None
    if address.is_unspecified:
        return "::" if ":" in local else "0.0.0.0"
    if address.is_multicast or "%" in text or text == "255.255.255.255":
        raise NotAcceptable(f"connection address {text} is not one host's")
    if (":" in text) is not (":" in local):
        raise NotAcceptable(f"connection address {text} cannot be reached from {local}")
    return str(address)


def _packet_ms(media: Media) -> int:
    wanted = media.packet_ms if media.packet_ms in _PACKET_MS else None
    packet_ms = wanted or DEFAULT_PACKET_MS
    longest = media.max_packet_ms
    if longest is not None and longest < packet_ms:
        return max(10, longest // 10 * 10)
    return packet_ms
