"""Registers the trunks that want it (`register = true`) with their carriers, and keeps them so.

The protocol is `sip.RegistrationKeeper`'s; here is which trunk registers as whom and where, and who
is told.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import sip
from callcenter.routing.gateways import Gateways
from callcenter.settings import TrunkSettings

GOODBYE_S = 2.0
"""How long carriers have to answer when we unregister at the end."""


class TrunkRegistrations:
    """One keeper for each trunk that registers."""

    def __init__(
        self,
        endpoint: sip.Endpoint,
        trunks: Iterable[TrunkSettings],
        gateways: Gateways,
        logger: Any,
        on_changed: Callable[[str], None] = lambda trunk: None,
    ) -> None:
        """`on_changed(trunk)` is told when a registration or its service route is another one."""
        self._endpoint = endpoint
        self._gateways = gateways
        self._logger = logger
        self._on_changed = on_changed
        self._keepers = {t.name: self._keeper(t) for t in trunks if t.registers}
        self._gone = asyncio.Event()

    def start(self) -> None:
        """Registers all; from now on they stay so."""
        for keeper in self._keepers.values():
            keeper.start()

    async def close(self) -> None:
        """Takes all registrations back, as far as carriers answer in `GOODBYE_S`."""
        if not self._keepers:
            return
        for keeper in self._keepers.values():
            keeper.stop()
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self._gone.wait()
        except TimeoutError:
            self._logger.warning("a carrier did not answer that we unregister")

    def is_up(self, trunk: str) -> bool:
        """Whether calls may go out there: it is registered, or does not register."""
        keeper = self._keepers.get(trunk)
        return keeper is None or keeper.status.state == "registered"

    def service_route(self, trunk: str) -> tuple[str, ...]:
        """The Route values that the carrier wants calls out to carry (RFC 3608); often none."""
        keeper = self._keepers.get(trunk)
        return () if keeper is None else keeper.service_route

    def statuses(self) -> dict[str, sip.RegistrationStatus]:
        """How the registration of each trunk that registers stands."""
        return {name: keeper.status for name, keeper in self._keepers.items()}

    def _keeper(self, trunk: TrunkSettings) -> sip.RegistrationKeeper:
        domain = trunk.domain or trunk.hosts[0].uri_host
        password = trunk.password.get_secret_value() if trunk.password is not None else ""
        user = trunk.user or ""
        registration = sip.Registration(
            aor=f"sip:{user}@{domain}",
            registrar=None,
            credentials=sip.Credentials(user, password),
            expires=trunk.register_expires,
            routes=trunk.routes,
        )
        return self._endpoint.lines.keep(
            trunk.name,
            registration,
            partial(self._locate, trunk.name),
            partial(self._changed, trunk.name),
        )

    def _locate(self, trunk: str, failures: int) -> sip.Address | None:
        """The next of the trunk's gateways after each failure, the best first."""
        gateways = self._gateways.of(trunk)
        return gateways[failures % len(gateways)].address if gateways else None

    def _changed(self, trunk: str, status: sip.RegistrationStatus) -> None:
        if status.state == "failed":
            self._logger.error("trunk not registered", trunk=trunk, code=status.code)
        elif status.state != "registering":
            self._logger.info(f"trunk {status.state}", trunk=trunk)
        if status.objection:
            self._logger.warning("service route not followed", trunk=trunk, error=status.objection)
        self._on_changed(trunk)
        if all(k.status.state == "unregistered" for k in self._keepers.values()):
            self._gone.set()
