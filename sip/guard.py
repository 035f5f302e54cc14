"""Who may call: decided from the source address and the From user before anything else.

A call from a registered phone's address, or in the name of a seat, has to prove itself by digest;
anything else must come from a trunk's address. So a carrier cannot speak for a seat, and a phone
cannot pass for a carrier even behind the same address.
"""

from collections.abc import Callable
from enum import Enum

from sip.address import Address
from sip.registrar import Registrar
from sip.trunk import TrunkPeer, TrunkTable


class Claim(Enum):
    """What a caller that is no trunk counts as."""

    PHONE = "phone"
    """To be challenged."""
    STRANGER = "stranger"
    """To be refused."""


class Guard:
    """The access rule. `is_seat(user)` tells whether that user has a password here."""

    def __init__(
        self, trunks: TrunkTable, registrar: Registrar, is_seat: Callable[[str], bool]
    ) -> None:
        self._trunks = trunks
        self._registrar = registrar
        self._is_seat = is_seat

    def judge(self, source: Address, from_user: str, now: float) -> TrunkPeer | Claim:
        """Classify the sender of an INVITE."""
        if self._is_seat(from_user) or self._registrar.is_phone(source, now):
            return Claim.PHONE
        return self._trunks.match(source.host) or Claim.STRANGER
