"""The process around the exchange: start-up in order, signals, shut-down in the opposite order."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import structlog

import ivr
import sip
from callcenter import events, memory, restart
from callcenter.agent_service import AgentCertificate, agent_server
from callcenter.certificates import open_certificates, watched
from callcenter.clock import Clock
from callcenter.event_log import EventLog
from callcenter.event_stream import EventStream, log_failure
from callcenter.exchange import Exchange, Outside
from callcenter.flows.spoken import prompts_of
from callcenter.journal.journal import Journal
from callcenter.journal.writer import JournalWriter
from callcenter.ops.control import ControlServer, SocketTakenError
from callcenter.ops.methods import Questions
from callcenter.recordings.marks import KINDS, MarkKeeper
from callcenter.recordings.upkeep import Upkeep
from callcenter.settings import Settings
from callcenter.speech.prompts import PromptLibrary
from callcenter.speech.worker_client import SpeechWorker
from callcenter.store.desk_records import StoreRecords
from callcenter.store.errors import StoreError
from callcenter.store.phone_book import PhoneBook
from callcenter.store.store import RECORDED, Store
from callcenter.systemd import Notifier, feed_watchdog, watchdog_interval
from callcenter.trace.capture import Capture
from callcenter.trace.writer import CaptureWriter
from media._engine import Engine
from media.engine_plane import EnginePlane

SHUTDOWN_S = 10.0
"""What closing takes at most once the calls are over; systemd is asked for so much more."""
UNHEARD_LIMIT_S = 1.0
"""How long a box is waited for."""


def run(settings: Settings) -> int:
    """Runs until SIGTERM or SIGINT and returns the exit code. `OSError`: cannot start."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings))
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def _serve(settings: Settings) -> None:
    logger = structlog.get_logger()
    notifier = Notifier()
    stop = _Stop(settings.daemon.drain_s, notifier, logger)
    stop.listen()
    failures: list[str] = []

    def failed(reason: str) -> None:
        logger.error("media engine failed", error=reason)
        failures.append(reason)
        stop.requested.set()

    async with running(settings, logger, failed) as exchange, _watchdog(notifier):
        stop.end_all = exchange.switchboard.end_all
        started = partial(_started, exchange, notifier, logger)
        await exchange.switchboard.run(started, stop.requested)
    notifier.close()
    if failures:
        raise OSError(f"the media engine failed: {failures[0]}")
    logger.info("stopped")


