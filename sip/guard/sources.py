"""Who sends: an address, or for IPv6 the /64 that one customer has; and tables of them."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Generic, TypeVar

from sip.trunk import Network

V = TypeVar("V")


def source_of(host: str) -> str:
    """What limits and bans are kept for: an IPv4 address as it is, an IPv6 address as its /64."""
    return _prefix(host) if ":" in host else host


@lru_cache(maxsize=4096)
def _prefix(host: str) -> str:
    try:
        address = IPv6Address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped
    if mapped is not None:
        return str(mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"


def in_networks(host: str, networks: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks; False for what is no address."""
    if not networks:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    sought = mapped or address
    return any(sought in network for network in networks)


class Recent(Generic[V]):
    """A table that never holds more than `limit`: who was not touched for longest gives way."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[str, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def get(self, key: str) -> V | None:
        """The entry, not thereby touched."""
        return self._entries.get(key)

    def put(self, key: str, value: V) -> None:
        """Enter or touch."""
        entries = self._entries
        entries[key] = value
        entries.move_to_end(key)
        if len(entries) > self._limit:
            entries.popitem(last=False)

    def touch(self, key: str) -> None:
        """Make an entry the most recent one."""
        self._entries.move_to_end(key)

    def pop(self, key: str) -> V | None:
        """Take out."""
        return self._entries.pop(key, None)

    def items(self) -> list[tuple[str, V]]:
        """All, the longest untouched first."""
        return list(self._entries.items())


class Bucket:
    """A token bucket: `rate` tokens a second, `size` at most; begins full."""

    __slots__ = ("at", "tokens")

    def __init__(self, size: float, now: float) -> None:
        self.tokens = size
        self.at = now

    def take(self, rate: float, size: float, now: float, tokens: float = 1.0) -> bool:
        """Take that many if they are there."""
        if not self.holds(rate, size, now, tokens):
            return False
        self.tokens -= tokens
        return True

    def holds(self, rate: float, size: float, now: float, tokens: float = 1.0) -> bool:
        """Whether so many are there."""
        self.tokens = min(size, self.tokens + (now - self.at) * rate)
        self.at = now
        return self.tokens >= tokens
