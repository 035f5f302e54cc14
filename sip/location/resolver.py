"""DNS records by dnspython, asked without blocking. Imported only where a name is to be found."""

import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, TypeVar

import dns.asyncresolver
import dns.exception
import dns.resolver

from sip.location.locator import LASTING, Answer, LocationError
from sip.location.targets import Naptr, Srv

CACHED_ANSWERS = 1000
ABSENCE = 60.0
"""Seconds for which it is believed at most that there is no such name or record."""

T = TypeVar("T")


class _Cache(dns.resolver.LRUCache):
    """Keeps nothing for ever: without an SOA a name server that knows of nothing would be believed
    for 68 years, though RFC 2308 §5 says not at all."""

    def put(self, key: Any, value: dns.resolver.Answer) -> None:
        """Adds an answer, shortening its life."""
        longest = ABSENCE if value.rrset is None else LASTING
        value.expiration = min(value.expiration, time.time() + longest)
        super().put(key, value)


class DnsRecords:
    """A caching stub resolver; that there is no such name or record is remembered, too."""

    def __init__(self, servers: Sequence[tuple[str, int]] = (), patience: float = 5.0) -> None:
        """`servers` (address, port) take the place of the system's; `patience` seconds a question.

        `LocationError` when the system names no server.
        """
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        except dns.exception.DNSException as error:
            raise LocationError(f"no name server is known: {error}") from error
        if servers:
            self._resolver.nameservers = [
                dns.nameserver.Do53Nameserver(host, port) for host, port in servers
            ]
        self._resolver.lifetime = patience
        # Half of the time for the first server, so that there is time for another.
        self._resolver.timeout = patience / 2
        self._resolver.cache = _Cache(CACHED_ANSWERS)

    async def naptr(self, name: str) -> Answer[Naptr]:
        """See `Records`."""
        return await self._ask(
            name,
            "NAPTR",
            lambda data: Naptr(
                data.order,
                data.preference,
                data.flags.decode("latin-1"),
                data.service.decode("latin-1"),
                _bare(data.replacement),
            ),
        )

    async def srv(self, name: str) -> Answer[Srv]:
        """See `Records`."""
        return await self._ask(
            name,
            "SRV",
            lambda data: Srv(data.priority, data.weight, data.port, _bare(data.target)),
        )

    async def addresses(self, name: str, *, ipv6: bool) -> Answer[str]:
        """See `Records`."""
        kind = "AAAA" if ipv6 else "A"
        return await self._ask(name, kind, lambda data: str(ip_address(data.address)))

    async def _ask(self, name: str, kind: str, read: Callable[[Any], T]) -> Answer[T]:
        try:
            answer = await self._resolver.resolve(
                f"{name}.", kind, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return Answer((), LASTING)
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise LocationError(f"{name} {kind}: {error}") from error
        if answer.rrset is None:
            return Answer((), LASTING)
        ttl = max(0.0, answer.expiration - time.time())
        return Answer([read(data) for data in answer], ttl)


def _bare(name: Any) -> str:
    """A domain name as text without its last dot; empty for the root."""
    return str(name.to_text(omit_final_dot=True)).rstrip(".").lower()
