"""A bad network between a phone and us: seeded loss, bursts and jitter, on real UDP sockets.

`Fates` decides, purely and the same in every run, what becomes of each packet; `ImpairedPath` does
it to the datagrams between two sockets. The path has a thread of its own, so that it serves rigs
with and without an event loop.
"""

import heapq
import random
import select
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

Address: TypeAlias = tuple[str, int]
_LARGEST = 2048


@dataclass(frozen=True, slots=True)
class Impairment:
    """What a network does to packets, in one direction."""

    loss: float = 0.0
    """The share of packets that is lost, 0 to 1."""
    burst: float = 1.0
    """How many are lost one after the other, on average; 1 is as good as random for a small loss
    (Gilbert's model: two states, with geometric lengths)."""
    jitter_ms: float = 0.0
    """Each packet comes up to so much later, evenly spread and each for itself: they may overtake
    each other."""


class Fates:
    """Says of one packet after the other how late it comes, in seconds, or None: lost."""

    def __init__(self, impairment: Impairment, seed: int) -> None:
        self._impairment = impairment
        self._random = random.Random(seed)
        self._losing = False

    def __iter__(self) -> Iterator[float | None]:
        return self

    def __next__(self) -> float | None:
        """The next packet's."""
        loss, burst = self._impairment.loss, self._impairment.burst
        if burst <= 1.0:
            self._losing = self._random.random() < loss
        elif self._losing:
            self._losing = self._random.random() >= 1 / burst
        else:
            # Runs of losses and of deliveries alternate, of mean lengths as loss to 1 - loss.
            self._losing = self._random.random() < loss / (burst * (1 - loss))
        late = self._random.uniform(0, self._impairment.jitter_ms / 1000)
        return None if self._losing else late


class ImpairedPath:
    """A UDP relay on loopback: a phone sends to `address` what is meant for `target`.

    The target sees one source, and what it sends back reaches whoever sent last. Use by `with`.
    """

    def __init__(
        self,
        target: Address,
        there: Impairment,
        back: Impairment | None = None,
        *,
        seed: int = 1,
    ) -> None:
        """`there` is what happens to packets for the target, `back` to those from it (nothing)."""
        self._near, self._far = _bound(), _bound()
        self._stop, self._stopped = socket.socketpair()
        self.address: Address = self._near.getsockname()
        self.source: Address = self._far.getsockname()
        """Where the target sees its packets come from."""
        self._target = target
        self._sender: Address | None = None
        self._fates = {
            self._near: Fates(there, seed),
            self._far: Fates(back or Impairment(), seed + 1),
        }
        self._waiting: list[tuple[float, int, socket.socket, bytes]] = []
        self.lost = {"there": 0, "back": 0}
        self.passed = {"there": 0, "back": 0}
        self._thread = threading.Thread(target=self._run, name="impaired-path")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.send(b"!")
        self._thread.join()
        for each in (self._near, self._far, self._stop, self._stopped):
            each.close()

    def _run(self) -> None:
        sockets = [self._near, self._far, self._stopped]
        taken = 0
        while True:
            ready, _, _ = select.select(sockets, [], [], self._pause())
            if self._stopped in ready:
                return
            for each in ready:
                taken += 1
                self._take(each, taken)
            self._pass_on()

    def _pause(self) -> float | None:
        if not self._waiting:
            return None
        return max(0.0, self._waiting[0][0] - time.monotonic())

    def _take(self, came_by: socket.socket, number: int) -> None:
        try:
            datagram, sender = came_by.recvfrom(_LARGEST)
        except ConnectionError:  # the other side has closed its port
            return
        is_there = came_by is self._near
        if is_there:
            self._sender = sender
        late = next(self._fates[came_by])
        way = "there" if is_there else "back"
        if late is None:
            self.lost[way] += 1
            return
        self.passed[way] += 1
        leaves_by = self._far if is_there else self._near
        heapq.heappush(self._waiting, (time.monotonic() + late, number, leaves_by, datagram))

    def _pass_on(self) -> None:
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            _, _, leaves_by, datagram = heapq.heappop(self._waiting)
            receiver = self._target if leaves_by is self._far else self._sender
            if receiver is not None:
                leaves_by.sendto(datagram, receiver)


def _bound() -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind(("127.0.0.1", 0))
    bound.setblocking(False)
    return bound
