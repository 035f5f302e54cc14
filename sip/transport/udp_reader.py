"""Reads a UDP socket empty, a bounded number of datagrams a turn of the loop.

The kernel's buffer is small: what is not fetched soon is lost, whoever sent it. So datagrams are
fetched first and handled then, and when many have come at once those of known peers go before
those of strangers. How long the socket has not been found empty tells how far behind we are.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, TypeAlias

BATCH = 64
"""Datagrams of one turn; then timers and other sockets have theirs."""
_CROWD = 8
"""Datagrams at once from which on it is looked who sent them."""
_LARGEST = 65_535

Datagram: TypeAlias = tuple[bytes, Any]
"""Its bytes, and the address as the socket gives it: host, port, …"""


class UdpReader:
    """Hands datagrams to `handle(data, host, port)`; `is_known(host)` goes first in a crowd.

    `on_behind(seconds)` is told after each turn that did not empty the socket, and once with 0
    after the turn that did.
    """

    def __init__(
        self,
        sock: socket.socket,
        handle: Callable[[bytes, str, int], None],
        is_known: Callable[[str], bool],
        on_behind: Callable[[float], None],
    ) -> None:
        self._sock = sock
        self._handle = handle
        self._is_known = is_known
        self._on_behind = on_behind
        self._loop = asyncio.get_running_loop()
        self._buffer = memoryview(bytearray(_LARGEST))
        self._behind_since: float | None = None
        self._loop.add_reader(sock.fileno(), self._on_readable)

    def stop(self) -> None:
        """Read no more."""
        self._loop.remove_reader(self._sock.fileno())

    def _on_readable(self) -> None:
        batch = self._fetch()
        if len(batch) > _CROWD:
            strangers = [each for each in batch if not self._is_known(each[1][0])]
            if strangers:
                batch = [each for each in batch if self._is_known(each[1][0])] + strangers
        for data, address in batch:
            self._handle(data, address[0], address[1])

    def _fetch(self) -> list[Datagram]:
        batch: list[Datagram] = []
        receive, buffer = self._sock.recvfrom_into, self._buffer
        for _ in range(BATCH):
            try:
                size, address = receive(buffer)
            except BlockingIOError:
                self._emptied()
                return batch
            except OSError:  # an ICMP error names no peer; the transaction's timer finds out
                continue
            batch.append((bytes(buffer[:size]), address))
        now = self._loop.time()
        if self._behind_since is None:
            self._behind_since = now
        self._on_behind(now - self._behind_since)
        return batch

    def _emptied(self) -> None:
        if self._behind_since is not None:
            self._behind_since = None
            self._on_behind(0.0)
