"""The browser's side of SIP over WebSocket, as a transport for a phone."""

import asyncio
import contextlib
import ssl

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from sip import Address
from sip.transport import Receiver


class WebSocketClient:
    """One WebSocket to `server`; we call ourselves by a name that leads nowhere (RFC 7118 §5)."""

    def __init__(self, server: Address, trust: ssl.SSLContext | None = None) -> None:
        self.local = Address(server.transport, "df7jal23ls0d.invalid", 80)
        self.ipv6 = ":" in server.host
        self._server = server
        self._trust = trust
        self._receiver: Receiver | None = None
        self._socket: ClientConnection | None = None
        self._sending: asyncio.Queue[bytes] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, receiver: Receiver) -> None:
        """Connect."""
        self._receiver = receiver
        server = self._server
        self._socket = await connect(
            f"{server.transport}://{server.host_port}/",
            subprotocols=[Subprotocol("sip")],
            ssl=self._trust,
            proxy=None,
        )
        for run in (self._read, self._write):
            self._tasks.append(asyncio.create_task(run(self._socket)))

    def send(self, data: bytes, destination: Address) -> None:
        """All goes to the server."""
        self._sending.put_nowait(data)

    def withdraw(self, data: bytes, destination: Address) -> None:
        """It is connected from the start."""

    async def stop(self) -> None:
        """Disconnect."""
        self._receiver = None
        for task in self._tasks:
            task.cancel()
        if self._socket is not None:
            await self._socket.close()

    async def _read(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                data = await socket.recv()
                if self._receiver is not None:
                    data = data.encode() if isinstance(data, str) else data
                    self._receiver.on_message(data, self._server, self.local)

    async def _write(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.send((await self._sending.get()).decode())
