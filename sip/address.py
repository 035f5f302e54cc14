"""Where a message came from, where it goes, and a message that is ready to go."""

from typing import Literal, NamedTuple, cast, get_args

Transport = Literal["udp", "tcp", "tls", "ws", "wss"]
DEFAULT_PORTS: dict[str, int] = {"udp": 5060, "tcp": 5060, "tls": 5061, "ws": 80, "wss": 443}
"""Where each transport is spoken when nobody says otherwise (RFC 3261 §18.1, RFC 7118 §5.2.3)."""
URI_PARAMETERS: dict[str, str] = {
    "udp": "",
    "tcp": ";transport=tcp",
    "tls": ";transport=tls",
    "ws": ";transport=ws",
    "wss": ";transport=ws",
}
"""How a URI names each transport. That a WebSocket is secure it does not say (RFC 7118 §5.3);
`transport=tls` was taken back by RFC 5630 and is what phones and carriers still write."""
TRANSPORTS: tuple[Transport, ...] = get_args(Transport)


class Address(NamedTuple):
    """One end of the wire; for streams the remote address names the connection.

    `name` is set where we connect out over TLS: whom the other side's certificate must name. It
    belongs to the address, because a connection to one name is none to another.
    """

    transport: Transport
    host: str
    port: int
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `udp:127.0.0.1:5060`, `tls:[::1]:5061` or, without a port, `udp:127.0.0.1`.

        Raises ValueError naming the text.
        """
        transport, colon, rest = text.partition(":")
        if not colon or transport not in DEFAULT_PORTS:
            raise ValueError(f"{text!r}: expected {' or '.join(TRANSPORTS)}, then :HOST:PORT")
        host, port = split_host_port(rest)
        if not host:
            raise ValueError(f"{text!r}: the host is missing")
        port = DEFAULT_PORTS[transport] if port is None else port
        return cls(cast(Transport, transport), host, port)

    @property
    def reliable(self) -> bool:
        """Whether the transport itself repeats what is lost."""
        return self.transport != "udp"

    @property
    def secure(self) -> bool:
        """Whether nobody on the way can read along."""
        return self.transport in ("tls", "wss")

    @property
    def loopback(self) -> bool:
        """Whether it is on this machine only."""
        return self.host.startswith("127.") or self.host == "::1"

    @property
    def websocket(self) -> bool:
        """Whether the other side is a browser's, which nobody can connect to (RFC 7118 §5)."""
        return self.transport in ("ws", "wss")

    @property
    def host_port(self) -> str:
        """`host:port` as it is written in Via and in URIs."""
        if ":" in self.host:
            return f"[{self.host}]:{self.port}"
        return f"{self.host}:{self.port}"

    @property
    def sent_by(self) -> str:
        """`UDP host:port`, as our Via begins after its version (RFC 3261 §18.1.1)."""
        return f"{self.transport.upper()} {self.host_port}"

    @property
    def uri_parameter(self) -> str:
        """`;transport=tcp` as URIs of this address need it; empty for UDP."""
        return URI_PARAMETERS[self.transport]

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
