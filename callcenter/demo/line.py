"""The phone's own RTP socket: speaks every 20 ms, hears whatever its one peer sends."""

import asyncio
import secrets
import socket
import struct
from collections.abc import Callable, Sequence

from callcenter.demo.rtp import PACKET_S, Hearing, Mouth
from callcenter.demo.sdp import Remote

_BURST = 64
"""Datagrams read before the loop may do something else."""
_LATE_S = 0.5
"""Behind by more (a suspended machine), the schedule starts anew instead of catching up."""
_SO_TIMESTAMPNS = 35
"""Linux's, which Python does not name: each datagram comes with the time of its arrival."""
_TIMESPEC = struct.Struct("@ll")
_STAMP_SPACE = socket.CMSG_SPACE(_TIMESPEC.size)


class RtpLine:
    """A bound UDP socket; `on_audio` is called after each packet heard."""

    def __init__(self, host: str, on_audio: Callable[[], None]) -> None:
        self.mouth = Mouth(secrets.randbits(32), secrets.randbits(16), secrets.randbits(32))
        self.hearing = Hearing()
        self.strangers = 0
        """Datagrams from elsewhere than the peer, or not understood."""
        self._on_audio = on_audio
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.bind((host, 0))
        self._remote: Remote | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._next_at = 0.0
        self._loop.add_reader(self._socket, self._read)

    @property
    def port(self) -> int:
        """The bound UDP port."""
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def remote(self) -> Remote | None:
        """The peer, None before it is known."""
        return self._remote

    def connect(self, remote: Remote) -> None:
        """Speaks to this peer from now on, and hears nobody else."""
        self._remote = remote
        self.mouth.law, self.mouth.key_type = remote.law, remote.key_type
        if self._timer is None:
            self._next_at = self._loop.time()
            self._speak()

    def close(self) -> None:
        """Falls silent; what was heard can still be asked for."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _speak(self) -> None:
        """Sends what is due. Times are multiples of 20 ms from the start, so nothing drifts."""
        remote, now = self._remote, self._loop.time()
        if now - self._next_at > _LATE_S:
            self._next_at = now
        while self._next_at <= now:
            self._next_at += PACKET_S
            datagram = self.mouth.next()
            if remote is not None and remote.listens:
                try:
                    self._socket.sendto(datagram, (remote.host, remote.port))
                except OSError:
                    continue  # a full buffer or a peer that is gone: for RTP, lost packets
        self._timer = self._loop.call_at(self._next_at, self._speak)

    def _read(self) -> None:
        for _ in range(_BURST):
            try:
                datagram, stamps, _, source = self._socket.recvmsg(2048, _STAMP_SPACE)
            except BlockingIOError:
                return
            except OSError:
                continue  # the peer's port was closed: an ICMP error, reported here
            remote = self._remote
            if (
                remote is not None
                and source == (remote.host, remote.port)
                and self.hearing.take(datagram, _arrival(stamps))
            ):
                self._on_audio()
            else:
                self.strangers += 1


def _arrival(stamps: Sequence[tuple[int, int, bytes]]) -> float:
    """When the kernel had it, in seconds: whoever is late to read it does not count."""
    seconds, nanoseconds = _TIMESPEC.unpack(stamps[0][2])
    return float(seconds + nanoseconds / 1e9)
