"""Where a message came from, where it goes, and a message that is ready to go."""

from typing import Literal, NamedTuple, cast, get_args

Transport = Literal["udp", "tcp"]
_TRANSPORTS = frozenset(get_args(Transport))
DEFAULT_PORT = 5060  # RFC 3261 §19.1.2


class Address(NamedTuple):
    """One end of the wire; for TCP the remote address names the connection."""

    transport: Transport
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `udp:127.0.0.1:5060`, `tcp:[::1]:5060` or, without a port, `udp:127.0.0.1`.

        Raises ValueError naming the text.
        """
        transport, colon, rest = text.partition(":")
        if not colon or transport not in _TRANSPORTS:
            raise ValueError(f"{text!r}: expected udp:HOST:PORT or tcp:HOST:PORT")
        host, port = split_host_port(rest)
        if not host:
            raise ValueError(f"{text!r}: the host is missing")
        return cls(cast(Transport, transport), host, DEFAULT_PORT if port is None else port)

    @property
    def reliable(self) -> bool:
        """Whether the transport itself repeats what is lost."""
        return self.transport != "udp"

    @property
    def host_port(self) -> str:
        """`host:port` as it is written in Via and in URIs."""
        if ":" in self.host:
            return f"[{self.host}]:{self.port}"
        return f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.transport}:{self.host_port}"


class Route(NamedTuple):
    """The way a message takes: to which remote end, from which of our own addresses."""

    destination: Address
    local: Address


class Send(NamedTuple):
    """A serialised message on its way out."""

    data: bytes
    destination: Address
    local: Address


def split_host_port(text: str) -> tuple[str, int | None]:
    """Split `host`, `host:port`, `[v6]` or `[v6]:port`; brackets are taken off.

    Raises ValueError for a port that is not a number below 65536.
    """
    if text.startswith("["):
        host, bracket, tail = text[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise ValueError(f"{text!r}: not a host")
        port = tail[1:]
    else:
        host, _, port = text.partition(":")
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) <= 5) or int(port) > 65535:
        raise ValueError(f"{text!r}: not a port")
    return host, int(port)
