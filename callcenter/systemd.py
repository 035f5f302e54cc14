"""Talks to systemd as a `Type=notify` service: ready, stopping, status, watchdog (sd_notify(3)).

The protocol is one datagram of `KEY=value` lines, so it is spoken here directly: `sdnotify` has
rested since 2017 and `cysystemd` wants libsystemd's headers to build.
"""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress


class Notifier:
    """Sends states to the service manager; without one (no `NOTIFY_SOCKET`) does nothing.

    A manager that does not listen harms nobody: errors are dropped and nothing blocks.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A leading @ stands for Linux's abstract namespace, whose names begin with a zero byte.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket: socket.socket | None = None

    def ready(self, status: str) -> None:
        """Start-up is over."""
        self._send(f"READY=1\nSTATUS={_line(status)}")

    def status(self, status: str) -> None:
        """A sentence for `systemctl status`."""
        self._send(f"STATUS={_line(status)}")

    def stopping(self, within_s: float) -> None:
        """The way down has begun and may take `within_s` seconds, whatever the unit's time-out."""
        self._send(f"STOPPING=1\nEXTEND_TIMEOUT_USEC={int(within_s * 1_000_000)}")

    def alive(self) -> None:
        """Feeds the watchdog."""
        self._send("WATCHDOG=1")

    def close(self) -> None:
        """Gives the socket back."""
        if self._socket:
            self._socket.close()
            self._socket = None

    def _send(self, state: str) -> None:
        if not self._address:
            return
        if self._socket is None:
            self._socket = socket.socket(
                socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
            )
        with suppress(OSError):
            self._socket.sendto(state.encode(), self._address)


def watchdog_interval(
    environ: Mapping[str, str] = os.environ, pid: int | None = None
) -> float | None:
    """Seconds after which systemd restarts a silent process `pid` (this one); None: never."""
    try:
        interval = int(environ.get("WATCHDOG_USEC", "0")) / 1_000_000
        watched = int(environ.get("WATCHDOG_PID", pid or os.getpid()))
    except ValueError:
        return None
    return interval if interval > 0 and watched == (pid or os.getpid()) else None


async def feed_watchdog(notifier: Notifier, interval: float) -> None:
    """Runs until cancelled; feeds at half of `interval` seconds, as sd_watchdog_enabled(3) advises.

    It runs on the loop it vouches for: a loop that hangs stops feeding, and systemd restarts us.
    """
    while True:
        notifier.alive()
        await asyncio.sleep(interval / 2)


def _line(text: str) -> str:
    return " ".join(text.split())
