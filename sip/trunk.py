"""Trunks and seats: the two kinds of peers whose calls are taken."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from sip.address import split_host_port

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Trunk:
    """A carrier's line. `hosts` are `address` or `address:port`; calls come from any port."""

    name: str
    hosts: tuple[str, ...]
    behind: tuple[Network, ...] = ()
    """Of an edge proxy: whose calls it brings are the trunk's; empty where all of them are."""


@dataclass(frozen=True, slots=True)
class TrunkPeer:
    """The caller is a trunk, known by its IP address or by the contact we registered there."""

    name: str
    line: str = field(default="", compare=False)
    """The user of that contact: it says nothing of the called number."""


@dataclass(frozen=True, slots=True)
class SeatPeer:
    """The caller is a seat's phone, known by its digest answer."""

    seat_no: str


Peer = TrunkPeer | SeatPeer


class TrunkTable:
    """Trunks by address. The first trunk that names an address owns it.

    Besides the addresses that trunks have from the start there are those that their names lead to,
    which are learnt, and forgotten when the names lead elsewhere.
    """

    def __init__(self, trunks: Iterable[Trunk]) -> None:
        self._by_host: dict[str, TrunkPeer] = {}
        self.knows: Callable[[str], bool] = self._by_host.__contains__
        """Whether a host is a trunk's: asked for every message."""
        self._learnt: dict[str, list[str]] = {}
        trunks = tuple(trunks)
        self.behind = {trunk.name: trunk.behind for trunk in trunks if trunk.behind}
        """The edge proxies among them, and whose calls they bring that are the trunk's."""
        for trunk in trunks:
            for host in trunk.hosts:
                address = split_host_port(host)[0].lower()
                self._by_host.setdefault(address, TrunkPeer(trunk.name))

    def learn(self, trunk: str, addresses: Iterable[str]) -> None:
        """From now on the trunk has these, in place of what was learnt of it before."""
        for address in self._learnt.pop(trunk, ()):
            del self._by_host[address]
        new = [address for address in addresses if address not in self._by_host]
        self._learnt[trunk] = new
        self._by_host.update(dict.fromkeys(new, TrunkPeer(trunk)))

    def match(self, host: str) -> TrunkPeer | None:
        """The trunk whose messages come from that address."""
        return self._by_host.get(host)
