"""An in-memory network for SIP stacks on one loop: real or virtual time, seeded loss and delay."""

import asyncio
import random
from collections import Counter, defaultdict, deque

from sip import Address
from sip.transport import Receiver


class SimNetwork:
    """Carries datagrams between its transports; what goes nowhere is lost, as on a real one.

    `delay` is one way, in seconds; up to `jitter` is added to each datagram, so that they may
    overtake one another, with `grid` in whole numbers of it; with neither they keep their order.
    `loss` is the share that disappears. Messages over tcp are neither lost nor overtaken.
    `carried` and `lost` count.
    """

    def __init__(
        self,
        *,
        delay: float = 0.0,
        jitter: float = 0.0,
        grid: float = 0.0,
        loss: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.delay = delay
        self.jitter = jitter
        self.grid = grid
        self.loss = loss
        self.carried = 0
        self.lost = 0
        self._random = random.Random(seed)
        self._transports: dict[Address, SimTransport] = {}
        self._unplugged: dict[Address, SimTransport] = {}
        self._connections: Counter[frozenset[Address]] = Counter()
        """How many connections of two stream addresses have been lost."""
        self._streams: defaultdict[tuple[Address, Address], deque[tuple[bytes, int]]]
        self._streams = defaultdict(deque)
        """What is under way over tcp, in its order, each with its connection."""
        self._datagrams: deque[tuple[bytes, Address, Address]] = deque()
        """What is under way and keeps its order; timers of one moment have none."""

    def transport(self, address: str) -> "SimTransport":
        """A transport for a stack, such as `udp:10.0.0.1:5060`. A tcp one loses nothing."""
        return SimTransport(self, Address.parse(address))

    def attach(self, transport: "SimTransport") -> None:
        """Plug in. OSError when the address is taken."""
        if transport.local in self._transports:
            raise OSError(f"cannot listen on {transport.local}: address in use")
        self._transports[transport.local] = transport

    def detach(self, transport: "SimTransport") -> None:
        """Unplug."""
        self._transports.pop(transport.local, None)
        self._unplugged.pop(transport.local, None)

    def lose_host(self, host: str) -> None:
        """Unplug all of a host's transports."""
        for address in [each for each in self._transports if each.host == host]:
            self._unplugged[address] = self._transports.pop(address)

    def restore_hosts(self) -> set[str]:
        """Plug in again what was lost; which hosts that were."""
        found = {address.host for address in self._unplugged}
        self._transports |= self._unplugged
        self._unplugged.clear()
        return found

    def lose_connection(self, one: Address, other: Address) -> None:
        """What is under way between the two is lost, and both are told; they may connect again."""
        self._connections[frozenset((one, other))] += 1
        for local, remote in ((one, other), (other, one)):
            if transport := self._transports.get(local):
                transport.refuse(remote)

    def carry(self, data: bytes, source: Address, destination: Address) -> None:
        """Take a message from `source`; it arrives in a later turn of the loop."""
        if not source.reliable and self.loss and self._random.random() < self.loss:
            self.lost += 1
            return
        loop = asyncio.get_running_loop()
        if source.reliable:
            connection = self._connections[frozenset((source, destination))]
            self._streams[source, destination].append((data, connection))
            loop.call_later(self.delay, self._next_arrives, source, destination)
            return
        if not self.jitter and not self.grid:
            self._datagrams.append((data, source, destination))
            loop.call_later(self.delay, lambda: self._arrive(*self._datagrams.popleft()))
            return
        delay = self.delay
        if self.jitter:
            slower = self._random.random() * self.jitter
            delay += round(slower / self.grid) * self.grid if self.grid else slower
        loop.call_later(delay, self._arrive, data, source, destination)

    def _next_arrives(self, source: Address, destination: Address) -> None:
        data, connection = self._streams[source, destination].popleft()
        if connection == self._connections[frozenset((source, destination))]:
            self._arrive(data, source, destination)
        else:
            self.lost += 1

    def _arrive(self, data: bytes, source: Address, destination: Address) -> None:
        transport = self._transports.get(destination)
        if transport is None:
            self.lost += 1
            sender = self._transports.get(source)
            if source.reliable and sender is not None:
                sender.refuse(destination)
            return
        self.carried += 1
        transport.accept(data, source)


class SimTransport:
    """One address on a `SimNetwork`."""

    def __init__(self, network: SimNetwork, local: Address) -> None:
        self.local = local
        self._network = network
        self._receiver: Receiver | None = None

    @property
    def ipv6(self) -> bool:
        return ":" in self.local.host

    async def start(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._network.attach(self)

    def send(self, data: bytes, destination: Address) -> None:
        self._network.carry(data, self.local, destination)

    def withdraw(self, data: bytes, destination: Address) -> None:
        """Nothing waits here."""

    async def stop(self) -> None:
        self._receiver = None
        self._network.detach(self)

    def accept(self, data: bytes, source: Address) -> None:
        """A message arrived."""
        if self._receiver is not None:
            self._receiver.on_message(data, source, self.local)

    def refuse(self, destination: Address) -> None:
        """A connection could not be opened."""
        if self._receiver is not None:
            self._receiver.on_connection_lost(destination)
