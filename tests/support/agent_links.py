"""The agent server without its listener: connections are socket pairs, so virtual time works.

What is written to one end of a local socket pair can be read at the other at once; over TCP it
would be on its way for a moment, in which a virtual clock may jump.
"""

import asyncio
import socket
from itertools import count
from types import TracebackType
from typing import Any

from agent_proto import Limits
from agent_proto.dispatch import Dispatcher
from agent_proto.link import Link
from tests.support.fake_desk import FakeDesk, wall
from tests.support.line_peer import LinePeer


class AgentLinks:
    """A desk and its connections; ids are "id-1", "id-2" …, two for each session."""

    def __init__(self, **limits: Any) -> None:
        self.desk = FakeDesk()
        self.limits = Limits(**limits)
        numbers = count(1)
        self.dispatcher = Dispatcher(
            self.desk,
            self.limits,
            wall=wall,
            ids=lambda: f"id-{next(numbers)}",
            server_name="test",
        )
        self.links: list[Link] = []
        self.peers: list[LinePeer] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def connect(self) -> LinePeer:
        """A new connection."""
        ours, theirs = socket.socketpair()
        link = Link(
            *await asyncio.open_connection(sock=ours, limit=16384), self.dispatcher, self.limits
        )
        self.links.append(link)
        self._tasks.append(asyncio.create_task(link.run()))
        peer = LinePeer(*await asyncio.open_connection(sock=theirs))
        self.peers.append(peer)
        return peer

    async def finished(self, number: int = 0) -> None:
        """The server is done with that connection."""
        await asyncio.wait_for(asyncio.shield(self._tasks[number]), 100)

    async def __aenter__(self) -> "AgentLinks":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for peer in self.peers:
            await peer.close()
        await asyncio.gather(*self._tasks)
