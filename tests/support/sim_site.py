"""A whole call centre in virtual time: the real exchange between simulated wires.

Real are the exchange, its SIP stack and the agent protocol; simulated are the network
(`sim_network`), the media engine (`fake_media`) and the prompts (`fake_prompts`, each a second
long). At its end every site is drained, nothing may be left of any call, not even for the garbage
collector, and the queue engine's journal must replay to the same decisions.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
from structlog.testing import LogCapture

import sip
from callcenter import events
from callcenter.clock import Clock
from callcenter.event_stream import EventStream, log_failure
from callcenter.exchange import Exchange, Outside
from callcenter.routing.directory import Directory
from callcenter.settings import Settings, loads
from callcenter.switch.call import Call
from ivr import Flow, load_flows
from sip.stack import SipStack
from tests.support.dns_zone import Zone
from tests.support.event_story import check_stream
from tests.support.fake_media import FakePlane
from tests.support.fake_prompts import FakePrompts
from tests.support.fake_records import FakeRecords
from tests.support.garbage import GarbageWatch
from tests.support.kept_journal import KeptJournal
from tests.support.sim_desk import DeskLinks, SimDesk
from tests.support.sim_phone import HOST, PhoneUser, SimPhone
from tests.support.virtual_loop import START
from tests.support.watched_network import WatchedNetwork

CARRIER = "10.0.0.9"
EPOCH = 1_760_000_000.0
"""Wall-clock time at the start of every simulation."""
LINGER_S = 40.0
"""After the last call: so long its BYEs, callbacks and transactions take (RFC 3261, timers H to M).
"""
ANSWER_LIMIT = 3.0
"""On top of the ring time: a phone of answer mode `protocol` may take that long."""

SITE = """
[sip]
listen = ["udp:10.0.0.1:5060"]
domain = "10.0.0.1"
[media]
address = "10.0.0.1"
[store]
recordings = "{folder}/recordings"
voicemail = "{folder}/voicemail"
[[trunk]]
name = "carrier"
hosts = ["10.0.0.9:5060"]
max_calls = {max_calls}
[[queue]]
name = "sales"
skills = {{ sales = 1 }}
max_wait = 20
on_timeout = "voicemail"
[[queue]]
name = "support"
skills = {{ support = 1 }}
max_wait = 600
acw = 15
[[number]]
dnis = "4001"
queue = "sales"
[[number]]
dnis = "4002"
queue = "support"
[[number]]
dnis = "4000"
flow = "welcome"
[[seat]]
seat_no = "8001"
password = "phone-8001"
[[seat]]
seat_no = "8002"
password = "phone-8002"
[[seat]]
seat_no = "8004"
password = "phone-8004"
answer_mode = "protocol"
[[seat]]
seat_no = "8011"
password = "phone-8011"
pbx = true
[[seat]]
seat_no = "8012"
password = "phone-8012"
pbx = true
[[seat]]
seat_no = "8013"
password = "phone-8013"
pbx = true
[[agent]]
agent_id = "1001"
name = "Ann"
password = "agent-1001"
skills = {{ sales = 5, support = 3 }}
[[agent]]
agent_id = "1002"
name = "Bo"
password = "agent-1002"
class = "supervisor"
skills = {{ support = 5 }}
[[agent]]
agent_id = "1004"
name = "Dai"
password = "agent-1004"
skills = {{ sales = 1 }}
"""

_E = TypeVar("_E", bound=events.Event)


class SimSite:
    """The exchange and everybody around it."""

    def __init__(
        self,
        folder: Path,
        *,
        more: str = "",
        max_calls: int = 3,
        grace_s: float = 60.0,
        zone: Zone | None = None,
        directory: Directory | None = None,
        transports: Sequence[str] = ("udp",),
        **network: Any,
    ) -> None:
        loop = asyncio.get_running_loop()
        text = SITE.format(folder=folder, max_calls=max_calls) + more
        self.settings: Settings = loads(text, "site.toml", {})
        self.network = WatchedNetwork(**network)
        self.plane = FakePlane(address=HOST)
        self.prompts = FakePrompts(self.plane)
        self.events: list[events.Event] = []
        self.clock = Clock(loop.time, lambda: loop.time() - START + EPOCH)
        self.stop = asyncio.Event()
        """Set it to let the exchange drain."""
        self.records = FakeRecords(self.clock)
        """What the desk finds in the records."""
        self._log = LogCapture()
        logger = structlog.wrap_logger(logging.getLogger("sim"), processors=[self._log])
        self._expected = 0
        self._failures: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _, context: self._failures.append(context))
        self._users: dict[str, PhoneUser] = {}
        self._stacks: list[SipStack] = []
        self.exchange = Exchange(
            self.settings,
            Outside(
                clock=self.clock,
                plane=self.plane,
                prompts=self.prompts,
                flows=_flows(self.settings.ivr.flows_folder),
                listen=[self.network.transport(f"{name}:{HOST}:5060") for name in transports],
                records=self.records,
                directory=directory,
                stream=EventStream(partial(log_failure, logger)),
                logger=logger,
                chance=random.Random(1).random,
                ids=_ids("exchange"),
                dns=lambda: zone or Zone({}),
            ),
        )
        self.exchange.stream.subscribe(self.events.append)
        self.exchange.stream.subscribe(self.records.left, [events.VoicemailLeft])
        self.journal = KeptJournal(self.exchange)
        self.links = DeskLinks(self.exchange.desk, self.clock, grace_s=grace_s)

    # -- people and their devices ---------------------------------------------------------------

    async def caller(self, number: str = "13800138000") -> SimPhone:
        """Somebody with that number, behind the carrier's gateway."""
        return SimPhone(self, number, await self._stack(CARRIER))

    async def phone(
        self, seat_no: str, *, register: bool = True, host: str = "", transport: str = "udp"
    ) -> SimPhone:
        """The phone of a seat; it rings until somebody picks it up. Another one needs a `host`."""
        host = host or f"10.0.1.{int(seat_no) - 8000}"
        phone = SimPhone(self, seat_no, await self._stack(host, transport))
        self._users[host].phone = phone
        if register:
            assert await phone.register() == 200
        return phone

    async def gateway(self, host: str) -> SimPhone:
        """A carrier's gateway that takes calls; the callee rings until somebody picks up."""
        gateway = SimPhone(self, "gateway", await self._stack(host))
        self._users[host].phone = gateway
        return gateway

    async def desk(self, agent_id: str, seat_no: str, **params: object) -> SimDesk:
        """A client where that agent has signed in."""
        desk = await self.links.connect()
        await desk.login(agent_id, seat_no, **params)
        return desk

    async def agent(self, agent_id: str, seat_no: str) -> tuple[SimDesk, SimPhone]:
        """An idle agent at a desk with a registered phone."""
        phone = await self.phone(seat_no)
        return await self.desk(agent_id, seat_no), phone

    # -- what can be seen -----------------------------------------------------------------------

    @property
    def call(self) -> Call:
        """The newest live call."""
        return list(self.exchange.switchboard.calls.values())[-1]

    def told(self, kind: type[_E]) -> list[_E]:
        """The events of one kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def state(self, agent_id: str) -> str:
        """An agent's state, a reason in brackets."""
        view = self.exchange.dispatcher.view(agent_id)
        return f"{view.state}({view.reason})" if view.reason else view.state

    def logged(self, level: str) -> list[Any]:
        """What was logged at that level."""
        return [entry for entry in self._log.entries if entry["log_level"] == level]

    def expect_errors(self) -> list[Any]:
        """The errors logged so far, which the test wanted; others fail it."""
        errors = self.logged("error")
        self._expected = len(errors)
        return errors

    # -- the end --------------------------------------------------------------------------------

    async def close(self) -> None:
        """Everybody goes home."""
        await self.links.stop()
        for stack in self._stacks:
            await stack.stop()
        await self.exchange.sip.stop()
        self.exchange.dispatcher.close()

    def check_nothing_left(self, cycles: Sequence[str]) -> None:
        """No port, recording, call, channel or reservation is left, and nothing went wrong.

        Nor are there `cycles` of objects, which only the garbage collector could free.
        """
        exchange = self.exchange
        snapshot = exchange.dispatcher.engine.snapshot()
        assert not exchange.switchboard.calls
        assert not self.plane.ports, [port.heard_log for port in self.plane.ports]
        assert all(span.stopped_at is not None for span in self.plane.recordings)
        assert snapshot.contacts == 0
        assert all(q.waiting == q.ringing == q.talking == 0 for q in snapshot.queues), snapshot
        assert not any(map(exchange.trunking.capacity.used, exchange.trunking.trunks))
        assert exchange.services.pbx.lines.used == 0
        assert exchange.sip.endpoint.call_count == 0
        assert not self._failures, self._failures
        assert not (errors := self.logged("error")[self._expected :]), errors
        counters = exchange.sip.endpoint.counters
        assert (counters.handler_errors, counters.internal_errors) == (0, 0)
        ring_limit = max(queue.ring_timeout for queue in self.settings.queues) + ANSWER_LIMIT
        ring_limit = max(ring_limit, self.settings.pbx.ring_timeout)
        check_stream(self.events, ring_limit)
        self.journal.check()
        assert not cycles, "\n".join(cycles)

    async def _stack(self, host: str, transport: str = "udp") -> SipStack:
        for stack in self._stacks:
            if stack.addresses[0].host == host:
                return stack
        self._users[host] = user = PhoneUser()
        config = sip.EndpointConfig(trunks=(sip.Trunk("exchange", (HOST,)),))
        wire = self.network.transport(f"{transport}:{host}:5060")
        stack = SipStack([wire], user, config, ids=_ids(host))
        await stack.start()
        self._stacks.append(stack)
        return stack