class _Stop:
    """SIGTERM and SIGINT: the first lets the calls in progress go on, a second ends them."""

    def __init__(self, drain_s: float, notifier: Notifier, logger: Any) -> None:
        self.requested = asyncio.Event()
        self.end_all: Callable[[], None] = _nothing
        """Ends all calls; set when there can be any."""
        self._drain_s = drain_s
        self._notifier = notifier
        self._logger = logger

    def listen(self) -> None:
        """Takes the signals over from Python."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: signal.Signals) -> None:
        if self.requested.is_set():
            self._logger.info("ending all calls", signal=number.name)
            self.end_all()
            return
        self._logger.info("stopping", signal=number.name, drain_s=self._drain_s)
        self._notifier.stopping(self._drain_s + SHUTDOWN_S)
        self.requested.set()


def _nothing() -> None:
    return None


def _started(exchange: Exchange, notifier: Notifier, logger: Any) -> None:
    addresses = ", ".join(map(str, exchange.sip.addresses))
    memory.settle()
    notifier.ready(f"SIP on {addresses}")
    logger.info("ready", sip=addresses, agents=str(exchange.settings.agent_proto.listen))


@asynccontextmanager
async def _watchdog(notifier: Notifier) -> AsyncIterator[None]:
    interval = watchdog_interval()
    if interval is None:
        yield
        return
    async with asyncio.TaskGroup() as tasks:
        feeding = tasks.create_task(feed_watchdog(notifier, interval))
        try:
            yield
        finally:
            feeding.cancel()


@asynccontextmanager
async def running(
    settings: Settings, logger: Any, media_failed: Callable[[str], None]
) -> AsyncIterator[Exchange]:
    """An exchange on real sockets, engine and database; everything is closed at the end.

    What is opened first is closed last: the store outlives whoever may still emit an event.
    `media_failed` is told when the media engine has died. `OSError` or `StoreError` with one clear
    line when something cannot be had.
    """
    clock = Clock(asyncio.get_running_loop().time)
    certificates = open_certificates(settings.tls)
    for_agents = AgentCertificate.open(settings, logger)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(_store(settings, clock))
        book = await stack.enter_async_context(_phone_book(settings, clock, logger))
        marks = await stack.enter_async_context(_marks(settings.store.recordings, logger))
        stream = EventStream(partial(log_failure, logger))
        stack.callback(stream.catch_up)
        plane = await stack.enter_async_context(_media(settings, media_failed))
        prompts = await stack.enter_async_context(_prompts(settings, plane))
        outside = Outside(
            clock=clock,
            plane=plane,
            prompts=prompts,
            flows=ivr.load_flows(settings.ivr.flows_folder),
            listen=[str(address) for address in settings.sip.listen],
            records=StoreRecords(store, stream.catch_up),
            stream=stream,
            logger=logger,
            nonce_secret=book.secret,
            tls=certificates,
        )
        exchange = Exchange(settings, outside)
        stream.follow(store.record, RECORDED)
        stream.follow(marks.read, KINDS)
        await restart.restore(store, exchange, logger)
        await stack.enter_async_context(restart.kept_callbacks(store, exchange, logger))
        EventLog(logger, clock.wall).listen(stream)
        trace = await stack.enter_async_context(_capture(exchange, logger))
        journal = await stack.enter_async_context(_journal(exchange, logger))
        room = Upkeep(settings.store.recordings, settings.recordings, clock.wall, logger)
        exchange.recordings.has_room = lambda: room.has_room
        exchange.opening.follow()
        await exchange.sip.start()
        stack.push_async_callback(exchange.sip.stop)
        await stack.enter_async_context(watched(certificates, logger, for_agents.renew))
        restart.restore_phones(book, exchange, logger)
        stack.push_async_callback(exchange.upkeep.registrations.close)
        await stack.enter_async_context(agent_server(exchange, for_agents))
        await stack.enter_async_context(_control(exchange, trace, journal, logger))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(exchange.notices.screen_pop.load())
            works = _background(exchange, prompts, store, room, logger)
            endless = [tasks.create_task(work) for work in works]
            try:
                yield exchange
            finally:
                for task in endless:
                    task.cancel()


def _background(
    exchange: Exchange, prompts: PromptLibrary, store: Store, room: Upkeep, logger: Any
) -> Iterator[Coroutine[Any, Any, None]]:
    """What goes on beside the calls until the end."""
    yield _preload(exchange, prompts, logger)
    if _expects_browsers(exchange.settings):
        yield _load_handshakes(exchange)
    yield exchange.upkeep.run()
    yield exchange.desk.auditor.run()
    yield exchange.opening.run()
    yield room.run()
    yield exchange.lamps.count(partial(_mailbox, store, logger))


def _expects_browsers(settings: Settings) -> bool:
    listens_for_them = any(address.transport in ("ws", "wss") for address in settings.sip.listen)
    return listens_for_them or any(seat.kind == "webrtc" for seat in settings.seats)


async def _load_handshakes(exchange: Exchange) -> None:
    """What takes a third of a second is loaded before the first browser calls."""
    await asyncio.to_thread(exchange.services.plane.fingerprint)


@asynccontextmanager
async def _store(settings: Settings, clock: Clock) -> AsyncIterator[Store]:
    folders = settings.store
    for key in ("recordings", "voicemail", "spool"):
        _make_writable(f"store.{key}", getattr(folders, key))
    store = await Store.open(folders.url.get_secret_value(), clock=clock, spool=folders.spool)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def _phone_book(settings: Settings, clock: Clock, logger: Any) -> AsyncIterator[PhoneBook]:
    folder = settings.store.state
    _make_writable("store.state", folder)
    book = PhoneBook(folder, clock, logger)
    writing = asyncio.create_task(book.run())
    try:
        yield book
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        await book.close()


def _make_writable(key: str, folder: Path) -> None:
    """Finds out now rather than in the middle of a call; permissions alone do not tell."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"cannot write to {folder} ({key}): {reason}") from error


