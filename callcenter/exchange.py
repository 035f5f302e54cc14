"""The exchange: everything between the wire and the records, wired together by hand, here only.

It knows no process: the daemon gives it sockets, a database and signals, a simulation gives it an
in-memory network and virtual time.
"""

import dataclasses
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

import acd
import ivr
import sip
from callcenter import events
from callcenter.calendars.opening import Opening
from callcenter.clock import Clock
from callcenter.desk.handler import Desk
from callcenter.desk.notices import Notices
from callcenter.desk.records import DeskRecords
from callcenter.desk.screen_pop import ScreenPop
from callcenter.event_stream import EventStream
from callcenter.journal.journal import Chance
from callcenter.recordings.recorder import RecordingFolder
from callcenter.routing import dial_plan
from callcenter.routing.call_filter import Blacklist, Filters
from callcenter.routing.customers import Customers
from callcenter.routing.dial_plan import DialPlan
from callcenter.routing.directory import Directory, TableDirectory
from callcenter.routing.dispatcher import Dispatcher
from callcenter.routing.numbering import Numbering
from callcenter.routing.numbers import NumberPlan
from callcenter.routing.rights import DialRights
from callcenter.routing.toll import Toll
from callcenter.routing.trunking import Trunking
from callcenter.routing.upkeep import TrunkUpkeep
from callcenter.settings import QueueSettings, Settings
from callcenter.statistics.forecast import Forecast
from callcenter.statistics.live import Level, LiveLevels
from callcenter.switch.admission import RETRY_AFTER_S
from callcenter.switch.callbacks import Callbacks
from callcenter.switch.devices import Devices
from callcenter.switch.front import SipFront
from callcenter.switch.lines import SeatLines
from callcenter.switch.roster import Roster
from callcenter.switch.services import Pbx, Prompts, Services
from callcenter.switch.stations import Stations
from callcenter.switch.supervisions import Supervisions
from callcenter.switch.switchboard import Switchboard
from callcenter.switch.voices import Voices
from callcenter.voicemail.lamps import Lamps
from media.plane import MediaPlane
from sip.address import TRANSPORTS
from sip.guard import SCANNERS
from sip.location import Locator, Records
from sip.stack import SipStack, random_ids
from sip.transport import ConnectionLimits, SipTransport, TlsContexts, TransportOptions


@dataclass(frozen=True, slots=True)
class Outside:
    """What the exchange stands on."""

    clock: Clock
    plane: MediaPlane
    prompts: Prompts
    flows: Mapping[str, ivr.Flow]
    listen: Sequence[str | SipTransport]
    """Where SIP is spoken."""
    records: DeskRecords
    stream: EventStream
    """Where it tells what happens."""
    logger: Any
    nonce_secret: bytes = b""
    """Signs digest nonces; empty for one that is forgotten at the end."""
    chance: Callable[[], float] = random.random
    """Draws from [0, 1)."""
    ids: Callable[[], str] = field(default_factory=random_ids)
    """Makes ids that nobody can guess."""
    dns: Callable[[], Records] | None = None
    """Where names are looked up; None: with the name servers of the site, or of the system."""
    tls: TlsContexts | None = None
    """Certificates; secure listeners need them."""
    directory: Directory | None = None
    """Where customers are looked up; None: in the table of customers."""


