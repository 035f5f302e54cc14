"""Finds the servers behind a host name: RFC 3263 §4 over any source of DNS records."""

from collections.abc import Awaitable, Collection, Sequence
from ipaddress import ip_address
from typing import Generic, NamedTuple, Protocol, TypeVar, cast

from sip.address import TRANSPORTS, Transport
from sip.location.targets import (
    MAX_TARGETS,
    Naptr,
    Srv,
    Target,
    naptr_choices,
    plain_targets,
    srv_choices,
    srv_targets,
)

LASTING = 3600.0
"""Seconds that any answer is good for at most: what never changes may be wrong for ever."""

SOON = 30.0
"""Seconds that what was found is good for when a part of it could not be asked for."""

T = TypeVar("T")


class LocationError(Exception):
    """The name leads nowhere now; says why."""


class Answer(NamedTuple, Generic[T]):
    """Records of one question; `ttl` is how long they are good for, seconds."""

    records: Sequence[T]
    ttl: float


class Records(Protocol):
    """DNS. Every method raises `LocationError` when no name server answers; an empty answer says
    that there is no such record, or no such name."""

    async def naptr(self, name: str) -> Answer[Naptr]:
        """NAPTR records."""

    async def srv(self, name: str) -> Answer[Srv]:
        """SRV records."""

    async def addresses(self, name: str, *, ipv6: bool) -> Answer[str]:
        """A or AAAA records, as IP addresses in their usual spelling."""


class Location(NamedTuple):
    """Where a name leads, in no order but by `priority`; `ttl` is how long, seconds."""

    targets: tuple[Target, ...]
    ttl: float
    missing: str = ""
    """Which question had no answer: then there may be more servers, or better ones."""


class Locator:
    """Looks names up for an endpoint that speaks some transports, over IPv4, IPv6 or both."""

    def __init__(self, records: Records, transports: Collection[str], *, ipv6: bool) -> None:
        self._records = records
        self._spoken: list[Transport] = [each for each in TRANSPORTS if each in transports]
        self._ipv6 = ipv6

    async def locate(self, host: str, port: int = 0, transport: str = "auto") -> Location:
        """The servers of a host; port 0 and transport `auto` leave both to DNS.

        A question that DNS does not answer costs what it was about: there are name servers that
        fail at NAPTR or AAAA alone (RFC 4074). `LocationError` when nothing is left.
        """
        if _is_address(host):
            return self._fixed(host, port, transport)
        search = _Search(self._records, host, self._ipv6)
        if port:  # §4.1, §4.2: who names a port wants no SRV
            found = await search.plain(_known(transport), port)
        else:
            found = await self._by_service(search, transport)
        if not found:
            raise LocationError(search.silence or f"{host} has no address that we can reach")
        ttl = min(search.ttl, LASTING)
        return Location(tuple(found[:MAX_TARGETS]), ttl, search.silence)

    def _fixed(self, host: str, port: int, transport: str) -> Location:
        return Location(tuple(plain_targets(_known(transport), [host], port, host)), LASTING)

    async def _by_service(self, search: "_Search", transport: str) -> list[Target]:
        choices = []
        if transport == "auto":
            choices = naptr_choices(await search.naptr(), self._spoken)
        if not choices:
            spoken = self._spoken if transport == "auto" else [_known(transport)]
            choices = srv_choices(search.host, spoken)
        found: list[Target] = []
        for rank, choice in enumerate(choices[:MAX_TARGETS]):
            records = await search.srv(choice.srv_name)
            hosts = {record.host: await search.hosts(record.host) for record in records}
            found += srv_targets(rank, choice, records, hosts, search.host)
        if found or search.may_have_servers:
            return found
        return await search.plain(_known(transport), 0)


class _Search:
    """One look-up: `ttl` is the shortest of all answers that it took, of what is not there, too."""

    def __init__(self, records: Records, host: str, ipv6: bool) -> None:
        self.host = host
        self.ttl = LASTING
        self.silence = ""
        """Why the last question without an answer had none. The text alone: the error holds us."""
        self.may_have_servers = False
        """Whether there may be SRV records that could not be asked for: then the host is none."""
        self._records = records
        self._ipv6 = ipv6

    async def naptr(self) -> list[Naptr]:
        return await self._found(self._records.naptr(self.host)) or []

    async def srv(self, name: str) -> list[Srv]:
        """The records that lead somewhere: a lone root says "not here" (RFC 2782)."""
        found = await self._found(self._records.srv(name))
        leading = [srv for srv in found or () if srv.host]
        self.may_have_servers = self.may_have_servers or found is None
        return leading

    async def hosts(self, name: str) -> list[str]:
        """IPv4 first: it is what most carriers' media speaks."""
        found = await self._found(self._records.addresses(name, ipv6=False)) or []
        if self._ipv6:
            found += await self._found(self._records.addresses(name, ipv6=True)) or []
        return found

    async def plain(self, transport: Transport, port: int) -> list[Target]:
        return plain_targets(transport, await self.hosts(self.host), port, self.host)

    async def _found(self, question: Awaitable[Answer[T]]) -> list[T] | None:
        """The records; None where DNS does not answer."""
        try:
            answer = await question
        except LocationError as error:
            self.silence = str(error)
            self.ttl = min(self.ttl, SOON)
            return None
        self.ttl = min(self.ttl, answer.ttl)
        return list(answer.records[:MAX_TARGETS])


def _known(transport: str) -> Transport:
    return "udp" if transport == "auto" else cast(Transport, transport)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
