"""Voice for calls that come and go by the hundred: G.711 from both phones of each call."""

import socket
import struct
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

PACKET_S = 0.02
_HEADER = struct.Struct("!BBHII")
_VERSION_2 = 0x80
_PCMA = 8
_SAMPLES = 160
_CYCLE = b"\x34\xb4"
_SOUND = _CYCLE * (_SAMPLES // 2)
_Address = tuple[str, int]


def spoken_s(codes: bytes) -> float:
    """How much of their sound is in A-law."""
    return sum(map(codes.count, _CYCLE)) / _SAMPLES * PACKET_S


class _Log:
    """A log of SIPp's, which grows, and begins anew with the next SIPp."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.stat().st_size if path.exists() else 0

    def exchange_ports(self) -> Sequence[int]:
        """Where voice is to go in the calls logged since the last look."""
        if not self._path.exists():
            return ()
        with self._path.open("rb") as file:
            if file.seek(0, 2) < self._read:
                self._read = 0
            file.seek(self._read)
            lines, end, _ = file.read().rpartition(b"\n")
        self._read += len(lines + end)
        return [int(line.split()[1]) for line in lines.splitlines()]


class Voices:
    """The voices of all callers and of all phones, from one socket each that is never read.

    `ports` are theirs. In each call that a log tells of they send `seconds` of sound. Use by
    `with`.
    """

    def __init__(self, logs: Sequence[Path], seconds: float) -> None:
        self._logs = [_Log(path) for path in logs]
        self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in logs]
        for each in self._sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            each.bind(("127.0.0.1", 0))
        self._packets = [
            _HEADER.pack(_VERSION_2, _PCMA, n, _SAMPLES * n, 1) + _SOUND
            for n in range(round(seconds / PACKET_S))
        ]
        self._ended = Event()
        self._thread = Thread(target=self._speak, daemon=True)

    @property
    def ports(self) -> list[int]:
        """In the order of the logs."""
        return [each.getsockname()[1] for each in self._sockets]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        for each in self._sockets:
            each.close()

    def _speak(self) -> None:
        # Those who began first end first: beside each the number of the tick that it began at.
        talking: deque[tuple[int, socket.socket, _Address]] = deque()
        start, tick = time.monotonic(), 0
        while not self._ended.is_set():
            for log, own in zip(self._logs, self._sockets, strict=True):
                for port in log.exchange_ports():
                    talking.append((tick, own, ("127.0.0.1", port)))
            for began, own, target in talking:
                own.sendto(self._packets[tick - began], target)
            tick += 1
            while talking and tick - talking[0][0] == len(self._packets):
                talking.popleft()
            time.sleep(max(start + tick * PACKET_S - time.monotonic(), 0))
