"""The addresses behind each trunk, and which of them answer.

A trunk has one gateway for an IP address, several for a host name. A gateway is down after some
failures in a row, or when it says itself that it is (503 with Retry-After); after a while it is
given another call, and any answer makes it up again. What is down is tried last, never dropped.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from callcenter.settings import RoutingSettings, TrunkSettings
from sip.address import Address
from sip.location import Target, in_order

MAX_RETRY_AFTER = 600.0
"""A gateway is not believed when it wants to be left alone for longer, seconds."""


@dataclass(slots=True)
class Gateway:
    """One address of a trunk and its health."""

    trunk: str
    address: Address
    priority: int
    weight: int
    failures: int = 0
    """In a row."""
    down_until: float = 0.0
    """When it is given another chance; 0 while it is up."""

    def is_down(self, now: float) -> bool:
        """Whether others are to be tried first."""
        return self.down_until > now


@dataclass(slots=True)
class GatewayCounters:
    """What happened so far, for metrics."""

    failures: int = 0
    went_down: int = 0
    came_up: int = 0


class Gateways:
    """The gateways of all trunks.

    Must not own: what their names stand for, and who asks after them (`TrunkUpkeep`).
    """

    def __init__(
        self,
        trunks: Iterable[TrunkSettings],
        settings: RoutingSettings,
        chance: Callable[[], float],
        logger: Any,
    ) -> None:
        """`chance` draws from [0, 1)."""
        self.counters = GatewayCounters()
        self._down_after = settings.down_after
        self._chance = chance
        self._logger = logger
        self._of: dict[str, list[Gateway]] = {}
        self._pauses: dict[str, float] = {}
        self._hops: dict[str, list[Gateway]] = {}
        """By trunk: where its service route leads."""
        for trunk in trunks:
            self._of[trunk.name] = []
            # Where gateways are asked, the next answer shall come before the next call.
            self._pauses[trunk.name] = max(settings.down_for, 2 * trunk.health)

    def place(self, trunk: str, targets: Sequence[Target]) -> None:
        """From now on these are the trunk's; who was known keeps their health."""
        known = {gateway.address: gateway for gateway in self._of[trunk]}
        placed = []
        for address, priority, weight in targets:
            gateway = known.get(address) or Gateway(trunk, address, priority, weight)
            gateway.priority, gateway.weight = priority, weight
            placed.append(gateway)
        self._of[trunk] = placed

    def of(self, trunk: str) -> Sequence[Gateway]:
        """The trunk's, in the order in which a new call tries them; none while DNS is silent."""
        gateways = self._of[trunk]
        return gateways if len(gateways) < 2 else in_order(gateways, self._chance)

    def at(self, trunk: str, addresses: Sequence[Address]) -> Sequence[Gateway]:
        """Those at addresses of the trunk that a service route leads to now.

        Who was known keeps their health.
        """
        every = (*self._hops.get(trunk, ()), *self._of[trunk])
        known = {gateway.address: gateway for gateway in every}
        hops = [known.get(each) or Gateway(trunk, each, priority=0, weight=1) for each in addresses]
        self._hops[trunk] = hops
        return hops

    def every(self) -> list[Gateway]:
        """All gateways of all trunks."""
        return [gateway for gateways in self._of.values() for gateway in gateways]

    def failed(self, gateway: Gateway, now: float, retry_after: float = 0.0) -> None:
        """It did not answer, or answered that it cannot; `retry_after` seconds, if it said so."""
        self.counters.failures += 1
        gateway.failures += 1
        if retry_after <= 0 and gateway.failures < self._down_after:
            return
        was_up = not gateway.down_until
        pause = min(retry_after, MAX_RETRY_AFTER) or self._pauses[gateway.trunk]
        gateway.down_until = now + pause
        if was_up:
            self.counters.went_down += 1
            self._logger.warning(
                "gateway down",
                trunk=gateway.trunk,
                gateway=str(gateway.address),
                failures=gateway.failures,
                retry_s=pause,
            )

    def worked(self, gateway: Gateway) -> None:
        """It answered."""
        gateway.failures = 0
        if gateway.down_until:
            gateway.down_until = 0.0
            self.counters.came_up += 1
            self._logger.info("gateway up", trunk=gateway.trunk, gateway=str(gateway.address))
