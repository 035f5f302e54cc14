"""Who may call: decided from the source address and the From user before anything else.

A call from an address of phones, or from a trunk's in the name of a seat, has to prove itself by
digest; anything else must come from a trunk's address. So a carrier cannot speak for a seat, a
phone cannot pass for a carrier even behind the same address, and a stranger is told nothing: the
answer does not depend on the name that it gives.
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


class Claims:
    """The access rule. `is_seat(user)` tells whether that user has a password here.

    `is_known(host, now)` tells whether a phone has proved itself from that host; with `roaming`,
    phones may call from anywhere, and so everybody is challenged.
    """

    def __init__(
        self,
        trunks: TrunkTable,
        registrar: Registrar,
        is_seat: Callable[[str], bool],
        is_known: Callable[[str, float], bool] = lambda host, now: False,
        roaming: bool = False,
    ) -> None:
        self._trunks = trunks
        self._registrar = registrar
        self._is_seat = is_seat
        self._is_known = is_known
        self._roaming = roaming

    def judge(
        self, source: Address, from_user: str, now: float, proof: bool = False
    ) -> TrunkPeer | Claim:
        """Classify the sender of an INVITE; `proof` says that it brings an answer to digest."""
        trunk = self._trunks.match(source.host)
        if trunk is not None:
            if self._is_seat(from_user) or self._registrar.is_phone(source, now):
                return Claim.PHONE
            return trunk
        if self._roaming or proof or self._is_known(source.host, now):
            return Claim.PHONE
        return Claim.PHONE if self._registrar.is_phone(source, now) else Claim.STRANGER
