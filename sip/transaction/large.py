"""Requests that UDP might cut: they go over TCP instead (RFC 3261 §18.1.1)."""

from collections.abc import Callable

from sip.address import Address, Route

UDP_LIMIT = 1300
"""Bytes of the largest request that goes over UDP while nobody knows the path's MTU."""


class LargeRequests:
    """Finds the other way, and remembers where there is none.

    `own_for` names our own address for a destination; ValueError when we have none, and then
    large requests go over UDP like all others.
    """

    MEMORY = 600.0
    """Seconds after which a host that has refused TCP is asked again."""
    REMEMBERED = 1000

    def __init__(self, own_for: Callable[[Address], Address]) -> None:
        self._own_for = own_for
        self._refused: dict[Address, float] = {}

    def instead_of(self, route: Route, now: float) -> Route | None:
        """The way over TCP; None when there is none."""
        destination = route.destination._replace(transport="tcp")
        until = self._refused.get(destination)
        if until is not None:
            if now < until:
                return None
            del self._refused[destination]
        try:
            return Route(destination, self._own_for(destination))
        except ValueError:
            return None

    def refused(self, destination: Address, now: float) -> None:
        """Nobody listens there, or it looks so."""
        if len(self._refused) >= self.REMEMBERED:
            del self._refused[next(iter(self._refused))]
        self._refused[destination] = now + self.MEMORY

    def heard(self, destination: Address) -> None:
        """An answer came from there after all: it was only slow."""
        self._refused.pop(destination, None)
