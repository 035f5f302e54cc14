"""What hangs on each connection, so that a lost one is felt by nobody else."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from sip.address import Address

T = TypeVar("T", bound=Hashable)


class ByConnection(Generic[T]):
    """Things by the remote address of their connection; those of UDP cost and keep nothing."""

    def __init__(self) -> None:
        self._things: dict[Address, set[T]] = {}

    def __len__(self) -> int:
        return len(self._things)

    def add(self, remote: Address, thing: T) -> None:
        """Hang a thing on a connection."""
        if remote.transport != "udp":
            self._things.setdefault(remote, set()).add(thing)

    def discard(self, remote: Address, thing: T) -> None:
        """Take it off, if it is there."""
        if remote.transport == "udp":
            return
        things = self._things.get(remote)
        if things is not None:
            things.discard(thing)
            if not things:
                del self._things[remote]

    def at(self, remote: Address) -> list[T]:
        """What hangs on that connection now."""
        return list(self._things.get(remote, ()))
