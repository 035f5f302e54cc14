"""Bytes -> SessionDescription: tolerant of what phones and carriers really send, and bounded.

Liberal where nothing is lost by it: bare LF or CR at line ends, missing `s=` and `t=`, unknown
lines and attributes. Strict where guessing would send audio astray.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from media.sdp.description import DIRECTIONS, Direction, Media, RtpMap, SessionDescription
from media.sdp.errors import SdpError

MAX_BYTES = 16_384
MAX_LINES = 512
MAX_MEDIA = 16
MAX_FORMATS = 64
"""Far above any real offer (a browser's has about 120 lines), far below what could cost time."""


@dataclass(slots=True)
class _Section:
    """The session level, then one for every `m=` line; what is None is inherited."""

    kind: str = ""
    port: int = 0
    protocol: str = ""
    formats: tuple[str, ...] = ()
    address: str | None = None
    direction: Direction | None = None
    packet_ms: int | None = None
    max_packet_ms: int | None = None
    rtpmap: dict[str, RtpMap] = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    origin: tuple[str, str] | None = None
    timing: str = "0 0"
    sections: list[_Section] = field(default_factory=lambda: [_Section()])


def parse(body: bytes) -> SessionDescription:
    """Reads a description; `SdpError` names the line and what is wrong with it."""
    if len(body) > MAX_BYTES:
        raise SdpError(f"description of {len(body)} bytes; at most {MAX_BYTES} are read")
    text = body.decode("utf-8", "replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MAX_LINES:
        raise SdpError(f"description of more than {MAX_LINES} lines")
    if not lines[0].startswith("v=0"):
        raise SdpError("line 1: a description begins with v=0")
    reading = _Reading()
    for line in lines:
        if line[1:2] == "=" and (read := _LINES.get(line[0])) is not None:
            try:
                read(reading, line[2:])
            except SdpError as error:
                raise SdpError(f"{line[:60]!r}: {error}") from None
    if reading.origin is None:
        raise SdpError("no o= line")
    session, *sections = reading.sections
    return SessionDescription(
        session_id=reading.origin[0],
        version=reading.origin[1],
        timing=reading.timing,
        media=tuple(_media(section, session) for section in sections),
    )


def _media(section: _Section, session: _Section) -> Media:
    """A section with the session's defaults applied (RFC 8866 §5.7, §6.7)."""
    address = session.address if section.address is None else section.address
    return Media(
        kind=section.kind,
        port=section.port,
        protocol=section.protocol,
        formats=section.formats,
        address=address or "",
        direction=section.direction or session.direction or "sendrecv",
        rtpmap=section.rtpmap,
        packet_ms=section.packet_ms or session.packet_ms,
        max_packet_ms=section.max_packet_ms or session.max_packet_ms,
    )


def _read_origin(reading: _Reading, value: str) -> None:
    fields = value.split()
    if len(fields) < 3:
        raise SdpError("o= needs a user name, a session id and a version")
    reading.origin = (fields[1], fields[2])


def _read_timing(reading: _Reading, value: str) -> None:
    fields = _tokens(value)
    if len(fields) == 2 and len(reading.sections) == 1:
        reading.timing = f"{fields[0]} {fields[1]}"


def _read_connection(reading: _Reading, value: str) -> None:
    fields = _tokens(value)
    if len(fields) != 3 or fields[0] != "IN" or fields[1] not in ("IP4", "IP6"):
        raise SdpError("c= needs IN, IP4 or IP6, and an address")
    # RFC 8866 §9 lets a section have several (layered multicast); the first is the base layer.
    section = reading.sections[-1]
    if section.address is None:
        section.address = fields[2]


def _read_media(reading: _Reading, value: str) -> None:
    fields = _tokens(value)
    if len(fields) < 4:
        raise SdpError("m= needs a kind, a port, a protocol and a format")
    if len(reading.sections) > MAX_MEDIA:
        raise SdpError(f"more than {MAX_MEDIA} media lines")
    if len(fields) > 3 + MAX_FORMATS:
        raise SdpError(f"more than {MAX_FORMATS} formats")
    port = _number(fields[1].partition("/")[0], 65_535, "port")
    reading.sections.append(
        _Section(kind=fields[0], port=port, protocol=fields[2], formats=tuple(fields[3:]))
    )


def _read_attribute(reading: _Reading, value: str) -> None:
    name, _, argument = value.partition(":")
    section = reading.sections[-1]
    if (read := _ATTRIBUTES.get(name)) is not None:
        read(section, argument)
    elif (direction := DIRECTIONS.get(name.rstrip())) is not None:
        section.direction = direction


def _read_rtpmap(section: _Section, argument: str) -> None:
    """`<payload type> <name>/<clock rate>[/<channels>]`; one that cannot be read maps nothing."""
    fields = argument.split()
    if len(fields) != 2 or fields[0] not in section.formats:
        return
    name, _, rates = fields[1].partition("/")
    rate, _, channels = rates.partition("/")
    if _is_number(rate) and (not channels or _is_number(channels)):
        section.rtpmap[fields[0]] = RtpMap(name.upper(), int(rate), int(channels or 1))


def _read_packet_ms(section: _Section, argument: str) -> None:
    section.packet_ms = _milliseconds(argument)


def _read_max_packet_ms(section: _Section, argument: str) -> None:
    section.max_packet_ms = _milliseconds(argument)


def _milliseconds(argument: str) -> int | None:
    """A wish, not a condition: one that cannot be read is no wish. Some phones write `20.0`."""
    whole = argument.strip().partition(".")[0]
    return int(whole) if _is_number(whole) else None


def _number(text: str, maximum: int, what: str) -> int:
    if not _is_number(text) or int(text) > maximum:
        raise SdpError(f"{what} is not a number from 0 to {maximum}")
    return int(text)


def _is_number(text: str) -> bool:
    """Plain ASCII digits: `int` alone would also take signs, underscores and other scripts."""
    return text.isascii() and text.isdigit() and len(text) <= 9


def _tokens(value: str) -> list[str]:
    """The fields of a line; an answer may repeat them, hence nothing but printable ASCII."""
    if not (value.isascii() and value.strip().replace("\t", " ").isprintable()):
        raise SdpError("only printable ASCII is allowed here")
    return value.split()


_LINES: dict[str, Callable[[_Reading, str], None]] = {
    "o": _read_origin,
    "t": _read_timing,
    "c": _read_connection,
    "m": _read_media,
    "a": _read_attribute,
}

_ATTRIBUTES: dict[str, Callable[[_Section, str], None]] = {
    "rtpmap": _read_rtpmap,
    "ptime": _read_packet_ms,
    "maxptime": _read_max_packet_ms,
}
