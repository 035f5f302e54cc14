"""A stream transport on a real port, and an inbox for what it receives."""

import asyncio
import contextlib
import ssl

from sip.address import Address
from sip.transport import StreamTransport, TransportOptions


class Inbox:
    """A receiver that hands out what arrives."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[tuple[bytes, Address, Address]] = asyncio.Queue()
        self.lost: asyncio.Queue[Address] = asyncio.Queue()
        self.unwelcome: set[str] = set()
        self.strangers: set[str] = set()
        self.behind: list[float] = []

    def on_message(self, data: bytes, source: Address, local: Address) -> None:
        self.messages.put_nowait((data, source, local))

    def is_known(self, host: str) -> bool:
        return host not in self.strangers

    def on_behind(self, seconds: float) -> None:
        self.behind.append(seconds)

    def admits(self, source: Address) -> bool:
        return source.host not in self.unwelcome

    def on_connection_lost(self, source: Address) -> None:
        self.lost.put_nowait(source)


class StreamEnd:
    """A started transport with its inbox; `listen` such as `tcp:127.0.0.1:0`."""

    def __init__(
        self, listen: str = "tcp:127.0.0.1:0", options: TransportOptions | None = None
    ) -> None:
        self.inbox = Inbox()
        self.transport = StreamTransport(Address.parse(listen), options=options)
        self._clients: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "StreamEnd":
        await self.transport.start(self.inbox)
        return self

    async def __aexit__(self, *_: object) -> None:
        for writer in self._clients:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        await self.transport.stop()

    @property
    def local(self) -> Address:
        """Where it listens."""
        return self.transport.local

    async def connect(
        self, tls: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare connection to it, closed at the end."""
        reader, writer = await asyncio.open_connection(self.local.host, self.local.port, ssl=tls)
        self._clients.append(writer)
        return reader, writer


async def closed(reader: asyncio.StreamReader) -> None:
    """Wait for the other side to close without having sent anything."""
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read(1) == b""
