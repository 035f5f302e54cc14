"""From DNS records to where a message can be sent, best first (RFC 3263 §4, RFC 2782)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sip.address import DEFAULT_PORTS, Address, Transport

MAX_TARGETS = 32
"""Of one name; a record set that is longer is cut."""

_SERVICES: Mapping[str, Transport] = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}
_SRV_PREFIXES: Mapping[str, str] = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
_PRIORITIES = 65_536


class Target(NamedTuple):
    """One server behind a name: `priority` lowest first, `weight` as RFC 2782 has it."""

    address: Address
    priority: int = 0
    weight: int = 1


class Naptr(NamedTuple):
    """A NAPTR record (RFC 3403 §4.1), `replacement` without its last dot."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


class Srv(NamedTuple):
    """An SRV record (RFC 2782), `host` without its last dot."""

    priority: int
    weight: int
    port: int
    host: str


class Choice(NamedTuple):
    """A transport, and the name whose SRV records say where it is spoken."""

    transport: Transport
    srv_name: str


def naptr_choices(records: Iterable[Naptr], spoken: Collection[str]) -> list[Choice]:
    """The choices that a domain offers for the transports that we speak, in its order (§4.1)."""
    ordered = sorted(records, key=lambda record: (record.order, record.preference))
    return [
        Choice(_SERVICES[record.service.upper()], record.replacement)
        for record in ordered
        if record.flags.lower() == "s"
        and record.replacement
        and _SERVICES.get(record.service.upper()) in spoken
    ]


def srv_choices(host: str, spoken: Iterable[Transport]) -> list[Choice]:
    """What is asked for where a domain has no NAPTR record, or the transport is known (§4.1)."""
    return [
        Choice(transport, f"{_SRV_PREFIXES[transport]}.{host}")
        for transport in spoken
        if transport in _SRV_PREFIXES
    ]


def srv_targets(
    rank: int,
    choice: Choice,
    records: Iterable[Srv],
    addresses: Mapping[str, Sequence[str]],
    name: str,
) -> list[Target]:
    """The servers of one choice, the `rank`-th; `addresses` are those of the records' hosts.

    The weight of a record is shared among its addresses. `name` is what certificates must show:
    the domain that was asked for, never what DNS made of it (RFC 5922 §7.1).
    """
    found: list[Target] = []
    for record in records:
        hosts = addresses.get(record.host, ())
        for host in hosts:
            share = max(record.weight // len(hosts), min(record.weight, 1))
            address = target_address(choice.transport, host, record.port, name)
            found.append(Target(address, rank * _PRIORITIES + record.priority, share))
    return found


def plain_targets(
    transport: Transport, addresses: Iterable[str], port: int, name: str
) -> list[Target]:
    """The addresses of a host that has no SRV record, in the order given (§4.2)."""
    return [
        Target(target_address(transport, host, port or DEFAULT_PORTS[transport], name), rank)
        for rank, host in enumerate(addresses)
    ]


def target_address(transport: Transport, host: str, port: int, name: str) -> Address:
    """An address to send to; over TLS it carries the name that the certificate must show."""
    return Address(transport, host, port, name if transport in ("tls", "wss") else "")
