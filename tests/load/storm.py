"""Very many phones that all register within a minute, as after a power failure.

They sit behind a hundred addresses, each an office of its own for the guard, and none a trunk's.
"""

import asyncio
import itertools
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, cast

from sip.digest import Challenge, Credentials
from sip.message import Response, parse
from tests.load import proc
from tests.load.centre import DaemonProcess
from tests.load.phones import killing
from tests.load.site import LoadSite, Person, people, write_site

OFFICES = 100
_REPEAT_S = (0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0)
"""Pauses after which a request is sent again (RFC 3261 §17.1.2.2)."""
_REGISTER = """\
REGISTER sip:127.0.0.1:{remote} SIP/2.0
Via: SIP/2.0/UDP {host}:{local};branch=z9hG4bK{branch};rport
Max-Forwards: 70
From: <sip:{user}@127.0.0.1>;tag=t{user}
To: <sip:{user}@127.0.0.1>
Call-ID: storm-{user}
CSeq: {cseq} REGISTER
Contact: <sip:{user}@{host}:{local}>
Expires: 3600
User-Agent: storm
{authorization}Content-Length: 0

"""


class Seen(NamedTuple):
    """How it went."""

    phones: int
    seconds: float
    registered: int
    repeated: int
    """Requests that had to be sent again."""
    slowest_s: float
    """From a phone's first message to its 200."""
    cpu_us_a_phone: float
    """The daemon's, for both REGISTERs."""
    resident_kib_before: int
    resident_kib_after: int


@dataclass
class _Office(asyncio.DatagramProtocol):
    """One address and the phones behind it."""

    site: LoadSite
    waiting: dict[str, asyncio.Future[Response]] = field(default_factory=dict)
    transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = parse(data)
        assert isinstance(response, Response)
        future = self.waiting.get(response.via.branch)
        if future is not None and not future.done():
            future.set_result(response)

    async def register(self, person: Person, tries: "itertools.count[int]") -> float:
        """Seconds that it took; TimeoutError when the exchange gave no answer that helps."""
        began = asyncio.get_running_loop().time()
        response = await self._ask(person, 1, "", tries)
        assert response.code == 401, response.code
        challenge = Challenge.parse(response.headers["www-authenticate"][0])
        who = Credentials(person.seat_no, person.phone_password)
        uri = f"sip:127.0.0.1:{self.site.sip_port}"
        answer = challenge.answer("REGISTER", uri, who, "c")
        response = await self._ask(person, 2, f"Authorization: {answer}\n", tries)
        assert response.code == 200, response.code
        return asyncio.get_running_loop().time() - began

    async def _ask(
        self, person: Person, cseq: int, authorization: str, tries: "itertools.count[int]"
    ) -> Response:
        assert self.transport is not None
        host, local = self.transport.get_extra_info("sockname")
        branch = f"{person.seat_no}x{cseq}"
        text = _REGISTER.format(
            remote=self.site.sip_port,
            host=host,
            local=local,
            branch=branch,
            user=person.seat_no,
            cseq=cseq,
            authorization=authorization,
        )
        data = text.replace("\n", "\r\n").encode()
        answer = asyncio.get_running_loop().create_future()
        self.waiting[f"z9hG4bK{branch}"] = answer
        for pause in _REPEAT_S:
            next(tries)
            self.transport.sendto(data, ("127.0.0.1", self.site.sip_port))
            done, _ = await asyncio.wait([answer], timeout=pause)
            if done:
                break
        return await asyncio.wait_for(answer, 0)


def storm(folder: Path, phones: int, seconds: float) -> Seen:
    """Starts a daemon with so many seats and lets their phones register, evenly over the time."""
    site = write_site(folder, phones)
    daemon = DaemonProcess(site)
    with killing(daemon):
        daemon.wait_serving()
        daemon.wait_logged("prompts ready")
        memory, cpu = proc.resident_kib(daemon.pid), proc.cpu_seconds(daemon.pid)
        times, asked = asyncio.run(_register_all(site, people(phones), seconds))
        used = proc.cpu_seconds(daemon.pid) - cpu
        seen = Seen(
            phones,
            seconds,
            len(times),
            asked - 2 * phones,
            round(max(times), 3),
            round(used / phones * 1e6, 1),
            memory,
            proc.resident_kib(daemon.pid),
        )
        daemon.stop()
    return seen


async def _register_all(
    site: LoadSite, persons: Sequence[Person], seconds: float
) -> tuple[list[float], int]:
    """How long each took, and how many requests that made."""
    loop = asyncio.get_running_loop()
    offices = []
    for n in range(min(OFFICES, len(persons))):
        transport, office = await loop.create_datagram_endpoint(
            lambda: _Office(site), local_addr=(f"127.7.0.{n + 1}", 0), family=socket.AF_INET
        )
        offices.append((transport, office))
    tries = itertools.count()
    began = loop.time()
    async with asyncio.TaskGroup() as tasks:
        running = []
        for n, person in enumerate(persons):
            await asyncio.sleep(began + n * seconds / len(persons) - loop.time())
            _, office = offices[n % len(offices)]
            running.append(tasks.create_task(office.register(person, tries)))
    for transport, _ in offices:
        transport.close()
    return [task.result() for task in running], next(tries)