@cache
def _flows(folder: Path) -> Mapping[str, Flow]:
    """Read once: a quarter of what a short simulation costs."""
    return load_flows(folder)


def _ids(seed: str) -> Callable[[], str]:
    """The same ids every time: what is drawn from them (pauses, jitter) repeats itself, too."""
    chance = random.Random(seed)
    return lambda: f"{chance.getrandbits(64):016x}"


@contextlib.asynccontextmanager
async def running_site(folder: Path, **options: Any) -> AsyncIterator[SimSite]:
    """A started site (see `SimSite`); at its end it is drained, and nothing may be left."""
    with GarbageWatch() as garbage:
        site = SimSite(folder, **options)
        async with _at_work(site):
            yield site
        site.check_nothing_left(garbage.cycles())


@contextlib.asynccontextmanager
async def _at_work(site: SimSite) -> AsyncIterator[None]:
    started = asyncio.Event()
    await site.exchange.sip.start()
    board = asyncio.create_task(site.exchange.switchboard.run(started.set, site.stop))
    await started.wait()
    upkeep = asyncio.create_task(site.exchange.upkeep.run())
    auditing = asyncio.create_task(site.exchange.desk.auditor.run())
    site.exchange.opening.follow()
    opening = asyncio.create_task(site.exchange.opening.run())
    try:
        yield
    finally:
        upkeep.cancel()
        auditing.cancel()
        opening.cancel()
        site.stop.set()
        await board
        site.exchange.desk.sign_out_all("shutdown")
        await asyncio.sleep(LINGER_S)
        await site.close()


async def moment() -> None:
    """Lets everything happen that takes no time."""
    await asyncio.sleep(0.01)
