"""Where a message can be sent to, best first."""

from typing import NamedTuple

from sip.address import Address


class Target(NamedTuple):
    """One server behind a name (RFC 3263 §4): `priority` lowest first, `weight` as RFC 2782."""

    address: Address
    priority: int = 0
    weight: int = 1