@asynccontextmanager
async def _media(settings: Settings, failed: Callable[[str], None]) -> AsyncIterator[EnginePlane]:
    media = settings.media
    engine = Engine(
        media.address,
        *media.rtp_ports,
        int(media.rtp_timeout * 1000),
        media.dscp,
        int(media.silence * 1000),
        media.threads or max(1, len(os.sched_getaffinity(0)) - 1),
    )
    plane = EnginePlane(engine, media.address)
    plane.on_failed = failed
    await plane.start()
    try:
        yield plane
    finally:
        await plane.stop()
        # Recordings that ended just now are told by callbacks of the next turn.
        await asyncio.sleep(0)


@asynccontextmanager
async def _prompts(settings: Settings, plane: EnginePlane) -> AsyncIterator[PromptLibrary]:
    worker = SpeechWorker()
    prompts = PromptLibrary(
        plane,
        cache_dir=settings.speech.cache,
        prompts_dir=settings.speech.prompts,
        renderer=worker,
        decoder=worker,
    )
    try:
        yield prompts
    finally:
        await prompts.close()
        await worker.close()


@asynccontextmanager
async def _capture(exchange: Exchange, logger: Any) -> AsyncIterator[Callable[[], dict[str, int]]]:
    """What `callcenter trace` and a Homer collector see; nothing at all where neither is wanted.

    Yields what it counts.
    """
    settings = exchange.settings.trace
    if not settings.capture and settings.hep is None:
        yield dict
        return
    writer = CaptureWriter(settings, logger)
    capture = Capture(exchange.clock, writer, exchange.stream.catch_up)
    exchange.sip.endpoint.tap = capture.tap
    exchange.stream.follow(capture.read, [events.CallEvent])
    writer.start()
    handing_over = asyncio.create_task(capture.run())
    try:
        yield lambda: {"dropped": capture.dropped, **writer.figures()}
    finally:
        handing_over.cancel()
        exchange.sip.endpoint.tap = None
        capture.hand_over()
        await asyncio.to_thread(writer.stop)


@asynccontextmanager
async def _journal(exchange: Exchange, logger: Any) -> AsyncIterator[Callable[[], dict[str, int]]]:
    """What the queue engine is told and answers, for `callcenter why` and the planner.

    Given are the figures of it.
    """
    settings = exchange.settings.journal
    if not settings.keep:
        yield dict
        return
    writer = JournalWriter(settings, logger)
    dispatcher = exchange.dispatcher
    journal = Journal(dispatcher.engine, exchange.chance, exchange.clock, writer)
    writer.start()
    dispatcher.journal = journal
    handing_over = asyncio.create_task(journal.run())
    try:
        yield journal.figures
    finally:
        handing_over.cancel()
        dispatcher.journal = None
        journal.hand_over()
        await asyncio.to_thread(writer.stop)


@asynccontextmanager
async def _marks(recordings: Path, logger: Any) -> AsyncIterator[MarkKeeper]:
    """Who does what when in a recording, beside it; to the end of those that end with us."""

    def failed(error: OSError) -> None:
        logger.error(
            "a mark of a recording is not written", path=error.filename, error=error.strerror
        )

    keeper = MarkKeeper(recordings, failed)
    try:
        yield keeper
    finally:
        await asyncio.to_thread(keeper.close)


@asynccontextmanager
async def _control(
    exchange: Exchange,
    trace: Callable[[], dict[str, int]],
    journal: Callable[[], dict[str, int]],
    logger: Any,
) -> AsyncIterator[None]:
    """The control socket. Where another daemon has it, calls are served without one."""
    path = exchange.settings.daemon.control
    server = ControlServer(path, Questions(exchange, trace, journal).registry())
    try:
        await server.start()
    except SocketTakenError as error:
        logger.warning("no control socket", error=str(error))
    try:
        yield
    finally:
        await server.stop()


async def _preload(exchange: Exchange, prompts: PromptLibrary, logger: Any) -> None:
    """Renders what callers will hear while the first of them are already welcome."""
    failures = await prompts.preload(prompts_of(exchange.numbers, exchange.settings))
    for failure in failures:
        logger.error("prompt cannot be played", prompt=str(failure.prompt), error=failure.reason)
    logger.info("prompts ready", failed=len(failures))


async def _mailbox(store: Store, logger: Any, box: str) -> sip.Mailbox | None:
    """What is in a box; None while the database does not answer."""
    try:
        async with asyncio.timeout(UNHEARD_LIMIT_S):
            return sip.Mailbox(*await store.voicemail.count(box))
    except (StoreError, TimeoutError) as error:
        logger.warning("messages not counted", box=box, error=str(error))
        return None
