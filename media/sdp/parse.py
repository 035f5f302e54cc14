"""Bytes -> SessionDescription: tolerant of what phones and carriers really send, and bounded.

Liberal where nothing is lost by it: bare LF or CR at line ends, missing `s=` and `t=`, unknown
lines and attributes. Strict where guessing would send audio astray.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from media.sdp.description import DIRECTIONS, Direction, Media, RtpMap, SessionDescription
from media.sdp.errors import SdpError
from media.sdp.transport import TransportLines

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
    attributes: list[str] = field(default_factory=list)
    """The values of `a=`, as written, without those of `transport`: they differ in every call."""
    transport: TransportLines = field(default_factory=TransportLines)


@dataclass(slots=True)
class _Attributes:
    """What the attributes of a section say; what is None is inherited."""

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
    bundles: list[tuple[str, ...]] = field(default_factory=list)


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
        bundles=tuple(reading.bundles),
    )


def _media(section: _Section, session: _Section) -> Media:
    """A section with the session's defaults applied (RFC 8866 §5.7, §6.7)."""
    address = session.address if section.address is None else section.address
    said = _read_attributes(section.formats, tuple(section.attributes))
    default = _read_attributes((), tuple(session.attributes))
    return Media(
        kind=section.kind,
        port=section.port,
        protocol=section.protocol,
        formats=section.formats,
        address=address or "",
        direction=said.direction or default.direction or "sendrecv",
        rtpmap=said.rtpmap,
        packet_ms=said.packet_ms or default.packet_ms,
        max_packet_ms=said.max_packet_ms or default.max_packet_ms,
        transport=section.transport.within(session.transport),
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


def _keep_attribute(reading: _Reading, value: str) -> None:
    section = reading.sections[-1]
    name, _, argument = value.partition(":")
    if name == "group":
        semantics, *names = argument.split() or [""]
        if semantics == "BUNDLE":
            reading.bundles.append(tuple(names))
    elif name in _PASSED_OVER or section.transport.read(name, argument):
        pass
    else:
        section.attributes.append(value)


@lru_cache(maxsize=128)  # a phone writes the same ones in every call
def _read_attributes(formats: tuple[str, ...], lines: tuple[str, ...]) -> _Attributes:
    attributes = _Attributes()
    for line in lines:
        name, _, argument = line.partition(":")
        if name == "rtpmap":
            _read_rtpmap(attributes.rtpmap, formats, argument)
        elif name == "ptime":
            attributes.packet_ms = _milliseconds(argument)
        elif name == "maxptime":
            attributes.max_packet_ms = _milliseconds(argument)
        elif (direction := DIRECTIONS.get(name.rstrip())) is not None:
            attributes.direction = direction
    return attributes


def _read_rtpmap(rtpmap: dict[str, RtpMap], formats: tuple[str, ...], argument: str) -> None:
    """`<payload type> <name>/<clock rate>[/<channels>]`; one that cannot be read maps nothing."""
    fields = argument.split()
    if len(fields) != 2 or fields[0] not in formats:
        return
    name, _, rates = fields[1].partition("/")
    rate, _, channels = rates.partition("/")
    if _is_number(rate) and (not channels or _is_number(channels)):
        rtpmap[fields[0]] = RtpMap(name.upper(), int(rate), int(channels or 1))


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


_PASSED_OVER = frozenset(
    ("candidate", "end-of-candidates", "extmap", "msid", "ssrc", "ssrc-group", "rtcp-fb")
)
"""What browsers write much of, and nobody here asks about: candidates they check themselves."""

_LINES: dict[str, Callable[[_Reading, str], None]] = {
    "o": _read_origin,
    "t": _read_timing,
    "c": _read_connection,
    "m": _read_media,
    "a": _keep_attribute,
}
