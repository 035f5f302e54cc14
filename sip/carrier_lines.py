"""The lines that we registered with carriers: their keepers, and whose calls come in on them."""

from collections.abc import Callable
from dataclasses import replace

from sip.address import Address
from sip.core import Core
from sip.deadlines import Deadlines
from sip.fields import user_of
from sip.message import Request
from sip.registration import Registration
from sip.registration_keeper import RegistrationKeeper, RegistrationStatus
from sip.trunk import TrunkPeer


class CarrierLines:
    """All of an endpoint's. `trust(host, until)` is told where a registration was taken."""

    def __init__(self, core: Core, trust: Callable[[str, float], None]) -> None:
        self._core = core
        self._trust = trust
        self._keepers: list[RegistrationKeeper] = []
        self._deadlines: Deadlines[RegistrationKeeper] = Deadlines(core.deadlines.alarm)
        self._by_contact: dict[str, TrunkPeer] = {}

    def keep(
        self,
        trunk: str,
        registration: Registration,
        locate: Callable[[int], Address | None],
        on_status: Callable[[RegistrationStatus], None],
    ) -> RegistrationKeeper:
        """A line of that trunk, to be started.

        Its contact is one that nobody can guess: a call to it is the trunk's, wherever it comes
        from. `locate` is told the failures so far.
        """
        contact = self._core.ids()
        self._by_contact[contact] = TrunkPeer(trunk, contact)
        keeper = RegistrationKeeper(
            self._core,
            replace(registration, contact_user=contact),
            locate,
            self._deadlines,
            on_status,
            self._granted,
        )
        self._keepers.append(keeper)
        return keeper

    def trunk_of(self, request: Request) -> TrunkPeer | None:
        """The trunk whose line an INVITE comes in on; None for a call to anything else."""
        return self._by_contact.get(user_of(request.uri)) if self._by_contact else None

    def connection_lost(self, source: Address) -> None:
        """A connection closed: the lines that were registered by it are registered anew."""
        for keeper in self._keepers:
            if keeper.registrar == source:
                keeper.recover()

    def advance(self, now: float) -> None:
        """Do what is due."""
        for keeper in self._deadlines.due(now):
            keeper.advance(now)

    def _granted(self, registrar: Address, seconds: int) -> None:
        self._trust(registrar.host, self._core.now + seconds)
