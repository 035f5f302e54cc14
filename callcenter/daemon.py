"""The process around the exchange: start-up in order, signals, shut-down in the opposite order."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import structlog

import agent_proto as proto
import ivr
from callcenter.clock import Clock
from callcenter.event_log import EventLog
from callcenter.exchange import Exchange, Outside
from callcenter.flows.spoken import prompts_of
from callcenter.settings import Settings
from callcenter.speech.prompts import PromptLibrary
from callcenter.speech.worker_client import SpeechWorker
from callcenter.store.cdr import CdrProjection
from callcenter.store.errors import StoreError
from callcenter.store.ids import record_ids
from callcenter.store.store import Store
from callcenter.switch.roster import SignIn
from callcenter.systemd import Notifier, feed_watchdog, watchdog_interval
from media._engine import Engine
from media.engine_plane import EnginePlane

UNHEARD_LIMIT_S = 1.0
"""How long a login waits for the number of unheard messages: agents come before figures."""


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
    stop = asyncio.Event()
    logger = structlog.get_logger()
    notifier = Notifier()

    def stopping(number: signal.Signals) -> None:
        if not stop.is_set():
            logger.info("stopping", signal=number.name, drain_s=settings.daemon.drain_s)
            notifier.stopping(settings.daemon.drain_s + 10)
            stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping, number)
    async with running(settings, logger) as exchange, _watchdog(notifier):
        await exchange.switchboard.run(partial(_started, exchange, notifier, logger), stop)
    logger.info("stopped")
    notifier.close()


def _started(exchange: Exchange, notifier: Notifier, logger: Any) -> None:
    addresses = ", ".join(map(str, exchange.sip.addresses))
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
async def running(settings: Settings, logger: Any) -> AsyncIterator[Exchange]:
    """An exchange on real sockets, engine and database; everything is closed at the end.

    `OSError` or `StoreError` with one clear line when something cannot be had.
    """
    loop = asyncio.get_running_loop()
    clock = Clock(loop.time)
    flows = ivr.load_flows(settings.ivr.flows_folder)
    settings.store.recordings.mkdir(parents=True, exist_ok=True)
    settings.store.voicemail.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.store.url.get_secret_value(), spool=settings.store.spool)
        stack.push_async_callback(store.close)
        media = settings.media
        engine = Engine(media.address, *media.rtp_ports, int(media.rtp_timeout * 1000))
        plane = EnginePlane(engine, media.address)
        await plane.start()
        stack.push_async_callback(plane.stop)
        worker = SpeechWorker()
        stack.push_async_callback(worker.close)
        prompts = PromptLibrary(
            plane,
            cache_dir=settings.speech.cache,
            prompts_dir=settings.speech.prompts,
            renderer=worker,
            decoder=worker,
        )
        stack.push_async_callback(prompts.close)
        exchange = Exchange(
            settings,
            Outside(
                clock=clock,
                plane=plane,
                prompts=prompts,
                flows=flows,
                listen=[str(address) for address in settings.sip.listen],
                count_unheard=partial(_unheard, store, logger),
                logger=logger,
            ),
        )
        records = CdrProjection(clock.wall, record_ids())
        exchange.stream.subscribe(lambda event: store.put(records.handle(event)))
        exchange.stream.subscribe(EventLog(logger).read)
        stack.callback(lambda: store.put(records.close(clock.now())))
        await exchange.sip.start()
        stack.push_async_callback(exchange.sip.stop)
        server = proto.AgentServer(
            exchange.desk,
            host=settings.agent_proto.listen.host,
            port=settings.agent_proto.listen.port,
            wall=clock.wall,
            limits=proto.Limits(
                heartbeat_s=settings.agent_proto.heartbeat_s, grace_s=settings.agent_proto.grace_s
            ),
        )
        await server.start()
        stack.push_async_callback(server.stop)
        async with asyncio.TaskGroup() as tasks:
            preloading = tasks.create_task(_preload(exchange, prompts, logger))
            try:
                yield exchange
            finally:
                preloading.cancel()


async def _preload(exchange: Exchange, prompts: PromptLibrary, logger: Any) -> None:
    """Renders what callers will hear while the first of them are already welcome."""
    failures = await prompts.preload(prompts_of(exchange.numbers, exchange.settings))
    for failure in failures:
        logger.error("prompt cannot be played", prompt=str(failure.prompt), error=failure.reason)
    logger.info("prompts ready", failed=len(failures))


async def _unheard(store: Store, logger: Any, sign_in: SignIn) -> int:
    """Messages nobody has heard in the agent's own box; 0 while the database does not answer."""
    try:
        async with asyncio.timeout(UNHEARD_LIMIT_S):
            return await store.voicemail.unheard(sign_in.agent_id)
    except (StoreError, TimeoutError) as error:
        logger.warning("unheard messages not counted", error=str(error))
        return 0
