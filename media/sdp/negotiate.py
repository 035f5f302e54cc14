"""Offer and answer (RFC 3264) for one audio stream; pure functions from bytes to bytes."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from lean import dataclass
from media.sdp.description import (
    Codec,
    Direction,
    Media,
    SessionDescription,
    Stream,
)
from media.sdp.errors import NotAcceptable
from media.sdp.parse import parse
from media.sdp.security import Agreed, Security
from media.sdp.select import (
    CODECS,
    COMFORT_NOISE_PAYLOAD_TYPE,
    DEFAULT_PACKET_MS,
    EVENT_PAYLOAD_TYPE,
    PARAMETERS,
    PAYLOAD_TYPES,
    agree,
    is_audio,
    offerable,
    rtp_map,
    speakable,
    takes_comfort_noise,
)

_EVENTS = "0-16"
"""RFC 4733 §3.2: the sixteen DTMF digits and the hook flash."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to send, and what it agrees to."""

    body: bytes
    stream: Stream


def offer(
    address: str,
    port: int,
    *,
    codecs: Iterable[Codec] = CODECS,
    session_id: int,
    version: int = 0,
    packet_ms: int = DEFAULT_PACKET_MS,
    direction: Direction = "sendrecv",
    restrict_to: Codec | None = None,
    security: Security | None = None,
    comfort_noise: bool = False,
) -> bytes:
    """A description that offers `codecs`, best first, and telephone-event at `address`:`port`.

    `restrict_to` offers that codec alone: what another leg already speaks, so that the two can be
    relayed to each other without decoding. `comfort_noise` is offered where a codec has its clock.
    """
    allowed = _allowed(offerable(codecs), restrict_to)
    formats = tuple([(PAYLOAD_TYPES[codec], codec) for codec in allowed])
    security = security or Security()
    session_lines, lines = security.offer_lines(address, port)
    protocol = security.protocol()
    section = _audio_section(
        protocol,
        port,
        formats,
        EVENT_PAYLOAD_TYPE,
        packet_ms,
        direction,
        comfort_noise=comfort_noise and any(map(takes_comfort_noise, allowed)),
    )
    sections = [session_lines, section, lines]
    return _description(address, session_id, version, "0 0", sections)


def answer(
    offered: bytes,
    address: str,
    port: int,
    *,
    codecs: Iterable[Codec] = CODECS,
    session_id: int,
    version: int = 0,
    direction: Direction = "sendrecv",
    restrict_to: Codec | None = None,
    before: Stream | None = None,
    security: Security | None = None,
) -> Answer:
    """Takes the first audio line that can be spoken, refuses the rest.

    The codec is the first of the offerer's that is in `codecs` (and is `restrict_to`, if given).

    `direction` is what we are willing to do; the answer never says more than the offer allows.
    `before` is the stream in force, if there is one: an offer that takes its audio away by port 0
    (RFC 3264 §8.2), as some phones spell hold, stops it and is answered likewise.
    Raises `SdpError` for a description that cannot be read, `NotAcceptable` for one that holds no
    usable audio.
    """
    description = parse(offered)
    allowed = _allowed(codecs, restrict_to)
    if before is not None and _stops_audio(description):
        body = _description(
            address, session_id, version, description.timing, map(_refused, description.media)
        )
        return Answer(body, replace(before, direction="inactive"))
    security = security or Security()
    chosen, agreed, secured = _first_usable(
        description, allowed, direction, (address, port), security
    )
    sections = [
        _audio_section(
            media.protocol,
            port,
            ((agreed.payload_type, agreed.codec),),
            agreed.event_payload_type,
            agreed.packet_ms,
            agreed.direction,
            comfort_noise=agreed.comfort_noise,
        )
        + secured.lines
        if media is chosen
        else _refused(media)
        for media in description.media
    ]
    head = secured.session_lines + _bundle(description, chosen)
    body = _description(address, session_id, version, description.timing, [head, *sections])
    return Answer(body, agreed)


def accept(offered: bytes, answered: bytes) -> Stream:
    """What the peer's answer agrees to; `offered` is what `offer` made. Raises like `answer`."""
    ours = parse(offered).media[0]
    codecs = [codec for codec, _ in speakable(ours).codecs]
    return accept_own(answered, ours.address, codecs=codecs, direction=ours.direction)


