"""The asyncio shell: feeds the endpoint, sends what it puts out, keeps its one timer."""

import asyncio
import dataclasses
import secrets
from collections.abc import Callable, Sequence

from sip.address import Address
from sip.endpoint import Endpoint
from sip.transport import SipTransport, TcpTransport, UdpTransport
from sip.user import EndpointConfig, EndpointUser


def random_ids(batch: int = 128) -> Callable[[], str]:
    """A source of ids for tags, branches and Call-IDs: 64 unguessable bits each.

    Chance is drawn from the system a batch at a time: a call takes nine ids.
    """
    drawn: list[str] = []

    def draw() -> str:
        if not drawn:
            chance = secrets.token_hex(8 * batch)
            drawn.extend(chance[start : start + 16] for start in range(0, len(chance), 16))
        return drawn.pop()

    return draw


class SipStack:
    """An endpoint on real (or simulated) transports.

    `listen` names addresses such as `udp:127.0.0.1:5060`, or holds transports; port 0 takes any
    free port. `advertised` is the host that peers are told, for machines behind address
    translation. The clock is the running loop's.
    """

    def __init__(
        self,
        listen: Sequence[str | SipTransport],
        user: EndpointUser,
        config: EndpointConfig,
        *,
        advertised: str | None = None,
        ids: Callable[[], str] | None = None,
    ) -> None:
        self._transports = [
            make_transport(each, advertised) if isinstance(each, str) else each for each in listen
        ]
        self._by_local: dict[Address, SipTransport] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
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
            self.endpoint.bind(transport.local)
        self.endpoint.on_output = self._flush
        self._flush()

    async def stop(self) -> None:
        """Close all addresses. Calls are not ended: that is the application's decision."""
        self.endpoint.on_output = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for transport in self._transports:
            await transport.stop()
        self._by_local.clear()

    def on_message(self, data: bytes, source: Address, local: Address) -> None:
        """From a transport."""
        self.endpoint.receive(data, source, local, self._time())

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
        self._arm(self.endpoint.next_deadline())

    def _arm(self, deadline: float | None) -> None:
        """Set the timer. One that is set for too early is left alone: it sets itself again."""
        if deadline is None or (self._timer is not None and self._timer_at <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        assert self._loop is not None
        self._timer_at = deadline
        self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        now = self._time()
        self.endpoint.overload.note_lag(now - self._timer_at, now)
        # The loop may call a little early (its clock has a resolution); what was asked for is due.
        self.endpoint.advance(max(now, self._timer_at))


def make_transport(listen: str, advertised: str | None = None) -> SipTransport:
    """The transport for `udp:HOST:PORT` or `tcp:HOST:PORT`. ValueError for anything else."""
    address = Address.parse(listen)
    if address.transport == "udp":
        return UdpTransport(address, advertised)
    return TcpTransport(address, advertised)
