"""Small value types of a site file: addresses, names, durations; each words its own refusals."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, cast, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    SecretStr,
    ValidationInfo,
)

from ivr.targets import FORMS, Target, TargetError, parse

DNS_PORT = 53

_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?"
)
_LIKE_IPV4 = re.compile(r"[0-9.]+")
_DIGITS = r"\+?[0-9*#]{1,32}"

MAX_SOCKET_PATH = 107
"""Bytes that Linux has for the path of a Unix socket, less the last, which ends it (unix(7))."""

DATABASE_DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


@dataclass(frozen=True, slots=True)
class HostPort:
    """An IP address and a port; port 0 means any free one. `str()` gives it back as written."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


SipTransport: TypeAlias = Literal["udp", "tcp", "tls", "ws", "wss"]


@dataclass(frozen=True, slots=True)
class ListenAddress(HostPort):
    """A SIP listener; `str()` gives `udp:0.0.0.0:5060 advertise 203.0.113.7:5060`."""

    transport: SipTransport
    advertised: str = ""
    """What peers are told instead, behind address translation: `HOST` or `HOST:PORT`."""

    @property
    def secure(self) -> bool:
        """Whether it needs a certificate."""
        return self.transport in ("tls", "wss")

    def __str__(self) -> str:
        address = f"{self.transport}:{HostPort.__str__(self)}"
        return f"{address} advertise {self.advertised}" if self.advertised else address


