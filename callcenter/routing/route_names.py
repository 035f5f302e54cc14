"""Where service routes lead that begin with a name: RFC 3263, in the background (ADR 9).

A call takes what is known. Nobody has said that these addresses are the trunk's: who uses them sees
to that (`Trunking`).
"""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from callcenter.routing.lookups import Lookups, MakeLocator
from callcenter.routing.service_routes import NamedHop
from sip.location import Location, Locator, Target


class RouteNames:
    """The first hop of each trunk's service route, if `named_hop(trunk)` says that it is a name."""

    def __init__(
        self,
        named_hop: Callable[[str], NamedHop | None],
        make_locator: MakeLocator,
        logger: Any,
    ) -> None:
        self._named_hop = named_hop
        self._make_locator = make_locator
        self._logger = logger
        self._found: dict[str, tuple[NamedHop, Location]] = {}
        """By trunk."""
        self._changed: dict[str, asyncio.Event] = {}

    def targets(self, trunk: str, hop: NamedHop) -> tuple[Target, ...]:
        """Where that hop leads, as far as it is known; nothing for one that is not followed yet."""
        known, location = self._found.get(trunk, (None, None))
        return location.targets if location is not None and known == hop else ()

    def changed(self, trunk: str) -> None:
        """The trunk's service route is another one, or none."""
        self._wake(trunk).set()

    async def follow(self, trunk: str) -> None:
        """Look up whatever the trunk's service route begins with, until cancelled."""
        lookups = Lookups(trunk, "service route not found by DNS", self._make_locator, self._logger)
        changed = self._wake(trunk)
        while True:
            changed.clear()
            hop, wait = self._named_hop(trunk), None
            if hop is not None:
                wait = await lookups.round(partial(self._locate, trunk, hop))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await changed.wait()

    async def _locate(self, trunk: str, hop: NamedHop, locator: Locator) -> float:
        location = await locator.locate(*hop)
        known, before = self._found.get(trunk, (None, location))
        if known != hop or not location.missing:
            self._found[trunk] = hop, location
            if known != hop or before.targets != location.targets:
                addresses = [str(target.address) for target in location.targets]
                self._logger.info("service route found by DNS", trunk=trunk, hops=addresses)
        return location.ttl

    def _wake(self, trunk: str) -> asyncio.Event:
        return self._changed.setdefault(trunk, asyncio.Event())
