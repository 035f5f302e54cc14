"""Bytes to a SIP port, and what comes back: for messages that no SIP stack would write."""

import asyncio
from itertools import count
from types import TracebackType
from typing import Self

from callcenter.demo.pulse import Pulse
from tests.support.live_site import LiveSite

_PATIENCE_S = 30.0
_PROBES = count(1)


class RawUdp(asyncio.DatagramProtocol):
    """A UDP socket that writes to the exchange whatever it is given; to be used by `async with`."""

    def __init__(self, site: LiveSite, host: str = "127.0.0.1") -> None:
        self.port = 0
        self._host = host
        self.received: list[bytes] = []
        self._pulse = Pulse()
        self._exchange = ("127.0.0.1", site.sip_port)
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, (self._host, 0)
        )
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """From the loop."""
        self.received.append(data)
        self._pulse.fire()

    def send(self, *datagrams: bytes) -> None:
        """Sends them as they are."""
        assert self._transport is not None
        for data in datagrams:
            self._transport.sendto(data, self._exchange)

    async def until(self, start: bytes, within: float = _PATIENCE_S) -> bytes:
        """The first datagram received that begins so."""

        def found() -> bytes | None:
            return next((data for data in self.received if data.startswith(start)), None)

        await self._pulse.until(lambda: found() is not None, within)
        data = found()
        assert data is not None, f"no {start!r} among {self.received}"
        return data

    async def answers(self, *datagrams: bytes) -> list[int]:
        """The status codes that these datagrams were answered with.

        A ping follows them. The exchange reads in order, so what is not answered before the ping
        is not answered at all.
        """
        self.received.clear()
        ping = options(self.port, f"ping-{next(_PROBES)}")
        self.send(*datagrams, ping)
        branch = ping.partition(b"branch=")[2].partition(b";")[0]
        assert await self._pulse.until(
            lambda: any(branch in data for data in self.received), _PATIENCE_S
        ), "the exchange does not answer pings any more"
        return [int(data[8:11]) for data in self.received if branch not in data]


def options(port: int, name: str, **changes: str | None) -> bytes:
    """An OPTIONS of a well-behaved peer; `changes` by field name (None: leave it out).

    `start`, `more` (further lines) and `body` are the parts without a name of their own.
    """
    fields: dict[str, str | None] = {
        "Via": f"SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{name};rport",
        "Max-Forwards": "70",
        "From": f"<sip:peer@127.0.0.1:{port}>;tag={name}",
        "To": "<sip:exchange@127.0.0.1>",
        "Call-ID": f"{name}@127.0.0.1",
        "CSeq": "1 OPTIONS",
        "Content-Length": "0",
    }
    start = changes.pop("start", None) or "OPTIONS sip:exchange@127.0.0.1 SIP/2.0"
    more, body = changes.pop("more", None) or "", changes.pop("body", None) or ""
    for key, value in changes.items():
        fields[key.replace("_", "-")] = value
    lines = [f"{key}: {value}\r\n" for key, value in fields.items() if value is not None]
    return f"{start}\r\n{''.join(lines)}{more}\r\n{body}".encode("utf-8", "surrogateescape")
