"""The asyncio shell: feeds the endpoint, sends what it puts out, keeps its one timer."""

import asyncio
import dataclasses
import secrets
from collections.abc import Callable, Sequence

from sip.address import Address, Send, split_host_port
from sip.deadlines import NEVER
from sip.endpoint import Endpoint
from sip.transport import (
    Connections,
    SipTransport,
    StreamTransport,
    TransportOptions,
    UdpTransport,
)
from sip.user import EndpointConfig, EndpointUser


def random_ids(batch: int = 128) -> Callable[[], str]:
    """A source of ids for tags, branches and Call-IDs: 64 unguessable bits each.

    Chance is drawn from the system a batch at a time: a call takes nine ids.
    """
    drawn: list[str] = []

    def draw() -> str:
        if not drawn:
            chance = secrets.token_hex(8 * batch)
            drawn.extend([chance[start : start + 16] for start in range(0, len(chance), 16)])
        return drawn.pop()

    return draw


class SipStack:
    """An endpoint on real (or simulated) transports.

    `listen` names addresses as `make_transport` reads them, or holds transports; port 0 takes any
    free port. The clock is the running loop's.
    """

    def __init__(
        self,
        listen: Sequence[str | SipTransport],
        user: EndpointUser,
        config: EndpointConfig,
        *,
        options: TransportOptions | None = None,
        ids: Callable[[], str] | None = None,
    ) -> None:
        options = options or TransportOptions()
        connections = Connections(options.limits)
        self._transports = [
            make_transport(each, options, connections) if isinstance(each, str) else each
            for each in listen
        ]
        self._by_local: dict[Address, SipTransport] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = NEVER
        config = dataclasses.replace(config, clock=self._time)
        self.endpoint = Endpoint(user, config=config, ids=ids or random_ids())

    @property
    def addresses(self) -> list[Address]:
        """The bound addresses, in the order of `listen`."""
        return [transport.local for transport in self._transports]

    async def start(self) -> None:
        """Bind all addresses; raises OSError naming the one that cannot be bound."""
        self._loop = asyncio.get_running_loop()
        started: list[SipTransport] = []
        try:
            for transport in self._transports:
                await transport.start(self)
                started.append(transport)
        except OSError:
            for transport in started:
                await transport.stop()
            raise
        for transport in self._transports:
            self._by_local[transport.local] = transport
            self.endpoint.bind(transport.local, ipv6=transport.ipv6)
        self.endpoint.on_output = self._flush
        self.endpoint.on_withdrawn = self._withdraw
        self._flush()

    async def stop(self) -> None:
        """Close all addresses. Calls are not ended: that is the application's decision."""
        self.endpoint.on_output = self.endpoint.on_withdrawn = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._timer_at = None, NEVER
        for transport in self._transports:
            await transport.stop()
        self._by_local.clear()

    def on_message(self, data: bytes, source: Address, local: Address) -> None:
        """From a transport."""
        assert self._loop is not None, "who hears something has been started"
        self.endpoint.receive(data, source, local, self._loop.time())

    def admits(self, source: Address) -> bool:
        """From a transport: a connection counts like a message, and the banned make none."""
        return self.endpoint.guard.admits(source.host, self._time())

    def is_known(self, host: str) -> bool:
        """From a transport: trunks and phones go first in a crowd."""
        return not self.endpoint.guard.is_stranger(host, self._time())

    def on_behind(self, seconds: float) -> None:
        """From a transport."""
        self.endpoint.overload.note_backlog(seconds, self._time())

    def on_connection_lost(self, source: Address) -> None:
        """From a transport."""
        self.endpoint.connection_lost(source, self._time())

    def _time(self) -> float:
        assert self._loop is not None, "the stack has not been started"
        return self._loop.time()

    def _flush(self) -> None:
        outgoing = self.endpoint.outgoing
        if outgoing:
            for data, destination, local in outgoing:
                transport = self._by_local.get(local)
                if transport is not None:
                    transport.send(data, destination)
            outgoing.clear()
        deadline = self.endpoint.alarm.at
        if deadline < self._timer_at:
            self._arm(deadline)

    def _withdraw(self, send: Send) -> None:
        transport = self._by_local.get(send.local)
        if transport is not None:
            transport.withdraw(send.data, send.destination)

    def _arm(self, deadline: float) -> None:
        """Set the timer. One that is set for too early is left alone: it sets itself again."""
        if self._timer is not None:
            self._timer.cancel()
        assert self._loop is not None
        self._timer_at = deadline
        self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        due, now = self._timer_at, self._time()
        self._timer, self._timer_at = None, NEVER
        self.endpoint.overload.note_lag(now - due, now)
        # The loop may call a little early (its clock has a resolution); what was asked for is due.
        self.endpoint.advance(max(now, due))


def make_transport(
    listen: str,
    options: TransportOptions | None = None,
    connections: Connections | None = None,
) -> SipTransport:
    """The transport for `tls:0.0.0.0:5061`, or `udp:0.0.0.0:5060 advertise 203.0.113.7:5060`.

    The latter is for machines behind address translation: what peers are told may be a name, and
    its port may be left out where it is the same. ValueError for anything else, and for a secure
    transport without a certificate.
    """
    where, word, told = listen.partition(" advertise ")
    address = Address.parse(where)
    advertised = None
    if word:
        host, port = split_host_port(told)
        if not host:
            raise ValueError(f"{listen!r}: what is advertised is missing")
        advertised = Address(address.transport, host, port or 0)
    if address.transport == "udp":
        return UdpTransport(address, advertised, options)
    return StreamTransport(address, advertised, options, connections)
