"""An agent's client in a simulation: the real protocol over a socket pair, in virtual time."""

import asyncio
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from agent_proto import Limits, ProtocolError
from agent_proto.dispatch import Dispatcher
from agent_proto.handler import Handler
from agent_proto.link import Link
from callcenter.clock import Clock
from tests.support.openrpc import openrpc

PATIENCE = 100.0
"""Virtual seconds; only a failing test waits as long."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the client was told it."""

    name: str
    params: dict[str, Any]


class SimDesk:
    """One connection. `told` is everything the client was told; pings answer themselves."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.told: list[Told] = []
        self.unasked: list[dict[str, Any]] = []
        """Answers to what `ask` has not sent."""
        self.transcript: list[bytes] = []
        """Every request of the client's and message of the server's, in order, as JSON."""
        self.closed = asyncio.Event()
        self.lost = False
        """Whether this side has dropped the connection."""
        self.resume_token = ""
        self.last_seq = 0
        """The newest event's number; there may be no gap."""
        self.delay = 0.0
        """Seconds that a request is under way."""
        self._whole = True
        self._reader = reader
        self._writer = writer
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listening = asyncio.create_task(self._listen())

    @property
    def names(self) -> list[str]:
        """The names of the events so far."""
        return [told.name for told in self.told]

    @property
    def states(self) -> list[str]:
        """The states so far, a reason in brackets."""
        changes = [told.params for told in self.told if told.name == "agent.state_changed"]
        return [
            f"{each['state']}({each['reason']})" if each["reason"] else each["state"]
            for each in changes
        ]

    @property
    def state(self) -> str:
        """The last state the client was told."""
        return self.states[-1]

    def last(self, name: str) -> dict[str, Any]:
        """The newest event of that name."""
        for told in reversed(self.told):
            if told.name == name:
                return told.params
        raise AssertionError(f"no {name} among {self.names}")

    @property
    def call_id(self) -> str:
        """Of the call that rang last."""
        call_id = self.last("call.ringing")["call_id"]
        assert isinstance(call_id, str)
        return call_id

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        """The result of a request; `ProtocolError` when it is refused.

        `ConnectionError` when this side has dropped the connection.
        """
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.lost:
            raise ConnectionError("dropped")
        number = next(self._ids)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.transcript.append(json.dumps(request).encode())
        self._send(request)
        async with asyncio.timeout(PATIENCE):
            message = await answer
        if "error" in message:
            raise ProtocolError.from_dict(message["error"])
        result = message["result"]
        assert isinstance(result, dict)
        return result

    async def refusal(self, method: str, **params: object) -> tuple[int, str]:
        """Code and name of the error that a request is answered with."""
        try:
            result = await self.ask(method, **params)
        except ProtocolError as error:
            return error.code, error.name
        raise AssertionError(f"{method} was not refused: {result}")

    async def login(self, agent_id: str, seat_no: str, **params: object) -> dict[str, Any]:
        """Signs in with the agent's right password, unless another is given."""
        asked = {"agent_id": agent_id, "password": f"agent-{agent_id}", "seat_no": seat_no}
        before, self.last_seq = self.last_seq, 0
        try:
            result = await self.ask("agent.login", **{**asked, **params})
        except ProtocolError:
            self.last_seq = before
            raise
        self.resume_token = result["resume_token"]
        return result

    async def resume(self, before: "SimDesk") -> None:
        """Goes on with the session of a connection that was lost."""
        self.resume_token, self.last_seq = before.resume_token, before.last_seq
        await self.ask("session.resume", resume_token=self.resume_token, last_seq=self.last_seq)

    async def about_call(self, method: str) -> dict[str, Any]:
        """`call.answer`, `call.reject` or `call.hangup` of the call that rang last."""
        return await self.ask(method, call_id=self.call_id)

    async def refusal_about_call(self, method: str, call_id: str = "") -> tuple[int, str]:
        """How such a request is refused."""
        return await self.refusal(method, call_id=call_id or self.call_id)

    async def close(self) -> None:
        """Drops the connection without a word; returns when nothing more can be told."""
        self.lost = True
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("dropped"))
        self._writer.close()
        self._listening.cancel()
        await asyncio.gather(self._listening, self._writer.wait_closed(), return_exceptions=True)
        assert self._whole, f"an event is missing: {self.told}"
        openrpc().check(map(json.loads, self.transcript))

    def write(self, line: bytes, end: bytes = b"\n") -> None:
        """Sends what may be no message; what is answered is in `unasked`."""
        self._writer.write(line + end)

    def _send(self, message: object) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")

    async def _listen(self) -> None:
        while line := await self._reader.readline():
            message = json.loads(line)
            if "method" not in message and message["id"] not in self._waiting:
                self.unasked.append(message)
                continue
            self.transcript.append(line)
            if "method" not in message:
                self._waiting.pop(message["id"]).set_result(message)
            elif "id" in message:
                self._send({"jsonrpc": "2.0", "id": message["id"], "result": {}})
            else:
                self.told.append(Told(message["method"], message["params"]))
                self._whole &= message["params"]["seq"] == self.last_seq + 1
                self.last_seq += message["method"] != "session.closing"  # which is not counted
        self.closed.set()


class DeskLinks:
    """The agent server without its listener: a task for each connection, and the grace time."""

    def __init__(self, handler: Handler, clock: Clock, **limits: Any) -> None:
        numbers = count(1)
        self._limits = Limits(**limits)
        self._dispatcher = Dispatcher(
            handler,
            self._limits,
            wall=clock.wall,
            ids=lambda: f"id-{next(numbers)}",
            server_name="simulation",
        )
        self._now: Callable[[], float] = clock.now
        self._tasks: list[asyncio.Task[None]] = []
        self._desks: list[SimDesk] = []
        self._expiry: asyncio.TimerHandle | None = None

    async def connect(self, *, greeting: bool = True) -> SimDesk:
        """A client that has said hello, unless it is without manners."""
        ours, theirs = socket.socketpair()
        link = Link(
            *await asyncio.open_connection(sock=ours, limit=16384), self._dispatcher, self._limits
        )
        self._tasks.append(asyncio.create_task(self._serve(link)))
        desk = SimDesk(*await asyncio.open_connection(sock=theirs))
        self._desks.append(desk)
        if greeting:
            await desk.ask("session.hello", protocol=1, client="simulation", locale="en")
        return desk

    async def stop(self) -> None:
        """Closes every connection."""
        for desk in self._desks:
            await desk.close()
        await asyncio.gather(*self._tasks)
        if self._expiry is not None:
            self._expiry.cancel()

    async def _serve(self, link: Link) -> None:
        await link.run()
        self._arm()

    def _arm(self) -> None:
        deadline = self._dispatcher.sessions.next_deadline()
        if deadline is not None:
            self._expiry = asyncio.get_running_loop().call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._dispatcher.expire(self._now())
        self._arm()
