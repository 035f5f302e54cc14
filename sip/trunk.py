"""Trunks and seats: the two kinds of peers whose calls are taken."""

from collections.abc import Iterable
from dataclasses import dataclass

from sip.address import split_host_port


@dataclass(frozen=True, slots=True)
class Trunk:
    """A carrier's line. `hosts` are `address` or `address:port`; calls come from any port."""

    name: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrunkPeer:
    """The caller is a trunk, known by its IP address."""

    name: str


@dataclass(frozen=True, slots=True)
class SeatPeer:
    """The caller is a seat's phone, known by its digest answer."""

    seat_no: str


Peer = TrunkPeer | SeatPeer


class TrunkTable:
    """Trunks by address. The first trunk that names an address owns it."""

    def __init__(self, trunks: Iterable[Trunk]) -> None:
        self._by_host: dict[str, TrunkPeer] = {}
        for trunk in trunks:
            for host in trunk.hosts:
                address = split_host_port(host)[0].lower()
                self._by_host.setdefault(address, TrunkPeer(trunk.name))

    def match(self, host: str) -> TrunkPeer | None:
        """The trunk whose messages come from that address."""
        return self._by_host.get(host)