@dataclass(frozen=True, slots=True)
class CarrierHost(HostPort):
    """An IP address or a host name; port 0 means the transport's usual one, or as DNS says."""

    @property
    def is_name(self) -> bool:
        """Whether DNS has to be asked."""
        try:
            ip_address(self.host)
        except ValueError:
            return True
        return False

    @property
    def uri_host(self) -> str:
        """The host as URIs have it: IPv6 in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    def __str__(self) -> str:
        return HostPort.__str__(self) if self.port else HostPort.__str__(self).rpartition(":")[0]


def _host_port(
    text: object, default_port: int | None = None, what: str = "an IP address"
) -> HostPort:
    if isinstance(text, HostPort):
        return text
    if not isinstance(text, str):
        raise ValueError('must be text like "127.0.0.1:5060"')
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::(.*))?", text)
    host, port = bracketed.groups() if bracketed else _split_port(text)
    try:
        host = str(ip_address(host))
    except ValueError:
        raise ValueError(f"'{host}' is not {what}") from None
    if port is None:
        if default_port is None:
            raise ValueError(f"'{text}' lacks a port: write IP:PORT")
        return HostPort(host, default_port)
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ValueError(f"'{port}' is not a port (0 to 65535)")
    return HostPort(host, int(port))


def _split_port(text: str) -> tuple[str, str | None]:
    host, colon, port = text.rpartition(":")
    return (host, port) if colon else (text, None)


def _listen_address(text: object) -> ListenAddress:
    if isinstance(text, ListenAddress):
        return text
    where, word, told = text.partition(" advertise ") if isinstance(text, str) else ("", "", "")
    transport, _, rest = where.partition(":")
    if transport not in get_args(SipTransport):
        raise ValueError('must be text like "udp:127.0.0.1:5060" or "tls:127.0.0.1:5061"')
    address = _host_port(rest.strip())
    advertised = _advertised(told.strip(), address) if word else ""
    return ListenAddress(address.host, address.port, cast(SipTransport, transport), advertised)


def _advertised(text: str, address: HostPort) -> str:
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::(.*))?", text)
    host, port = bracketed.groups() if bracketed else _split_port(text)
    try:
        ipv6 = ip_address(host).version == 6
    except ValueError:
        if bracketed or not _HOST_NAME.fullmatch(host):
            raise ValueError(f"'{host}' is neither an IP address nor a host name") from None
        ipv6 = ":" in address.host
    if ipv6 is not (":" in address.host):
        raise ValueError(f"'{host}' is not of the IP version that is listened on")
    if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port) <= 65535):
        raise ValueError(f"'{port}' is not a port (1 to 65535)")
    return text


def _collector(text: object) -> ListenAddress:
    if isinstance(text, ListenAddress):
        return text
    transport, _, rest = text.partition(":") if isinstance(text, str) else ("", "", "")
    if transport != "udp":
        raise ValueError('must be text like "udp:192.0.2.1:9060"')
    address = _host_port(rest)
    return ListenAddress(address.host, address.port, "udp")


def _socket_path(text: object) -> Path:
    path = _path(text)
    length = len(os.fsencode(path))
    if length > MAX_SOCKET_PATH:
        raise ValueError(
            f"has {length} bytes, and the path of a Unix socket may have {MAX_SOCKET_PATH}: "
            "name a shorter one, or one relative to the working directory"
        )
    return path


def _trunk_host(text: object) -> CarrierHost:
    if isinstance(text, CarrierHost):
        return text
    host, colon, port = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    name = host if colon else str(text)
    if isinstance(text, str) and _HOST_NAME.fullmatch(name) and not _LIKE_IPV4.fullmatch(name):
        # The address part is only there to have the port checked.
        port_number = _host_port(f"0.0.0.0:{port}").port if colon else 0
        return CarrierHost(name.lower(), port_number)
    address = _host_port(text, default_port=0, what="an IP address or a host name")
    return CarrierHost(address.host, address.port)


def _name_server(text: object) -> HostPort:
    return _host_port(text, default_port=DNS_PORT)


def one_of(literal: object) -> BeforeValidator:
    """Words the refusal of what a `Literal` does not have."""
    return BeforeValidator(_supported(*get_args(literal)))


def _media_address(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError(f"'{text}' is not an IP address") from None
    if address.is_unspecified or address.is_multicast or "%" in text:
        raise ValueError(f"'{text}' cannot be told to a phone as the place to send its voice to")
    return str(address)


def _path(text: object) -> Path:
    if isinstance(text, Path):
        return text
    if not isinstance(text, str) or not text or "\0" in text:
        raise ValueError("must be the path of a file or folder, in quotes")
    return Path(text).expanduser()


def _target(text: object) -> Target:
    if isinstance(text, Target):
        return text
    if not isinstance(text, str):
        raise ValueError(f"must be text: {FORMS}")
    return parse(text)


def _goes_on_to(text: object) -> "str | Target":
    if isinstance(text, str) and re.fullmatch(_DIGITS, text):
        return text
    try:
        return _target(text)
    except TargetError as error:
        raise ValueError(f"{error}; or a number to dial") from None


def target_or_none(text: object) -> Target | None:
    """The target, or None for what is none (which is told where the key's value is checked)."""
    try:
        return parse(text) if isinstance(text, str) else None
    except TargetError:
        return None


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def _matching(pattern: str, what: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"'{text}' is not {what}")
        return text

    return AfterValidator(check)


def _country(text: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS  # it takes its time

    if text not in SUPPORTED_REGIONS:
        raise ValueError(f"'{text}' is not a country's two letters (ISO 3166)")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable text")
    return text


def _unique(what: str) -> AfterValidator:
    def check(items: tuple[Any, ...]) -> tuple[Any, ...]:
        for position, item in enumerate(items):
            if item in items[:position]:
                raise ValueError(f"{what} {item} is named twice")
        return items

    return AfterValidator(check)


def _some(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if not items:
        raise ValueError("must not be empty")
    return items


_not_empty = AfterValidator(_some)


def not_less_than(other: str) -> AfterValidator:
    """Compares with the field `other` of the same table, which must be declared before."""

    def check(value: float, info: ValidationInfo) -> float:
        if value < info.data.get(other, value):
            raise ValueError(f"must not be less than {other}")
        return value

    return AfterValidator(check)


def not_more_than(other: str) -> AfterValidator:
    """Compares with the field `other` of the same table, which must be declared before."""

    def check(value: float, info: ValidationInfo) -> float:
        if value > info.data.get(other, value):
            raise ValueError(f"must not be more than {other}")
        return value

    return AfterValidator(check)


def _rtp_range(ports: tuple[int, int]) -> tuple[int, int]:
    low, high = ports
    if low % 2:
        raise ValueError(f"must begin with an even port (RFC 3550 §11), not {low}")
    if high <= low:
        raise ValueError("must be [first, last] with first less than last")
    return ports


def check_database_url(url: SecretStr) -> SecretStr:
    """Refuses URLs that no shipped driver opens, without repeating what they hold."""
    scheme = url.get_secret_value().partition("://")[0]
    if scheme not in DATABASE_DRIVERS:
        raise ValueError(
            f"must begin with {' or '.join(f'{name}://' for name in DATABASE_DRIVERS)}"
        )
    return url


def _supported(*now: str, later: tuple[str, ...] = ()) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value in later:
            raise ValueError(f"'{value}' is not supported yet; choose {' or '.join(now)}")
        if value not in now:
            raise ValueError(f"'{value}' is unknown; choose {' or '.join(now)}")
        return value

    return check


def _pin(secret: SecretStr) -> SecretStr:
    if not re.fullmatch("[0-9]{4,12}", secret.get_secret_value()):
        raise ValueError("must be 4 to 12 digits")
    return secret


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+", text):
        raise ValueError(f"'{text}' is not an origin like https://desk.example")
    return text.lower()


Origins: TypeAlias = tuple[Annotated[str, AfterValidator(_origin)], ...]
"""Scheme and host of web pages, as browsers send them (RFC 6454)."""
Dscp: TypeAlias = Annotated[int, BeforeValidator(_not_bool), Field(ge=0, le=63)]
"""A class of service (RFC 2474)."""
Listen: TypeAlias = Annotated[HostPort, PlainValidator(_host_port)]
SipListens: TypeAlias = Annotated[
    tuple[Annotated[ListenAddress, PlainValidator(_listen_address)], ...],
    _not_empty,
    _unique("address"),
]
OneTrunkHost: TypeAlias = Annotated[CarrierHost, PlainValidator(_trunk_host)]
TrunkHosts: TypeAlias = Annotated[
    tuple[OneTrunkHost, ...],
    _not_empty,
    _unique("host"),
]
NameServers: TypeAlias = Annotated[
    tuple[Annotated[HostPort, PlainValidator(_name_server)], ...], _unique("address")
]
MediaAddress: TypeAlias = Annotated[str, AfterValidator(_media_address)]
SitePath: TypeAlias = Annotated[Path, PlainValidator(_path)]
"""A path; relative ones are relative to the working directory."""
SocketPath: TypeAlias = Annotated[Path, PlainValidator(_socket_path)]
Collector: TypeAlias = Annotated[ListenAddress, PlainValidator(_collector)]
"""Where a copy of all SIP goes, by UDP."""
GoesTo: TypeAlias = Annotated[Target, PlainValidator(_target)]


def _key(key: str) -> str:
    if len(key) != 1 or key not in "0123456789*#":
        raise ValueError(f"'{key}' is not a key: 0 to 9, * or #")
    return key


Key: TypeAlias = Annotated[str, AfterValidator(_key)]
"""Of a telephone."""
QueueKeys: TypeAlias = dict[Key, GoesTo]
"""What a caller who waits may press, to where that leads."""

Whole: TypeAlias = Annotated[int, BeforeValidator(_not_bool)]
Number: TypeAlias = Annotated[float, BeforeValidator(_not_bool)]
Seconds: TypeAlias = Annotated[Number, Field(gt=0, le=86_400)]
SecondsOrZero: TypeAlias = Annotated[Number, Field(ge=0, le=86_400)]
Port: TypeAlias = Annotated[Whole, Field(ge=1024, le=65535)]
Level: TypeAlias = Annotated[Whole, Field(ge=1, le=10)]
"""Of a skill."""
RtpPorts: TypeAlias = Annotated[tuple[Port, Port], AfterValidator(_rtp_range)]

Secret: TypeAlias = Annotated[SecretStr, Field(min_length=1)]


def _argon2_if_hashed(secret: SecretStr) -> SecretStr:
    """Refuses what begins like an argon2 hash and is none: nobody could ever sign in with it."""
    if secret.get_secret_value().startswith("$argon2"):
        from argon2 import extract_parameters
        from argon2.exceptions import InvalidHashError

        try:
            extract_parameters(secret.get_secret_value())
        except InvalidHashError:
            raise ValueError("is no argon2 hash, though it begins like one") from None
    return secret


Password: TypeAlias = Annotated[Secret, AfterValidator(_argon2_if_hashed)]
"""A person's: in plain text, or an argon2 hash."""

Domain: TypeAlias = Annotated[
    str,
    Field(min_length=1),
    _matching(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", "a host name or an IP address"),
]
Line: TypeAlias = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]
"""What goes into a header field as it is."""
Pin: TypeAlias = Annotated[SecretStr, AfterValidator(_pin)]
Name: TypeAlias = Annotated[str, _matching(r"[\w.-]{1,64}", "a name (letters, digits, _ . -)")]
Digits: TypeAlias = Annotated[str, _matching(_DIGITS, "a telephone number")]
PartOfNumber: TypeAlias = Annotated[
    str, _matching(r"\+?[0-9*#]{0,32}", "the beginning of a telephone number")
]
NumberPattern: TypeAlias = Annotated[
    str, _matching(r"\+?[0-9*#x]{0,32}", "the beginning of a telephone number (x: any digit)")
]
Country: TypeAlias = Annotated[str, AfterValidator(_country)]
Plain: TypeAlias = Annotated[str, _matching(r"\+?[0-9]{1,32}", "a number of digits only")]
"""Digits, perhaps after a `+`: what a number is or begins with."""
Numbers: TypeAlias = Annotated[
    tuple[Annotated[str, _matching(r"\+?[0-9]{0,32}\*?", "a number, or its beginning and *")], ...],
    _unique("number"),
]
"""Whole numbers, and beginnings of numbers that end in `*`."""
Prefixes: TypeAlias = Annotated[tuple[Plain, ...], _unique("prefix")]
GoesOnTo: TypeAlias = Annotated[str | Target, PlainValidator(_goes_on_to)]
"""A number to dial, or a target."""
DialRight: TypeAlias = Literal["none", "internal", "whitelist", "national", "all"]
SeatNo: TypeAlias = Annotated[str, _matching(r"[0-9]{3,6}", "a seat number (3 to 6 digits)")]
Codec: TypeAlias = Annotated[
    Literal["PCMA", "PCMU", "G722", "L16", "opus"],
    BeforeValidator(_supported("PCMA", "PCMU", "G722", "L16", "opus")),
]
Codecs: TypeAlias = Annotated[
    tuple[Codec, ...],
    _not_empty,
    _unique("codec"),
]


def _in_a_row(value: object) -> object:
    return (value,) if isinstance(value, str) else value


PlayList: TypeAlias = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_in_a_row), _not_empty
]
"""Audio files in `speech.prompts`, played one after the other; a single one may stand alone."""
DigestAlgorithms: TypeAlias = Annotated[
    tuple[
        Annotated[
            Literal["SHA-512-256", "SHA-256", "MD5"],
            BeforeValidator(_supported("SHA-512-256", "SHA-256", "MD5")),
        ],
        ...,
    ],
    _not_empty,
    _unique("algorithm"),
]
SeatKind: TypeAlias = Annotated[
    Literal["sip", "number", "webrtc"], BeforeValidator(_supported("sip", "number", "webrtc"))
]
AnswerWhen: TypeAlias = Annotated[
    Literal["at_once", "first_prompt", "agent"],
    BeforeValidator(_supported("at_once", "first_prompt", "agent")),
]
"""When callers are answered by the 200."""
CallbackFirst: TypeAlias = Annotated[
    Literal["agent", "customer"], BeforeValidator(_supported("agent", "customer"))
]
"""Whom a callback calls first."""
ServiceLevelFormula: TypeAlias = Annotated[
    Literal["handled", "without_abandoned", "positive", "negative"],
    BeforeValidator(_supported("handled", "without_abandoned", "positive", "negative")),
]
"""See `callcenter.statistics.figures.FORMULAS`."""
ReliableProvisionals: TypeAlias = Annotated[
    Literal["on_demand", "if_supported", "required"],
    BeforeValidator(_supported("on_demand", "if_supported", "required")),
]
AnswerMode: TypeAlias = Annotated[
    Literal["phone", "protocol", "nailed_up"],
    BeforeValidator(_supported("phone", "protocol", "nailed_up")),
]
StrategyName: TypeAlias = Literal[
    "longest_idle",
    "fewest_contacts",
    "most_skilled",
    "least_skilled",
    "least_occupied",
    "round_robin",
    "ranked",
    "random",
    "ring_all",
]
SrtpWish: TypeAlias = Literal["off", "optional", "required"]
OpaqueWish: TypeAlias = Literal["pass", "refuse"]
Opaque: TypeAlias = Annotated[OpaqueWish, one_of(OpaqueWish)]
Srtp: TypeAlias = Annotated[SrtpWish, one_of(SrtpWish)]
Strategy: TypeAlias = Annotated[StrategyName, one_of(StrategyName)]
IdleTimeName: TypeAlias = Literal["state_change", "contact", "available"]
IdleTime: TypeAlias = Annotated[IdleTimeName, one_of(IdleTimeName)]
"""Since when an agent counts as idle."""
Names: TypeAlias = Annotated[tuple[Name, ...], _unique("name")]
Language: TypeAlias = Annotated[Literal["en", "zh"], BeforeValidator(_supported("en", "zh"))]
AgentClass: TypeAlias = Annotated[
    Literal["agent", "supervisor"], BeforeValidator(_supported("agent", "supervisor"))
]
