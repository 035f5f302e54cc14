"""The asyncio server of the agent protocol: over TCP, TLS and WebSocket."""

import asyncio
import logging
import secrets
import ssl
from collections.abc import Callable
from datetime import datetime

from agent_proto.dispatch import Dispatcher
from agent_proto.envelope import write_error
from agent_proto.errors import ProtocolError
from agent_proto.handler import Handler
from agent_proto.limits import Limits
from agent_proto.link import READ_SIZE, Link
from agent_proto.listening import Listening, Place
from agent_proto.models import ClosingReason
from agent_proto.wire import LineWire, WebSocketWire, Wire

log = logging.getLogger(__name__)


def _secret() -> str:
    return secrets.token_urlsafe(24)


class AgentServer:
    """Accepts agents' clients and has `handler` do what they ask.

    `wall` gives aware wall-clock time for `at`; `ids` makes session ids and resume tokens and must
    be unguessable outside of tests; `ssl_context` turns TLS on. `listen` opens further places.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        host: str,
        port: int,
        wall: Callable[[], datetime],
        limits: Limits | None = None,
        ids: Callable[[], str] = _secret,
        ssl_context: ssl.SSLContext | None = None,
        server_name: str = "callcenter",
    ) -> None:
        self._place = Place(host, port, ssl_context)
        self._limits = limits or Limits()
        self._dispatcher = Dispatcher(
            handler, self._limits, wall=wall, ids=ids, server_name=server_name
        )
        self._listening: list[Listening] = []
        self._links: dict[Link, asyncio.Task[None]] = {}
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int:
        """The bound port, which the system chose when 0 was asked for."""
        assert self._listening, "not started"
        return self._listening[0].port

    async def start(self) -> None:
        """Listens; `OSError` when the address cannot be had."""
        await self.listen(self._place)

    async def listen(self, place: Place) -> Listening:
        """Awaits clients there, too; `OSError` when the address cannot be had."""

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._accept(reader, writer, self._wire(place))

        listening = await Listening.open(place, accept, READ_SIZE)
        self._listening.append(listening)
        return listening

    async def stop(self, reason: ClosingReason = "shutdown") -> None:
        """Tells every client `session.closing`, ends all sessions and closes; idempotent."""
        if not self._listening:
            return
        for listening in self._listening:
            listening.close()
        self._listening.clear()
        if self._expiry is not None:
            self._expiry.cancel()
        for link in list(self._links):
            link.connection.session.end(reason)
            link.close()
        await self._finish()

    async def _finish(self) -> None:
        tasks = list(self._links.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self._limits.linger_s + 0.5)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _wire(self, place: Place) -> Wire:
        if place.websocket:
            return WebSocketWire(self._limits.max_line, place.origins)
        return LineWire(self._limits.max_line)

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: Wire
    ) -> None:
        if not self._listening or not self._make_room():
            refusal = ProtocolError("tenant_limit", "too many connections")
            writer.write(wire.frame([write_error(None, refusal)]))
            writer.close()
            return
        link = Link(reader, writer, self._dispatcher, self._limits, wire)
        task = asyncio.get_running_loop().create_task(link.run(), name="agent connection")
        self._links[link] = task
        task.add_done_callback(lambda done: self._gone(link, done))

    def _make_room(self) -> bool:
        """Whether one more connection fits; who does not sign in gives way to newcomers."""
        anonymous = [
            link
            for link in self._links
            if not link.closing and not link.connection.session.signed_in
        ]
        if len(anonymous) >= self._limits.max_anonymous:
            anonymous[0].close()
        return len(self._links) < self._limits.max_connections

    def _gone(self, link: Link, task: asyncio.Task[None]) -> None:
        del self._links[link]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("connection failed", exc_info=error)
        self._arm_expiry()

    def _arm_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        deadline = self._dispatcher.sessions.next_deadline()
        if deadline is not None and self._listening:
            self._expiry = asyncio.get_running_loop().call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._dispatcher.expire(asyncio.get_running_loop().time())
        self._arm_expiry()
