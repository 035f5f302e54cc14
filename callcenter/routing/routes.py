"""Which trunks carry a call to an outside number."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from callcenter.settings import RouteSettings, TrunkSettings
from sip.location import in_order


class Routed(NamedTuple):
    """The trunks to be tried, in order, and the number as the route has it."""

    trunks: Sequence[TrunkSettings]
    number: str
    progress: bool | None = None
    """Whether the call is listened to; None leaves it to the trunk."""


class RouteTable:
    """The `[[route]]` tables; without any, all trunks to the outside are one group."""

    def __init__(
        self,
        routes: Sequence[RouteSettings],
        trunks: Sequence[TrunkSettings],
        chance: Callable[[], float],
    ) -> None:
        """`chance` draws from [0, 1): who comes first among equals."""
        # The sort is stable: among equals the first in the file stays first.
        self._routes = sorted(routes, key=_looseness)
        self._chance = chance
        self._outside = [t for t in trunks if t.carries_out and t.line == "outside"]
        self._members: dict[str, list[TrunkSettings]] = {}
        for trunk in trunks:
            if trunk.carries_out:
                self._members.setdefault(trunk.group or trunk.name, []).append(trunk)
                self._members[trunk.name] = self._members.get(trunk.name, [trunk])

    def route(self, number: str) -> Routed | None:
        """How a call to that number goes out; None when no route has it."""
        if not self._routes:
            return Routed(in_order(self._outside, self._chance), number)
        for route in self._routes:
            if _fits(route, number):
                number = route.add + number[route.strip :]
                return Routed(self._trunks_of(route), number, route.progress)
        return None

    def route_emergency(self, number: str) -> Routed:
        """Likewise for an emergency number: its route's trunks, then all others to the outside.

        Only a route for exactly this number rewrites it.
        """
        routed = self.route(number)
        first = list(routed.trunks) if routed is not None else []
        others = [trunk for trunk in self._outside if trunk not in first]
        exact = next((route for route in self._routes if route.prefix == number), None)
        if exact is not None:
            number = exact.add + number[exact.strip :]
        progress = None if routed is None else routed.progress
        return Routed(first + in_order(others, self._chance), number, progress)

    def trunks_named(self, names: Sequence[str]) -> list[TrunkSettings]:
        """The trunks behind names of trunks and groups, each once, in order."""
        found: list[TrunkSettings] = []
        for name in names:
            members = in_order(self._members.get(name, ()), self._chance)
            found += [trunk for trunk in members if trunk not in found]
        return found

    def _trunks_of(self, route: RouteSettings) -> list[TrunkSettings]:
        return self.trunks_named(route.trunks)


def _looseness(route: RouteSettings) -> tuple[int, int]:
    """The longest prefix first, of equally long ones that with the fewest wildcards."""
    return -len(route.prefix), route.prefix.count("x")


def _fits(route: RouteSettings, number: str) -> bool:
    prefix = route.prefix
    if not route.min_digits <= len(number) <= route.max_digits or len(number) < len(prefix):
        return False
    if "x" not in prefix:
        return number.startswith(prefix)
    return all(
        digit == wanted or (wanted == "x" and digit.isdigit())
        for wanted, digit in zip(prefix, number, strict=False)
    )
