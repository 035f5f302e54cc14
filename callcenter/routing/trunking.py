"""Everything that calls over trunks share: channels, routes, numbers, gateways."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from callcenter.routing.gateways import Gateway, Gateways
from callcenter.routing.numbering import Numbering
from callcenter.routing.routes import Routed, RouteTable
from callcenter.routing.service_routes import (
    NamedHop,
    first_hop,
    named_hop,
    route_set,
)
from callcenter.routing.trunk_numbers import TrunkNumbers
from callcenter.routing.trunks import TrunkCapacity
from callcenter.settings import Settings, TrunkSettings
from sip.address import DEFAULT_PORTS, Address, Transport
from sip.location import Target, in_order
from sip.location.targets import target_address


class Way(NamedTuple):
    """One attempt that a call to an outside number may make."""

    trunk: TrunkSettings
    gateway: Gateway
    number: str
    """As this trunk wants it."""
    progress: bool
    """Whether the call is listened to."""
    routes: tuple[str, ...] = ()
    """Its Route values, in order."""


class Trunking:
    """The trunks of a site and the ways out over them."""

    def __init__(self, settings: Settings, chance: Callable[[], float], logger: Any) -> None:
        """`chance` draws from [0, 1): it shares calls among equals."""
        self.settings = settings.routing
        self.is_registered: Callable[[str], bool] = lambda trunk: True
        """Whether a trunk is registered, or does not register; set by `TrunkUpkeep`."""
        self.service_route: Callable[[str], tuple[str, ...]] = lambda trunk: ()
        """The Route values that its registrar wants calls to carry; set by `TrunkUpkeep`."""
        self.find_hop: Callable[[str, NamedHop], Sequence[Target]] = lambda trunk, hop: ()
        """Where the name leads that a service route begins with; set by `TrunkUpkeep`."""
        self.is_learnt: Callable[[str, str], bool] = lambda trunk, host: False
        """Whether an address is one that a trunk's names lead to; set by `TrunkUpkeep`."""
        self._chance = chance
        self.trunks = {trunk.name: trunk for trunk in settings.trunks}
        self.capacity = TrunkCapacity(settings.trunks)
        self.gateways = Gateways(settings.trunks, settings.routing, chance, logger)
        self.numbering = Numbering(settings.routing.country, settings.routing.emergency)
        self.routes = RouteTable(settings.routes, settings.trunks, chance)
        self.numbers = {
            trunk.name: TrunkNumbers(trunk, self.numbering) for trunk in settings.trunks
        }
        for trunk in settings.trunks:
            if not trunk.next_hop.is_name:  # names are found later (`TrunkUpkeep`)
                self.gateways.place(trunk.name, [Target(fixed_address(trunk))])

    def is_emergency(self, number: str) -> bool:
        """Whether no limit, list or lack of channels may stop a call there."""
        return self.numbering.is_emergency(number)

    def ways(self, number: str, now: float, names: Sequence[str] = ()) -> list[Way] | None:
        """All attempts that a call to `number` may make, best first; None without a route.

        `names` (trunks or groups) take the place of the routes. Gateways that are down come last,
        and so do trunks that should be registered and are not.
        """
        emergency = self.is_emergency(number)
        if names:
            routed: Routed | None = Routed(self.routes.trunks_named(names), number)
        else:
            routes = self.routes
            routed = routes.route_emergency(number) if emergency else routes.route(number)
        if routed is None:
            return None
        ways = list(self._ways(routed, emergency))
        if any(way.gateway.down_until or way.trunk.registers for way in ways):
            ways.sort(key=partial(self._is_doubtful, now))
        return ways

    def named_hop(self, trunk: str) -> NamedHop | None:
        """The name that the trunk's service route begins with now, if it is to be looked up."""
        gateways, service_route = self.gateways.of(trunk), self.service_route(trunk)
        if not gateways or not service_route:
            return None
        return named_hop(self.trunks[trunk], gateways[0].address, service_route)

    def _is_doubtful(self, now: float, way: Way) -> bool:
        """Whether others are to be tried first."""
        return way.gateway.is_down(now) or not self.is_registered(way.trunk.name)

    def _ways(self, routed: Routed, emergency: bool) -> Iterator[Way]:
        for trunk in routed.trunks:
            gateways = self.gateways.of(trunk.name)
            if gateways:
                service_route = self.service_route(trunk.name)
                if service_route:
                    gateways = self._led(trunk, gateways, service_route)
                routes = route_set(trunk, service_route)
                numbers = self.numbers[trunk.name]
                called = numbers.called_out(routed.number, emergency=emergency)
                progress = trunk.progress if routed.progress is None else routed.progress
                for gateway in gateways:
                    yield Way(trunk, gateway, called, progress, routes)

    def _led(
        self, trunk: TrunkSettings, gateways: Sequence[Gateway], service_route: tuple[str, ...]
    ) -> list[Gateway]:
        """The gateways, before them those that the route begins with if they are the trunk's."""
        known = {host.host for host in trunk.known_hosts}
        known.update(gateway.address.host for gateway in gateways)

        def is_own(host: str) -> bool:
            return host in known or self.is_learnt(trunk.name, host)

        usual = gateways[0].address
        hop = first_hop(trunk, usual, service_route, is_own)
        hops = [hop] if hop is not None else self._found(trunk, usual, service_route, is_own)
        first = self.gateways.at(trunk.name, hops)
        return [*first, *(gateway for gateway in gateways if gateway not in first)]

    def _found(
        self,
        trunk: TrunkSettings,
        usual: Address,
        service_route: tuple[str, ...],
        is_own: Callable[[str], bool],
    ) -> list[Address]:
        """Where the route begins, if that is a name and known to lead to the trunk, best first."""
        name = named_hop(trunk, usual, service_route)
        if name is None:
            return []
        found = self.find_hop(trunk.name, name)
        targets = [target for target in found if is_own(target.address.host)]
        return [target.address for target in in_order(targets, self._chance)]


def fixed_address(trunk: TrunkSettings) -> Address:
    """Where calls out go on a trunk whose next hop is an IP address."""
    hop = trunk.next_hop
    transport = "udp" if trunk.transport == "auto" else trunk.transport
    port = hop.port or DEFAULT_PORTS[transport]
    return target_address(cast(Transport, transport), hop.host, port, trunk.domain or hop.host)
