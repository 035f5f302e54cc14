"""One accepted connection: reads, has its requests handled one after the other, writes."""

import asyncio
import logging
from collections.abc import Callable

from agent_proto.connection import Call, Connection, HangUp, Pause, Reply
from agent_proto.dispatch import Dispatcher
from agent_proto.framing import Line
from agent_proto.limits import Limits
from agent_proto.outbox import Outbox
from agent_proto.wire import LineWire, Wire

READ_SIZE = 16 * 1024

log = logging.getLogger(__name__)


class Link:
    """The I/O around one `Connection`.

    While a request is handled nothing is read: what a client may have pending is bounded by the
    buffers of the stream, and TCP tells it to wait.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        dispatcher: Dispatcher,
        limits: Limits,
        wire: Wire | None = None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._dispatcher = dispatcher
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._clock: Callable[[], float] = self._loop.time
        self._closing = False
        self._unsent: list[bytes] = []
        self._timers: list[asyncio.TimerHandle] = []
        self._wire: Wire = wire or LineWire(limits.max_line)
        self._outbox = Outbox(self._write, self.close)
        peer = writer.get_extra_info("peername") or ("gone", 0)
        self._remote = f"{peer[0]}:{peer[1]}"
        session = dispatcher.open_session(self._outbox, self._remote)
        self.connection = Connection(session, limits, self._clock())

    @property
    def closing(self) -> bool:
        """Whether it is as good as gone."""
        return self._closing

    async def run(self) -> None:
        """Serves the connection until it is gone."""
        self._tick()
        try:
            while data := await self._reader.read(READ_SIZE):
                self.connection.heard(self._clock())
                lines = self._wire.feed(data)
                if (answer := self._wire.output()) and not self._closing:
                    self._writer.write(answer)
                await self._take(lines)
                if self._wire.failure:
                    log.debug("connection %s ended: %s", self._remote, self._wire.failure)
                    break
        except OSError as error:
            log.debug("connection %s lost: %s", self._remote, error)
        finally:
            for timer in self._timers:
                timer.cancel()
            self._dispatcher.lost(self.connection.session, self._outbox, self._clock())
            await self._shut()
            del self._outbox  # whose owner we are, and which writes by us

    def close(self) -> None:
        """Ends the connection when all is sent that was written; the peer has `linger_s` to read.

        Only our direction is shut at first: to close a socket with unread input would reset it and
        could take the last lines, which say why, away from the peer.
        """
        if self._closing:
            return
        self._flush()
        self._closing = True
        if self._writer.is_closing():
            return
        self._writer.write(self._wire.farewell())
        if self._writer.can_write_eof():
            self._writer.write_eof()
        else:
            self._writer.close()
        abort = self._writer.transport.abort
        self._timers.append(self._loop.call_later(self._limits.linger_s, abort))

    async def _shut(self) -> None:
        """Frees the socket, once the peer has taken what was written or had its time to."""
        self._flush()
        self._closing = True
        self._writer.close()
        try:
            async with asyncio.timeout(self._limits.linger_s):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()

    async def _take(self, lines: list[Line]) -> None:
        for number, line in enumerate(lines):
            if self._closing:
                return
            if number:
                # Many requests in one packet must not keep the loop from the calls.
                await asyncio.sleep(0)
            await self._take_line(line)

    async def _take_line(self, line: Line) -> None:
        now = self._clock()
        connection = self.connection
        if connection.session.ended:
            self._start_over(now)
        match connection.receive(line, now):
            case Call() as call:
                self._dispatcher.asked(connection.session)
                self._outbox.hold()
                self._outbox.answer(
                    await self._dispatcher.answer(connection, self._outbox, call, now)
                )
                await self._writer.drain()
            case Reply(reply, last):
                self._write(reply)
                if last:
                    connection.session.close_connection("protocol_error")
                await self._writer.drain()
            case Pause(seconds, reply):
                self._write(reply)
                await asyncio.sleep(seconds)
            case _:
                pass

    def _start_over(self, now: float) -> None:
        """The agent signed out: the connection stays, for the next one to sign in."""
        ended = self.connection.session
        session = self._dispatcher.open_session(self._outbox, self._remote)
        session.client, session.locale = ended.client, ended.locale
        self.connection.enter(session, now)

    def _write(self, line: bytes) -> None:
        """Sends lines, all those of a turn of the loop together.

        One happening is several lines, and writing costs more than making them.
        """
        if self._closing:
            return
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(line)

    def _flush(self) -> None:
        if self._closing or not self._unsent or self._writer.is_closing():
            return  # the last: the peer is gone, and uvloop would raise
        transport = self._writer.transport
        transport.write(self._wire.frame(self._unsent))
        self._unsent.clear()
        if transport.get_write_buffer_size() > self._limits.max_write_buffer:
            log.warning("connection %s reads too slowly: cut off", self._remote)
            self._closing = True
            transport.abort()

    def _tick(self) -> None:
        """Pings and time limits; runs again whenever the connection's next deadline is due."""
        if self._closing:
            return
        now = self._clock()
        if self.connection.session.ended:
            self._start_over(now)
        match self.connection.advance(now):
            case Reply(line):
                self._write(line)
            case HangUp(why):
                log.info("connection %s closed: %s", self._remote, why)
                self.close()
                return
            case _:
                pass
        self._timers = [self._loop.call_at(self.connection.next_deadline(), self._tick)]
