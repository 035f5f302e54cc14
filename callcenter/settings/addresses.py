"""Where to listen and whom to reach: IP addresses, ports, host names, transports."""

import os
import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, cast, get_args

from pydantic import AfterValidator, Field, PlainValidator

from callcenter.settings.checks import NOT_BOOL, NOT_EMPTY, matching, unique
from callcenter.settings.values import SitePath, Whole

DNS_PORT = 53
MAX_SOCKET_PATH = 107
"""Bytes that Linux has for the path of a Unix socket, less the last, which ends it (unix(7))."""
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?"
)
_LIKE_IPV4 = re.compile(r"[0-9.]+")
SipTransport: TypeAlias = Literal["udp", "tcp", "tls", "ws", "wss"]


@dataclass(frozen=True, slots=True)
class HostPort:
    """An IP address and a port; port 0 means any free one. `str()` gives it back as written."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


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


def _media_address(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError(f"'{text}' is not an IP address") from None
    if address.is_unspecified or address.is_multicast or "%" in text:
        raise ValueError(f"'{text}' cannot be told to a phone as the place to send its voice to")
    return str(address)


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+", text):
        raise ValueError(f"'{text}' is not an origin like https://desk.example")
    return text.lower()


def _rtp_range(ports: tuple[int, int]) -> tuple[int, int]:
    low, high = ports
    if low % 2:
        raise ValueError(f"must begin with an even port (RFC 3550 §11), not {low}")
    if high <= low:
        raise ValueError("must be [first, last] with first less than last")
    return ports


def _fit_for_a_socket(path: Path) -> Path:
    length = len(os.fsencode(path))
    if length > MAX_SOCKET_PATH:
        raise ValueError(
            f"has {length} bytes, and the path of a Unix socket may have {MAX_SOCKET_PATH}: "
            "name a shorter one, or one relative to the working directory"
        )
    return path


Listen: TypeAlias = Annotated[HostPort, PlainValidator(_host_port)]
SipListens: TypeAlias = Annotated[
    tuple[Annotated[ListenAddress, PlainValidator(_listen_address)], ...],
    NOT_EMPTY,
    unique("address"),
]
OneTrunkHost: TypeAlias = Annotated[CarrierHost, PlainValidator(_trunk_host)]
TrunkHosts: TypeAlias = Annotated[
    tuple[OneTrunkHost, ...],
    NOT_EMPTY,
    unique("host"),
]
NameServers: TypeAlias = Annotated[
    tuple[Annotated[HostPort, PlainValidator(_name_server)], ...], unique("address")
]
MediaAddress: TypeAlias = Annotated[str, AfterValidator(_media_address)]
Collector: TypeAlias = Annotated[ListenAddress, PlainValidator(_collector)]
"""Where a copy of all SIP goes, by UDP."""
Origins: TypeAlias = tuple[Annotated[str, AfterValidator(_origin)], ...]
"""Scheme and host of web pages, as browsers send them (RFC 6454)."""
Domain: TypeAlias = Annotated[
    str,
    Field(min_length=1),
    matching(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", "a host name or an IP address"),
]
Dscp: TypeAlias = Annotated[int, NOT_BOOL, Field(ge=0, le=63)]
"""A class of service (RFC 2474)."""
Port: TypeAlias = Annotated[Whole, Field(ge=1024, le=65535)]
RtpPorts: TypeAlias = Annotated[tuple[Port, Port], AfterValidator(_rtp_range)]
SocketPath: TypeAlias = Annotated[SitePath, AfterValidator(_fit_for_a_socket)]
