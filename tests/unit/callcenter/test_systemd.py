import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcenter.systemd import Notifier, feed_watchdog, watchdog_interval


class Manager:
    """The service manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(address)

    def heard(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return messages


@pytest.fixture(params=["path", "abstract"])
def notify_socket(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@callcenter-{os.getpid()}"


@pytest.fixture
def manager(notify_socket: str) -> Iterator[Manager]:
    manager = Manager(notify_socket.replace("@", "\0", 1))
    yield manager
    manager.socket.close()


@pytest.fixture
def notifier(notify_socket: str, manager: Manager) -> Iterator[Notifier]:
    notifier = Notifier({"NOTIFY_SOCKET": notify_socket})
    yield notifier
    notifier.close()


def test_states_reach_the_manager(notifier: Notifier, manager: Manager) -> None:
    notifier.ready("5 seats,\n2 queues")
    notifier.status("3 calls\nREADY=0")
    notifier.alive()
    notifier.stopping(within_s=30.5)
    assert manager.heard() == [
        "READY=1\nSTATUS=5 seats, 2 queues",
        "STATUS=3 calls READY=0",
        "WATCHDOG=1",
        "STOPPING=1\nEXTEND_TIMEOUT_USEC=30500000",
    ]


def test_without_a_manager_nothing_is_opened() -> None:
    notifier = Notifier({})
    notifier.ready("up")
    assert notifier._socket is None
    notifier.close()


@pytest.mark.parametrize("address", ["/no/such/socket", "@nobody-there", "vsock:2:1234", "x" * 200])
def test_a_manager_that_does_not_listen_harms_nobody(address: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": address})
    notifier.ready("up")
    notifier.close()


def test_a_manager_that_does_not_read_blocks_nobody(notifier: Notifier, manager: Manager) -> None:
    for _ in range(5000):
        notifier.alive()
    assert 0 < len(manager.heard()) < 5000


@pytest.mark.parametrize(
    ("environ", "interval"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "10000000"}, 10.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "42"}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "me"}, None),
    ],
)
def test_the_watchdog_is_fed_only_when_systemd_watches_this_process(
    environ: dict[str, str], interval: float | None
) -> None:
    assert watchdog_interval(environ, pid=42) == interval


async def test_the_watchdog_is_fed_until_cancelled(notifier: Notifier, manager: Manager) -> None:
    task = asyncio.create_task(feed_watchdog(notifier, interval=0.0))
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    fed = manager.heard()
    assert len(fed) >= 2
    assert set(fed) == {"WATCHDOG=1"}
