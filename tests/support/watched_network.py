"""A simulated network that remembers what was sent."""

from typing import Any

from sip import Address
from tests.support.sim_network import SimNetwork


class WatchedNetwork(SimNetwork):
    """Keeps every message, also those that it loses."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._sent: list[tuple[Address, Address, bytes]] = []

    def carry(self, data: bytes, source: Address, destination: Address) -> None:
        """See `SimNetwork`."""
        self._sent.append((source, destination, data))
        super().carry(data, source, destination)

    def sent(self, start: str, *, to: str = "") -> list[str]:
        """The messages whose first line begins so, to that host or to anybody."""
        return [
            data.decode(errors="replace")
            for _, destination, data in self._sent
            if data.startswith(start.encode()) and to in ("", destination.host)
        ]
