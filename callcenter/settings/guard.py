"""The table about who may speak to the exchange, and how much."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, TypeAlias

from pydantic import Field, PlainValidator

from callcenter.settings.models import Table
from callcenter.settings.values import Line, Number, Seconds, Whole

Network: TypeAlias = IPv4Network | IPv6Network


def _network(text: object) -> Network:
    if isinstance(text, Network):
        return text
    if not isinstance(text, str):
        raise ValueError('must be text like "192.0.2.0/24"')
    try:
        return ip_network(text)
    except ValueError:
        try:
            meant = ip_network(text, strict=False)
        except ValueError:
            raise ValueError(f"'{text}' is neither an IP address nor a network") from None
        raise ValueError(f"'{text}' names a host within a network: write {meant}") from None


Networks: TypeAlias = tuple[Annotated[Network, PlainValidator(_network)], ...]
Rate: TypeAlias = Annotated[Number, Field(ge=1, le=1_000_000)]
"""Messages a second."""


class GuardSettings(Table):
    """`[guard]`: what strangers may send before they are banned; trunks stand outside of it."""

    allow: Networks = ()
    """When not empty: nobody else is heard, but trunks and `exempt`."""
    deny: Networks = ()
    exempt: Networks = ()
    """Never limited and never banned."""
    roaming: bool = False
    """Whether phones may call from addresses that no phone has registered from."""
    rate: Rate = 20.0
    """Messages a second from one address, before a phone has proved itself from there."""
    burst: Annotated[Whole, Field(ge=1, le=1_000_000)] = 100
    phone_rate: Rate = 500.0
    """Messages a second from an address that a phone has proved itself from."""
    strangers_rate: Rate = 500.0
    """Messages a second from all addresses together that no phone has proved itself from."""
    max_failures: Annotated[Whole, Field(ge=1, le=10_000)] = 10
    """Wrong passwords or refused calls in ten minutes before an address is banned."""
    ban_s: Seconds = 300.0
    """The first ban; each further one lasts four times as long."""
    ban_max_s: Seconds = 86_400.0
    scanners: tuple[Line, ...] = ()
    """Further names in User-Agent that are banned at sight."""
    max_lag_s: Annotated[Number, Field(ge=0.01, le=10)] = 1.0
    """How late the daemon may be before all new calls are refused (503)."""
