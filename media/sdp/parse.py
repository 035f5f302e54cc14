"""Bytes -> SessionDescription: tolerant of what phones and carriers really send, and bounded.

Liberal where nothing is lost by it: bare LF or CR at line ends, missing `s=` and `t=`, unknown
lines and attributes. Strict where guessing would send audio astray.

From call to call phones and carriers repeat themselves word for word, but for the line `o=` and
the ports: what is repeated is read once.
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
_KEYS = ("a=crypto:", "a=ice-pwd:", "a=key-mgmt:", "\nk=")
"""How secrets begin, spoken here or not: new in each call, and not to be kept."""


@dataclass(slots=True, eq=False)
class _Section:
    """What has been read of the session level, or below an `m=`; what is None is inherited."""

    formats: tuple[str, ...]
    """Those of the `m=`."""
    address: str | None = None
    timing: str = "0 0"
    direction: Direction | None = None
    packet_ms: int | None = None
    max_packet_ms: int | None = None
    rtpmap: dict[str, RtpMap] = field(default_factory=dict)
    transport: TransportLines = field(default_factory=TransportLines)
    bundles: list[tuple[str, ...]] = field(default_factory=list)


def parse(body: bytes) -> SessionDescription:
    """Reads a description; `SdpError` names the line and what is wrong with it."""
    if len(body) > MAX_BYTES:
        raise SdpError(f"description of {len(body)} bytes; at most {MAX_BYTES} are read")
    text = body.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") >= MAX_LINES:
        raise SdpError(f"description of more than {MAX_LINES} lines")
    if not text.startswith("v=0"):
        raise SdpError("line 1: a description begins with v=0")
    before, found, after = text.partition("\no=")
    if not found:
        raise SdpError("no o= line")
    origin, _, after = after.partition("\n")
    fields = origin.split()
    if len(fields) < 3:
        raise _fault("o", origin, "o= needs a user name, a session id and a version")
    session, *sections = f"{before}\n{after}".split("\nm=")
    if len(sections) > MAX_MEDIA:
        raise SdpError(f"more than {MAX_MEDIA} media lines")
    has_keys = any(map(text.__contains__, _KEYS))
    read_lines = _read_lines.__wrapped__ if has_keys else _read_lines
    read_section = _read_section.__wrapped__ if has_keys else _read_section
    defaults = read_lines((), session)
    media = []
    for section in sections:
        line, _, lines = section.partition("\n")
        try:
            kind, port, protocol, formats = _read_media(line)
        except SdpError as error:
            raise _fault("m", line, error) from None
        media.append(read_section(kind, protocol, formats, lines, defaults)._replace(port=port))
    return SessionDescription(
        session_id=fields[1],
        version=fields[2],
        timing=defaults.timing,
        media=tuple(media),
        bundles=tuple(defaults.bundles),
    )


@lru_cache(maxsize=128)
def _read_section(
    kind: str, protocol: str, formats: tuple[str, ...], lines: str, session: _Section
) -> Media:
    """A section with the session's defaults applied (RFC 8866 §5.7, §6.7), its port left out."""
    section = _read_lines.__wrapped__(formats, lines)
    address = session.address if section.address is None else section.address
    return Media(
        kind=kind,
        port=0,
        protocol=protocol,
        formats=formats,
        address=address or "",
        direction=section.direction or session.direction or "sendrecv",
        maps=tuple(section.rtpmap.items()),
        packet_ms=section.packet_ms or session.packet_ms,
        max_packet_ms=section.max_packet_ms or session.max_packet_ms,
        transport=section.transport.within(session.transport),
    )


@lru_cache(maxsize=128)
def _read_lines(formats: tuple[str, ...], lines: str) -> _Section:
    section = _Section(formats)
    for line in lines.split("\n"):
        if line[1:2] == "=" and (read := _LINES.get(line[0])) is not None:
            try:
                read(section, line[2:])
            except SdpError as error:
                raise _fault(line[0], line[2:], error) from None
    return section


def _fault(kind: str, value: str, why: SdpError | str) -> SdpError:
    """What is wrong with a line, and which it is."""
    return SdpError(f"{f'{kind}={value}'[:60]!r}: {why}")


def _read_media(value: str) -> tuple[str, int, str, tuple[str, ...]]:
    fields = _tokens(value)
    if len(fields) < 4:
        raise SdpError("m= needs a kind, a port, a protocol and a format")
    if len(fields) > 3 + MAX_FORMATS:
        raise SdpError(f"more than {MAX_FORMATS} formats")
    kind, port, protocol, *formats = fields
    return kind, _number(port.partition("/")[0], 65_535, "port"), protocol, tuple(formats)


def _read_timing(section: _Section, value: str) -> None:
    fields = _tokens(value)
    if len(fields) == 2:
        section.timing = f"{fields[0]} {fields[1]}"


def _read_connection(section: _Section, value: str) -> None:
    fields = _tokens(value)
    if len(fields) != 3 or fields[0] != "IN" or fields[1] not in ("IP4", "IP6"):
        raise SdpError("c= needs IN, IP4 or IP6, and an address")
    # RFC 8866 §9 lets a section have several (layered multicast); the first is the base layer.
    if section.address is None:
        section.address = fields[2]


def _read_attribute(section: _Section, value: str) -> None:
    name, _, argument = value.partition(":")
    if name in _PASSED_OVER or section.transport.read(name, argument):
        return
    if name == "rtpmap":
        _read_rtpmap(section.rtpmap, section.formats, argument)
    elif name == "ptime":
        section.packet_ms = _milliseconds(argument)
    elif name == "maxptime":
        section.max_packet_ms = _milliseconds(argument)
    elif name == "group":
        semantics, *names = argument.split() or [""]
        if semantics == "BUNDLE":
            section.bundles.append(tuple(names))
    elif (direction := DIRECTIONS.get(name.rstrip())) is not None:
        section.direction = direction


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

_LINES: dict[str, Callable[[_Section, str], None]] = {
    "t": _read_timing,
    "c": _read_connection,
    "a": _read_attribute,
}
