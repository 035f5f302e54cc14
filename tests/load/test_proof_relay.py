"""A thousand relayed calls on one core, beside the bare epoll loop: `make proof`."""

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from media._engine import Engine
from tests.load import rust_tools
from tests.load.cores import one_core_for_the_daemon
from tests.load.results import keep

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

CALLS = int(os.environ.get("RELAYED_CALLS", "1000"))
SECONDS = int(os.environ.get("RELAYED_SECONDS", "60"))
CORE = 0
_STREAMS = 2 * CALLS
_PHONES, _RELAY = 2000, 30_000
_PCMA = 8


@pytest.fixture
def address() -> Iterator[str]:
    """A loopback address of this process's own, and descriptors for a socket each."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    high, low = os.getpid() >> 8 & 255, os.getpid() & 255
    yield f"127.80.{high}.{low}"
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_thousand_relayed_calls_lose_nothing_where_the_bare_loop_does_not(address: str) -> None:
    rust_tools.build(optimised=True)
    with one_core_for_the_daemon(CORE) as pin:
        loop = rust_tools.Tool(
            "epoll_relay",
            address=address,
            listen=_RELAY,
            peers=_PHONES,
            pairs=CALLS,
            seconds=SECONDS + 3,
        )
        pin(loop.pid)
        bare = _load(address, [_RELAY + 2 * n for n in range(_STREAMS)])
        bare["cpu_seconds"] = loop.result(30)["cpu_seconds"]
        ours = _engine(address)
    facts = {"calls": CALLS, "seconds": SECONDS, "bare_loop": bare, "engine": ours}
    keep("relayed-calls", f"{CALLS} relayed calls on one core for {SECONDS} s", facts)
    assert ours["misdelivered"] == 0
    assert ours["lost"] == 0 or bare["lost"] > 0, facts


def _engine(address: str) -> dict[str, Any]:
    engine = Engine(address, _RELAY, _RELAY + 2 * _STREAMS, 0, silence_ms=20_000)
    engine.start()
    try:
        _pin_audio()
        ports = [engine.open_port() for _ in range(_STREAMS)]
        for n, (port, _) in enumerate(ports):
            engine.configure_port(port, address, _PHONES + 2 * n, _PCMA, "PCMA", 101, 20)
            engine.hear(port, ports[n ^ 1][0])
        before = engine.cpu_seconds()
        told = _load(address, [rtp_port for _, rtp_port in ports])
        time.sleep(0.2)
        told["cpu_seconds"] = round(engine.cpu_seconds() - before, 4)
        return told
    finally:
        engine.stop()


def _pin_audio() -> None:
    for task in Path("/proc/self/task").iterdir():
        if (task / "comm").read_text().strip() == "media-audio":
            os.sched_setaffinity(int(task.name), {CORE})


def _load(address: str, targets: list[int]) -> dict[str, Any]:
    load = rust_tools.Tool(
        "rtp_load",
        address=address,
        local=_PHONES,
        targets=targets,
        streams=_STREAMS,
        seconds=SECONDS,
    )
    return load.result(SECONDS + 60)