def accept_own(
    answered: bytes,
    address: str,
    *,
    codecs: Iterable[Codec],
    direction: Direction,
    security: Security | None = None,
) -> Stream:
    """Like `accept`, for who still knows what was offered: the offer need not be read again."""
    theirs = parse(answered).media
    if not theirs or not is_audio(theirs[0]):
        raise NotAcceptable("the answer refuses the audio stream")
    usable = speakable(theirs[0], answers=True)
    agreed = (security or Security()).accept(theirs[0])
    return agree(theirs[0], usable, codecs, ours=direction, local=address, agreed=agreed)


def _allowed(codecs: Iterable[Codec], restrict_to: Codec | None) -> tuple[Codec, ...]:
    allowed = tuple(codecs)
    if restrict_to is not None:
        allowed = (restrict_to,) if restrict_to in allowed else ()
    if not allowed:
        raise NotAcceptable(f"codec {restrict_to} is not allowed here")
    return allowed


def _first_usable(
    description: SessionDescription,
    allowed: tuple[Codec, ...],
    ours: Direction,
    local: tuple[str, int],
    security: Security,
) -> tuple[Media, Stream, Agreed]:
    """The audio line to take; when all fail, the last one's reason is the reason."""
    why, kind = "no audio over RTP is offered", NotAcceptable
    for media in description.media:
        if is_audio(media):
            try:
                usable = speakable(media)
                agreed = security.answer(media, *local)
                stream = agree(media, usable, allowed, ours=ours, local=local[0], agreed=agreed)
            except NotAcceptable as error:
                # Not the error, which would hold this frame that holds it.
                why, kind = str(error), type(error)
            else:
                return media, stream, agreed
    raise kind(why)


def _bundle(description: SessionDescription, chosen: Media) -> str:
    """RFC 9143 §7.3.3: the one section that we take makes up the group, where one was offered."""
    mid = chosen.transport.mid
    if mid is None or not any(mid in group for group in description.bundles):
        return ""
    return f"a=group:BUNDLE {mid}\r\n"


def _stops_audio(description: SessionDescription) -> bool:
    """Whether there is audio, and none of it wanted any more."""
    ports = [media.port for media in description.media if media.kind == "audio"]
    return bool(ports) and not any(ports)


def _refused(media: Media) -> str:
    """RFC 3264 §6: a refused line keeps its place and at least one format."""
    mid = media.transport.mid
    name = "" if mid is None else f"a=mid:{mid}\r\n"
    return f"m={media.kind} 0 {media.protocol} {' '.join(media.formats)}\r\n{name}"


def _audio_section(
    protocol: str,
    port: int,
    formats: tuple[tuple[int, Codec], ...],
    event: int | None,
    packet_ms: int,
    direction: Direction,
    *,
    comfort_noise: bool = False,
) -> str:
    numbers, maps = _formats(formats, event, comfort_noise)
    return f"m=audio {port} {protocol} {numbers}\r\n{maps}a=ptime:{packet_ms}\r\na={direction}\r\n"


@lru_cache(maxsize=128)  # a site speaks few codecs, and most phones number them alike
def _formats(
    formats: tuple[tuple[int, Codec], ...], event: int | None, comfort_noise: bool
) -> tuple[str, str]:
    """How the `m=` line names them, and the lines that say what they are."""
    numbers = [str(number) for number, _ in formats]
    maps = [_format_lines(number, codec) for number, codec in formats]
    if comfort_noise:
        numbers.append(str(COMFORT_NOISE_PAYLOAD_TYPE))
        maps.append(f"a=rtpmap:{COMFORT_NOISE_PAYLOAD_TYPE} CN/8000\r\n")
    if event is not None:
        numbers.append(str(event))
        maps.append(f"a=rtpmap:{event} telephone-event/8000\r\na=fmtp:{event} {_EVENTS}\r\n")
    return " ".join(numbers), "".join(maps)


def _format_lines(number: int, codec: Codec) -> str:
    mapped = rtp_map(codec)
    channels = "" if mapped.channels == 1 else f"/{mapped.channels}"
    lines = f"a=rtpmap:{number} {mapped.name}/{mapped.clock_rate}{channels}\r\n"
    parameters = PARAMETERS.get(codec)
    return lines if parameters is None else f"{lines}a=fmtp:{number} {parameters}\r\n"


def origin(session_id: int, version: int) -> bytes:
    """The beginning of our `o=` line, up to the version."""
    return b"o=- %d %d " % (session_id, version)


def _description(
    address: str, session_id: int, version: int, timing: str, sections: Iterable[str]
) -> bytes:
    family = "IP6" if ":" in address else "IP4"
    return (
        f"v=0\r\n{origin(session_id, version).decode()}IN {family} {address}\r\ns=-\r\n"
        f"c=IN {family} {address}\r\nt={timing}\r\n{''.join(sections)}"
    ).encode()
