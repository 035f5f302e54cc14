"""One place where clients are awaited; its certificate can be renewed without losing anybody."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

_BACKLOG = 512

Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how clients are awaited."""

    host: str
    port: int
    ssl_context: ssl.SSLContext | None = None
    """TLS, if given."""
    websocket: bool = False
    """Whether texts come as WebSocket messages instead of lines."""
    origins: tuple[str, ...] = ()
    """The web pages that may open a WebSocket; none given, all may."""


class Listening:
    """A listening socket, made by `open`."""

    def __init__(self, sock: socket.socket, accept: Accept, read_size: int) -> None:
        self._sock = sock
        self._accept = accept
        self._read_size = read_size
        self._server: asyncio.Server | None = None

    @classmethod
    async def open(cls, place: Place, accept: Accept, read_size: int) -> "Listening":
        """Listens; `OSError` with one clear line when the address cannot be had."""
        try:
            listening = cls(await _bound(place.host, place.port), accept, read_size)
            await listening.renew(place.ssl_context)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            where = f"{place.host}:{place.port}"
            raise OSError(error.errno, f"cannot listen on {where} for agents: {reason}") from error
        return listening

    @property
    def port(self) -> int:
        """The bound port, which the system chose when 0 was asked for."""
        port: int = self._sock.getsockname()[1]
        return port

    async def renew(self, ssl_context: ssl.SSLContext | None) -> None:
        """Who connects from now on is shown this context's certificate.

        Whoever waits to be accepted waits at the socket, which stays open.
        """
        before = self._server
        self._server = await asyncio.start_server(
            self._accept,
            sock=self._sock.dup(),
            limit=self._read_size,
            backlog=_BACKLOG,
            ssl=ssl_context,
        )
        if before is not None:
            before.close()

    def close(self) -> None:
        """Listens no more; connections stay."""
        if self._server is not None:
            self._server.close()
        self._sock.close()


async def _bound(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, address = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock
