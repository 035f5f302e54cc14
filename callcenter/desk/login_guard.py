"""Slows down who guesses agents' passwords, without locking the agents out; sans I/O.

Failures are counted for an agent at a source (an address, or a /64 of IPv6), for a source, and for
an agent anywhere. Too many lock that out for a time that doubles with each further lock. From where
an agent has signed in before, only failures for that agent at that place count, and the lock stays
as short as the first: neither a guesser elsewhere nor a colleague behind the same address can keep
them from their work.

For the agent at the place an attempt counts as failed until it is known to be right: many at once
gain nothing. While locked out, nothing is checked and nothing counted.
"""

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final, TypeVar

MAX_ENTRIES: Final = 10_000
"""Of each table; the longest untouched goes first."""
SOURCE_FACTOR: Final = 4
"""A source may fail so many times as often as one agent at it: several people sit behind one."""
AGENT_FACTOR: Final = 10
"""And an agent so many times as often anywhere."""

_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class LoginPolicy:
    """How many failures in a row lock out, and for how long, in seconds."""

    failures: int = 5
    lockout_s: float = 60.0
    lockout_max_s: float = 900.0


@dataclass(slots=True)
class _Count:
    failures: int = 0
    locks: int = 0
    until: float = 0.0
    """Locked out until then."""
    expires: float = 0.0


class LoginGuard:
    """`now` is monotonic seconds."""

    def __init__(self, policy: LoginPolicy) -> None:
        self._policy = policy
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        """By agent and source, one of them empty where it does not matter."""
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def attempt(self, agent_id: str, source: str, now: float) -> float:
        """Counts an attempt and returns 0, or the seconds for which there may be none."""
        place = (agent_id, source)
        keys = [place] if place in self._known else [place, *_wider(place)]
        wait = max(self._locked(key, now) for key in keys)
        if wait > 0:
            return wait
        self._count(place, 1, now)
        return 0.0

    def failed(self, agent_id: str, source: str, now: float) -> None:
        """The attempt was wrong."""
        place = (agent_id, source)
        if place not in self._known:
            by_source, by_agent = _wider(place)
            self._count(by_source, SOURCE_FACTOR, now)
            self._count(by_agent, AGENT_FACTOR, now)

    def succeeded(self, agent_id: str, source: str) -> None:
        """The attempt was right: the agent is known there."""
        self._counts.pop((agent_id, source), None)
        self._known[agent_id, source] = None
        self._known.move_to_end((agent_id, source))
        _trim(self._known)

    def _locked(self, key: tuple[str, str], now: float) -> float:
        count = self._counts.get(key)
        if count is None:
            return 0.0
        if count.expires <= now:
            del self._counts[key]
            return 0.0
        return count.until - now

    def _count(self, key: tuple[str, str], factor: int, now: float) -> None:
        policy = self._policy
        count = self._counts.setdefault(key, _Count())
        self._counts.move_to_end(key)
        count.failures += 1
        count.expires = now + policy.lockout_max_s
        if count.failures >= policy.failures * factor:
            growth = 0 if key in self._known else count.locks
            lasts = min(policy.lockout_s * 2.0**growth, policy.lockout_max_s)
            count.failures = 0
            count.locks = min(count.locks + 1, 30)
            count.until = now + lasts
            count.expires = count.until + policy.lockout_max_s
        _trim(self._counts)


def _wider(place: tuple[str, str]) -> tuple[tuple[str, str], tuple[str, str]]:
    """The source, whoever it tries to be, and the agent, wherever from."""
    agent_id, source = place
    return ("", source), (agent_id, "")


def source_of(remote: str) -> str:
    """The source of a peer `address:port`: its address, or its /64 of IPv6."""
    host = remote.rpartition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64)) + "/64"


def _trim(table: "OrderedDict[tuple[str, str], _V]") -> None:
    if len(table) > MAX_ENTRIES:
        table.popitem(last=False)