class Exchange:
    """A running call centre without its process."""

    def __init__(self, settings: Settings, outside: Outside) -> None:
        self.settings = settings
        self.clock = outside.clock
        self.stream = outside.stream
        self._logger = outside.logger
        self.roster = Roster(settings.agents, settings.seats)
        self.chance = Chance(outside.chance)
        self.dispatcher = Dispatcher(
            acd.Engine(map(queue_config, settings.queues), self.chance.draw),
            self.clock,
            self.stream,
            self._seat_of,
            self._command_failed,
        )
        self.opening = Opening(
            settings.calendars, settings.queues, self.clock, self.dispatcher.post, outside.logger
        )
        self.lamps = Lamps(
            settings.seats, lambda seat_no: self.sip.endpoint.mailbox_changed(seat_no)
        )
        self.stream.subscribe(self.lamps.message_left, [events.VoicemailLeft])
        self.stream.subscribe(self.lamps.message_marked, [events.MessageMarked])
        self.stream.subscribe(self.lamps.message_deleted, [events.MessageDeleted])
        front = SipFront(self.roster, self.lamps)
        self.sip = SipStack(
            outside.listen,
            front,
            self._endpoint_config(outside),
            options=transport_options(settings, outside.tls),
            ids=outside.ids,
        )
        self.trunking = Trunking(settings, outside.chance, outside.logger)
        self.customers = self._customers()
        self._remembers = False
        self.remember_last_agents()
        self.reload_customers: Callable[[], Awaitable[int]] | None = None
        """Reads the table of customers anew; how many there are."""
        self.numbers = NumberPlan(settings.numbers, outside.flows)
        self.upkeep = TrunkUpkeep(
            self.trunking,
            self.sip.endpoint,
            partial(make_locator, settings, self.sip.endpoint, outside.dns),
            self.clock,
            outside.logger,
            settings.sip.domain,
        )
        self.services = self._services(outside)
        self.recordings = RecordingFolder(
            settings.store.recordings, max_file_mb=settings.recordings.max_file_mb
        )
        self.switchboard = Switchboard(self.services, self.numbers, self.recordings, outside.ids)
        self.services.callbacks.board = self.switchboard
        front.admit, front.admits = self.switchboard.on_call, self.switchboard.takes_calls
        devices = Devices(self.services)
        front.binding_changed = devices.binding_changed
        self.notices = Notices(
            self.clock, self.stream, screen_pop(settings), self.switchboard.known_of
        )
        self.desk = Desk(self.services, self.switchboard, devices, self.notices, outside.records)

    def _services(self, outside: Outside) -> Services:
        settings, pbx = self.settings, self._pbx()
        queues = {queue.name: queue for queue in settings.queues}
        return Services(
            settings=settings,
            clock=self.clock,
            stream=self.stream,
            sip=self.sip,
            plane=outside.plane,
            prompts=outside.prompts,
            dispatcher=self.dispatcher,
            opening=self.opening,
            roster=self.roster,
            trunking=self.trunking,
            pbx=pbx,
            queues=queues,
            supervisions=Supervisions(self.stream),
            voices=Voices(self.clock, self.stream),
            customers=self.customers,
            directory=outside.directory or TableDirectory(self.customers),
            callbacks=self._callbacks(pbx, queues),
            forecast=self._forecast(),
            levels=self._levels(),
            stations=Stations(self.roster, self.dispatcher, settings.media.rtp_timeout),
            new_session_id=count(1).__next__,
            logger=outside.logger,
        )

    def _callbacks(self, pbx: Pbx, queues: dict[str, QueueSettings]) -> Callbacks:
        def may_call(number: str) -> bool:
            clock, trunking = self.clock, self.trunking
            if trunking.is_emergency(number) or trunking.ways(number, clock.now()) is None:
                return False
            # The caller chose the number: whoever forges one abroad must not make us dial it.
            if self.settings.pbx.dial != "all" and trunking.numbering.is_abroad(number):
                return False
            return pbx.refusal(None, dial_plan.Outside(number), clock.wall()) is None

        numbering = self.trunking.numbering
        return Callbacks(
            queues,
            self.dispatcher,
            self.clock,
            self.stream,
            may_call,
            lambda number: numbering.format(number, "e164"),
        )

    def _customers(self) -> Customers:
        numbering = self.trunking.numbering
        return Customers(lambda number: numbering.format(number, "e164"), self.roster.agent_at)

    def remember_last_agents(self) -> None:
        """From now on, if a queue wants to know; a repeated call changes nothing."""
        if not self._remembers and any(queue.last_agent for queue in self.settings.queues):
            self._remembers = True
            self.stream.subscribe(self.customers.read, [events.TalkStarted])

    def _forecast(self) -> Forecast:
        forecast = Forecast(self.dispatcher.engine, self.clock.now)
        self.stream.subscribe(forecast.read, Forecast.KINDS)
        return forecast

    def _levels(self) -> LiveLevels:
        levels = LiveLevels(
            {
                queue.name: Level(queue.answer_within, queue.service_level)
                for queue in self.settings.queues
            }
        )
        self.stream.follow(levels.read, LiveLevels.KINDS)
        return levels

    def _pbx(self) -> Pbx:
        settings, numbering = self.settings, self.trunking.numbering
        return Pbx(
            plan=DialPlan(
                settings.pbx,
                self.numbers,
                settings.numbers,
                settings.seats,
                {trunk.name: trunk.extensions for trunk in settings.trunks},
                self.trunking.is_emergency,
            ),
            rights=DialRights(settings.pbx, numbering.is_abroad, numbering.spellings),
            toll=Toll(
                settings.pbx,
                settings.seats,
                {t.name: t.daily_minutes for t in settings.trunks if t.daily_minutes is not None},
            ),
            filters=Filters(Blacklist(settings.pbx)),
            lines=SeatLines(self.roster, self.dispatcher),
            bridges={},
        )

    def _endpoint_config(self, outside: Outside) -> sip.EndpointConfig:
        return dataclasses.replace(
            endpoint_config(self.settings),
            nonce_secret=outside.nonce_secret,
            epoch=outside.clock.wall(0.0).timestamp(),
        )

    def _seat_of(self, agent_id: str) -> str:
        sign_in = self.roster.of_agent(agent_id)
        return sign_in.seat_no if sign_in is not None else ""

    def _command_failed(self, command: acd.Command, error: Exception) -> None:
        self._logger.error("command failed", command=repr(command), exc_info=error)


