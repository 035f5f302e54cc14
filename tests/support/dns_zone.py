"""A zone of DNS records: for the pure look-ups as it is, for the resolver behind a UDP socket."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from sip.location import Answer, LocationError, Naptr, Srv


class Zone:
    """Records by (name, type): `zone["example.com", "A"] = ["192.0.2.1"]`, as a zone file has it.

    `silent` is a DNS that does not answer, `failing` has the questions it fails at. `asked` counts
    the questions.
    """

    def __init__(self, records: dict[tuple[str, str], list[str]], ttl: float = 300.0) -> None:
        self.records = records
        self.ttl = ttl
        self.silent = False
        self.failing: set[tuple[str, str]] = set()
        self.asked: Counter[tuple[str, str]] = Counter()

    def find(self, name: str, kind: str) -> list[str]:
        self.asked[name, kind] += 1
        if self.silent or (name, kind) in self.failing:
            raise LocationError(f"{name} {kind}: silence")
        return self.records.get((name, kind), [])

    async def naptr(self, name: str) -> Answer[Naptr]:
        found = []
        for text in self.find(name, "NAPTR"):
            order, preference, flags, service, _, replacement = text.replace('"', "").split(" ")
            found.append(
                Naptr(int(order), int(preference), flags, service, replacement.rstrip("."))
            )
        return Answer(found, self.ttl)

    async def srv(self, name: str) -> Answer[Srv]:
        found = []
        for text in self.find(name, "SRV"):
            priority, weight, port, host = text.split()
            found.append(Srv(int(priority), int(weight), int(port), host.rstrip(".")))
        return Answer(found, self.ttl)

    async def addresses(self, name: str, *, ipv6: bool) -> Answer[str]:
        return Answer(self.find(name, "AAAA" if ipv6 else "A"), self.ttl)


class _Server(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        query = dns.message.from_wire(data)
        [question] = query.question
        name, kind = str(question.name).rstrip("."), dns.rdatatype.to_text(question.rdtype)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        try:
            found = self._zone.find(name, kind)
        except LocationError:
            return
        if found:
            rrset = dns.rrset.from_text(question.name, int(self._zone.ttl), "IN", kind, *found)
            response.answer.append(rrset)
        elif not any(known == name for known, _ in self._zone.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(response.to_wire(), addr)


@asynccontextmanager
async def serving(zone: Zone) -> AsyncIterator[tuple[str, int]]:
    """A name server for the zone on loopback; its address and port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Server(zone), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[:2]
    finally:
        transport.close()
        await asyncio.sleep(0)
