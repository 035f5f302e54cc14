"""One connection of a client: matches answers to requests, hands on events, keeps the heartbeat."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count

from agent_proto.envelope import (
    JsonObject,
    Notification,
    Request,
    Response,
    read_message,
    write_error,
    write_request,
    write_result,
)
from agent_proto.errors import ProtocolError
from agent_proto.framing import TOO_LONG, Line, LineFramer
from agent_proto.inbox import ReceivedEvent
from agent_proto.models import rfc3339

MAX_MISSED_PINGS = 3
_READ_SIZE = 64 * 1024


class ClientLink:
    """Reads in a task of its own from `start` until the connection is gone or `close` is called."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_event: Callable[[ReceivedEvent], None],
        on_closed: Callable[[str], None],
    ) -> None:
        self.heartbeat_s = 15.0
        """As the server's hello says."""
        self._reader = reader
        self._writer = writer
        self._on_event = on_event
        self._on_closed = on_closed
        self._framer = LineFramer()
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Future[JsonObject]] = {}
        self._closed: str | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to read."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="agent client")

    async def request(self, method: str, params: bytes) -> JsonObject:
        """The result; `ProtocolError` for a refusal, `ConnectionError` when the connection goes."""
        if self._closed is not None:
            raise ConnectionError(self._closed)
        number = next(self._ids)
        answer: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._writer.write(write_request(number, method, params))
            return await answer
        finally:
            del self._waiting[number]

    async def close(self) -> None:
        """Closes the connection; the session, if signed in, can be resumed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, self._writer.wait_closed(), return_exceptions=True)

    def abort(self) -> None:
        """Drops the connection without a word, as a failing network would."""
        self._writer.transport.abort()

    async def wait_closed(self) -> None:
        """Returns when the connection is gone."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        why = "closed by this client"
        try:
            why = await self._read()
        except OSError as error:
            why = f"connection lost: {error}"
        finally:
            self._closed = why
            self._writer.close()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(ConnectionError(why))
            self._on_closed(why)

    async def _read(self) -> str:
        missed = 0
        while True:
            try:
                async with asyncio.timeout(self.heartbeat_s):
                    data = await self._reader.read(_READ_SIZE)
            except TimeoutError:
                if missed == MAX_MISSED_PINGS:
                    return "the server is silent"
                missed += 1
                self._writer.write(write_request(f"ping-{missed}", "session.ping"))
                continue
            if not data:
                return "closed by the server"
            missed = 0
            for line in self._framer.feed(data):
                self._take(line)

    def _take(self, line: Line) -> None:
        if line is TOO_LONG:
            raise ConnectionError("the server sent a line that is too long")
        match read_message(line):
            case Response(int(number), result, error) if number in self._waiting:
                self._settle(self._waiting[number], result, error)
            case Notification(name, params):
                self._on_event(_event(name, params))
            case Request(request_id, "session.ping"):
                at = json.dumps({"at": rfc3339(datetime.now(UTC))}).encode()
                self._writer.write(write_result(request_id, at))
            case Request(request_id):
                self._writer.write(write_error(request_id, ProtocolError("method_not_found")))
            case Response(None, _, ProtocolError() as refusal):
                raise ConnectionError(f"the server could not read us: {refusal}")
            case Response():
                pass  # to a ping, or to a request that nobody waits for any more
            case strange:
                raise ConnectionError(f"the server sent {strange}")

    @staticmethod
    def _settle(
        answer: asyncio.Future[JsonObject], result: JsonObject | None, error: ProtocolError | None
    ) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result or {})


def _event(name: str, params: Mapping[str, object]) -> ReceivedEvent:
    seq, at, call_id = params.get("seq"), params.get("at"), params.get("call_id")
    if not isinstance(seq, int) or not isinstance(at, str):
        raise ConnectionError(f"the server sent an event without seq and at: {name}")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError as error:
        raise ConnectionError(f"the server sent an event with a wrong at: {name}") from error
    return ReceivedEvent(name, seq, instant, call_id if isinstance(call_id, str) else "", params)