def screen_pop(settings: Settings) -> ScreenPop:
    """The site file's `[screen_pop]` as the desk knows it."""
    return ScreenPop(settings.screen_pop, settings.routing.country, settings.speech.language)


def queue_config(queue: QueueSettings) -> acd.QueueConfig:
    """A queue of the site file as the queue engine knows it."""
    return acd.QueueConfig(
        name=queue.name,
        skills=queue.skills,
        strategy=queue.strategy,
        ring_timeout=queue.ring_timeout,
        max_wait=queue.max_wait,
        acw=queue.acw,
        busy_after_no_answer=queue.busy_after_no_answer,
        overflow_no_agents=queue.on_no_agents is not None,
        idle_time=queue.idle_time,
        ranking=queue.ranking,
        ring_at_once=queue.ring_at_once,
        priority_worth=queue.priority_worth,
        weight=queue.weight,
        steps=tuple(acd.Step(**dict(step)) for step in queue.steps),
        overflow_all_busy=queue.on_all_busy is not None,
        max_length=queue.max_length,
    )


def make_locator(
    settings: Settings, endpoint: sip.Endpoint, dns: Callable[[], Records] | None
) -> Locator:
    """Looks names up for what the endpoint speaks. `LocationError`: no name server is known."""
    transports = [name for name in TRANSPORTS if endpoint.speaks(name)]
    ipv6 = [name for name in TRANSPORTS if endpoint.speaks(name, ipv6=True)]
    if dns is not None:
        records = dns()
    else:
        from sip.location.resolver import DnsRecords

        servers = settings.sip.dns_servers
        records = DnsRecords([(server.host, server.port) for server in servers])
    return Locator(records, {*transports, *ipv6}, ipv6=bool(ipv6))


def endpoint_config(settings: Settings) -> sip.EndpointConfig:
    """The site file as the SIP endpoint knows it."""
    spoken = settings.sip
    return sip.EndpointConfig(
        realm=spoken.domain,
        user_agent=spoken.user_agent,
        trunks=tuple(
            sip.Trunk(trunk.name, tuple(str(host) for host in trunk.known_hosts), trunk.behind)
            for trunk in settings.trunks
        ),
        expiry=sip.Expiry(
            minimum=spoken.min_expires, maximum=spoken.max_expires, default=spoken.max_expires
        ),
        digest_algorithms=spoken.digest_algorithms,
        reliable=spoken.reliable_provisionals,
        session_timer=spoken.session_timer,
        session_expires=spoken.session_expires,
        min_se=spoken.min_se,
        timers=sip.TimerConfig(t1=spoken.t1, t2=spoken.t2, t4=spoken.t4),
        retry_after=RETRY_AFTER_S,
        max_redirects=spoken.max_redirects,
        large_requests_over_tcp=spoken.large_requests_over_tcp,
        is_emergency=Numbering(settings.routing.country, settings.routing.emergency).is_emergency,
        guard=guard_policy(settings),
    )


def transport_options(settings: Settings, tls: TlsContexts | None) -> TransportOptions:
    """The site file as the SIP transports know it."""
    spoken = settings.sip
    return TransportOptions(
        limits=ConnectionLimits(
            connections=spoken.max_connections, per_host=spoken.max_connections_per_host
        ),
        tls=tls,
        origins=spoken.websocket_origins,
        dscp=spoken.dscp,
    )


def guard_policy(settings: Settings) -> sip.GuardPolicy:
    """The site file's `[guard]` as the SIP endpoint knows it."""
    guard = settings.guard
    return sip.GuardPolicy(
        allow=guard.allow,
        deny=guard.deny,
        exempt=guard.exempt,
        roaming=guard.roaming,
        rate=guard.rate,
        burst=guard.burst,
        phone_rate=guard.phone_rate,
        strangers_rate=guard.strangers_rate,
        max_failures=guard.max_failures,
        ban=guard.ban_s,
        ban_max=guard.ban_max_s,
        scanners=(*SCANNERS, *guard.scanners),
        max_lag=guard.max_lag_s,
    )
