"""Keeps the gateways of the trunks true: where names lead, and who is there.

Nobody waits for it: a call takes the gateways as they are known. A trunk of IP addresses without
`health` costs nothing here.
"""

import asyncio
from functools import partial
from typing import Any

import sip
from callcenter.clock import Clock
from callcenter.routing.gateways import Gateway
from callcenter.routing.lookups import Lookups, MakeLocator
from callcenter.routing.registrations import TrunkRegistrations
from callcenter.routing.route_names import RouteNames
from callcenter.routing.trunking import Trunking
from callcenter.settings import CarrierHost, TrunkSettings
from sip.deadlines import NEVER
from sip.location import Location, Locator, Target
from sip.location.locator import LASTING


class TrunkUpkeep:
    """The background work of all trunks. Must not own: which gateway a call takes."""

    def __init__(
        self,
        trunking: Trunking,
        endpoint: sip.Endpoint,
        make_locator: MakeLocator,
        clock: Clock,
        logger: Any,
        domain: str,
    ) -> None:
        """`domain` is what stands after the @ of our own address in OPTIONS."""
        self._route_names = RouteNames(trunking.named_hop, make_locator, logger)
        self.registrations = TrunkRegistrations(
            endpoint,
            trunking.trunks.values(),
            trunking.gateways,
            logger,
            self._route_names.changed,
        )
        trunking.is_registered = self.registrations.is_up
        trunking.service_route = self.registrations.service_route
        trunking.find_hop = self._route_names.targets
        trunking.is_learnt = self._is_learnt
        self._trunking = trunking
        self._endpoint = endpoint
        self._make_locator = make_locator
        self._clock = clock
        self._logger = logger
        self._domain = domain
        self._known: dict[tuple[str, CarrierHost], tuple[Location, float]] = {}
        """By trunk and name: where it led when all of it was known, and until when that holds."""
        self._partly: set[tuple[str, CarrierHost]] = set()
        """Those of which it is known only in part now."""

    async def run(self) -> None:
        """Until it is cancelled, or at once when there is nothing to do."""
        self.registrations.start()
        async with asyncio.TaskGroup() as tasks:
            for trunk in self._trunking.trunks.values():
                if names(trunk):
                    tasks.create_task(self._follow(trunk), name=f"dns {trunk.name}")
                if trunk.registers and trunk.proxy is None:
                    follow = self._route_names.follow(trunk.name)
                    tasks.create_task(follow, name=f"service route {trunk.name}")
                if trunk.health:
                    tasks.create_task(self._check(trunk), name=f"health {trunk.name}")

    async def _follow(self, trunk: TrunkSettings) -> None:
        """Looks the trunk's names up, again and again."""
        complaint = "trunk not found by DNS"
        lookups = Lookups(trunk.name, complaint, self._make_locator, self._logger)
        while True:
            wait = await lookups.round(partial(self._locate, trunk))
            await asyncio.sleep(wait)

    async def _locate(self, trunk: TrunkSettings, locator: Locator) -> float:
        """Where the names lead now; seconds for which that is good."""
        hosts: set[str] = set()
        good_for = []
        for name in names(trunk):
            found = await locator.locate(name.host, name.port, trunk.transport)
            location = self._whole(trunk, name, found)
            good_for.append(location.ttl)
            targets = {*location.targets, *found.targets}  # calls come in from new ones at once
            hosts.update(target.address.host for target in targets)
            if name == trunk.next_hop:
                self._place(trunk, location.targets)
        self._endpoint.trunks.learn(trunk.name, hosts)
        return min(good_for)

    def _whole(self, trunk: TrunkSettings, name: CarrierHost, location: Location) -> Location:
        """Where a name leads. What DNS tells in part does not replace the whole of before."""
        now, key = self._clock.now(), (trunk.name, name)
        if not location.missing:
            self._known[key] = location, now + LASTING
            self._partly.discard(key)
            return location
        if key not in self._partly:
            self._partly.add(key)
            self._logger.warning(
                "trunk found by DNS in part", trunk=trunk.name, error=location.missing
            )
        known, until = self._known.get(key, (location, NEVER))
        return location if until <= now else known._replace(ttl=location.ttl)

    def _place(self, trunk: TrunkSettings, targets: tuple[Target, ...]) -> None:
        before = {gateway.address for gateway in self._trunking.gateways.of(trunk.name)}
        self._trunking.gateways.place(trunk.name, targets)
        now = [str(target.address) for target in targets]
        if before != {target.address for target in targets}:
            self._logger.info("trunk found by DNS", trunk=trunk.name, gateways=now)

    def _is_learnt(self, trunk: str, host: str) -> bool:
        peer = self._endpoint.trunks.match(host)
        return peer is not None and peer.name == trunk

    async def _check(self, trunk: TrunkSettings) -> None:
        """Asks all gateways of the trunk, again and again."""
        while True:
            async with asyncio.TaskGroup() as asked:
                for gateway in self._trunking.gateways.of(trunk.name):
                    asked.create_task(self._ask(trunk, gateway))
            await asyncio.sleep(trunk.health)

    async def _ask(self, trunk: TrunkSettings, gateway: Gateway) -> None:
        answer: asyncio.Future[sip.Pong] = asyncio.get_running_loop().create_future()

        def told(pong: sip.Pong) -> None:
            if not answer.done():
                answer.set_result(pong)

        domain = trunk.domain or trunk.hosts[0].uri_host
        try:
            self._endpoint.ping(
                sip.OutgoingPing(
                    request_uri=f"sip:{domain}",
                    destination=gateway.address,
                    from_uri=f"sip:{trunk.domain or self._domain}",
                    routes=trunk.routes,
                ),
                told,
            )
            async with asyncio.timeout(self._trunking.settings.first_answer):
                pong = await answer
        except (TimeoutError, ValueError):  # the latter: no listener of that transport
            pong = sip.Pong(408)
        if pong.code in (408, 503):
            self._trunking.gateways.failed(gateway, self._clock.now(), pong.retry_after)
        else:
            self._trunking.gateways.worked(gateway)


def names(trunk: TrunkSettings) -> list[CarrierHost]:
    """The trunk's host names: calls out go to one of them, calls in come from all."""
    return [host for host in {trunk.next_hop: None, **dict.fromkeys(trunk.hosts)} if host.is_name]
