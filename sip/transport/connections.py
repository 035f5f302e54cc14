"""All stream connections of a stack: who has how many, and which one gives way to a newcomer."""

import ipaddress
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sip.address import Address


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What connections may cost; times in seconds."""

    connections: int = 2000
    """Connections of all listeners together."""
    per_host: int = 200
    """Connections from one host, or from one /64 network of IPv6."""
    idle: float = 3600.0
    """A connection without any data for that long is closed."""
    handshake: float = 10.0
    """So is one whose TLS or WebSocket handshake takes that long."""
    incomplete: float = 30.0
    """So is one whose message stays unfinished, or that never sends one, for that long."""
    connect: float = 10.0
    keep_alive: float = 100.0
    """How often we show life, on connections that we opened and on WebSockets: the time that
    RFC 5626 §4.4.1 leaves a flow; a browser cannot do it by itself."""
    unsent_bytes: int = 1_048_576
    waiting_messages: int = 64
    """Messages that may wait for a connection being opened."""


class Connection(Protocol):
    """A connection, as the table sees it."""

    @property
    def remote(self) -> Address:
        """Its name."""

    def close(self, reason: str) -> None:
        """Close it now."""

    def send(self, data: bytes) -> None:
        """Send a message."""


class Connections:
    """The table of a stack's connections, by remote address.

    A stranger's connection counts as unproven until its first whole message. When the table is
    full, the oldest unproven one gives way, then the oldest of a host that nobody knows: neither
    who only connects nor who only asks keeps phones and carriers out.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._by_remote: dict[Address, Connection] = {}
        self._all: set[Connection] = set()
        self._per_host: Counter[str] = Counter()
        self._unproven: dict[Connection, None] = {}
        self._used: dict[Connection, None] = {}
        """Those whose hosts, when they were last looked at, nobody knew."""

    def __len__(self) -> int:
        return len(self._all)

    def get(self, remote: Address) -> Connection | None:
        """The connection to there that messages can be sent on."""
        return self._by_remote.get(remote)

    def room(self) -> bool:
        """Whether one of ours may be opened."""
        return len(self._all) < self.limits.connections

    def admit(
        self,
        connection: Connection,
        *,
        stranger: bool,
        is_known: Callable[[str], bool] = lambda host: True,
    ) -> bool:
        """Count a new connection; False when there is no room for it.

        `is_known(host)` tells whether a phone or a trunk is there.
        """
        host = host_key(connection.remote.host)
        if stranger:
            if self._per_host[host] >= self.limits.per_host:
                return False
            if not self.room():
                oldest = next(iter(self._unproven), None) or self._oldest_unknown(is_known)
                if oldest is None:
                    return False
                self._uncount(oldest)  # its end is missed like any other's, when it comes
                oldest.close("gave way to a newcomer")
            self._unproven[connection] = None
        self._per_host[host] += 1
        self._all.add(connection)
        return True

    def ready(self, connection: Connection) -> None:
        """Messages can be sent on it from now on."""
        self._by_remote[connection.remote] = connection

    def proven(self, connection: Connection) -> None:
        """It has shown what it is for."""
        if connection in self._unproven:
            del self._unproven[connection]
            self._used[connection] = None

    def forget(self, connection: Connection) -> bool:
        """It is closed; True when it was the way to its remote address."""
        self._uncount(connection)
        was_way = self._by_remote.get(connection.remote) is connection
        if was_way:
            del self._by_remote[connection.remote]
        return was_way

    def _uncount(self, connection: Connection) -> None:
        if connection not in self._all:
            return
        self._all.discard(connection)
        self._unproven.pop(connection, None)
        self._used.pop(connection, None)
        host = host_key(connection.remote.host)
        self._per_host[host] -= 1
        if not self._per_host[host]:
            del self._per_host[host]

    def _oldest_unknown(self, is_known: Callable[[str], bool]) -> Connection | None:
        while self._used:
            connection = next(iter(self._used))
            if not is_known(connection.remote.host):
                return connection
            del self._used[connection]  # each is looked at once
        return None


def host_key(host: str) -> str:
    """What counts as one host: an IPv4 address, or the /64 that an IPv6 host can roam in."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return host
    return str(address.ipv4_mapped or ipaddress.IPv6Address(int(address) >> 64 << 64))
