"""Figures: from an agent's command to the event that tells of it, and what watching costs.

The measuring agent has a connection of its own and takes no calls. It begins a break and ends it
over and over: each command is timed to its `agent.state_changed`. The clock is this process's: what
the kernel and our own loop take is in it, unloaded and loaded alike.
"""

import asyncio
import statistics
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path

from agent_proto.client import AgentClient
from tests.load import proc
from tests.load.centre import Centre, running, signed_in, silent_phones
from tests.load.figures import Figure
from tests.load.sipp import LoadFailedError
from tests.load.site import people

AGENTS = 500
SUPERVISORS = 50
RATE = 5.0
HOLD_S = 20.0
"""A hundred talks at once."""
SECONDS = 40.0
PINGS = 300
COMMANDS = 400
LIMIT = 20.0
"""Idle pings' medians."""
HEAD_ROOM = 0.5
"""Of a core."""


def measure() -> list[Figure]:
    """Commands among 500 agents at work; then the daemon's CPU with 50 supervisors who watch."""
    with (
        tempfile.TemporaryDirectory(prefix="callcenter-bench-") as folder,
        running(Path(folder), AGENTS, spare=1, supervisors=SUPERVISORS) as centre,
    ):
        pings = asyncio.run(_pings(centre))
        seconds, alone = _at_work(centre)
        with _watching(centre):
            watched_seconds, watched = _at_work(centre)
    return [
        _latency("command_p99", "nobody watches", pings, seconds),
        _latency("command_p99_watched", f"{SUPERVISORS} supervisors watch", pings, watched_seconds),
        Figure(
            key="desk_cpu",
            what=f"CPU of {AGENTS} agents, {RATE:.0f} calls/s, {SUPERVISORS} supervisors",
            value=watched,
            unit="cores",
            reference=1.0,
            reference_what="one core",
            limit=HEAD_ROOM,
            note=f"without supervisors {alone:.3f}; audio thread and writers included, no RTP",
        ),
    ]


def _latency(key: str, who: str, pings: list[float], seconds: list[float]) -> Figure:
    return Figure(
        key=key,
        what=f"command → event, p99 of {len(seconds)}, {AGENTS} agents, {RATE:.0f} calls/s, {who}",
        value=statistics.quantiles(seconds, n=100)[98] * 1e3,
        unit="ms",
        reference=statistics.median(pings) * 1e3,
        reference_what="median of an idle ping",
        limit=LIMIT,
        note=f"ms: median {statistics.median(seconds) * 1e3:.2f}, longest {max(seconds) * 1e3:.2f}",
    )


async def _signed_in(centre: Centre) -> AgentClient:
    """The agent who measures: no queue reaches them."""
    person = people(AGENTS + 1)[-1]
    agent = await AgentClient.connect("127.0.0.1", centre.site.agent_port, client="load")
    await agent.login(person.agent_id, person.password, person.seat_no, skills={})
    await agent.wait_for("agent.state_changed", state="idle")
    return agent


async def _pings(centre: Centre) -> list[float]:
    """Before anybody calls."""
    agent = await _signed_in(centre)
    seconds = []
    for _ in range(PINGS):
        began = time.perf_counter()
        await agent.ping()
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(0.01)
    await agent.logout()
    await agent.close()
    return seconds


def _at_work(centre: Centre) -> tuple[list[float], float]:
    """The seconds of each command while callers come and go, and the cores that the daemon used."""
    calls = round(RATE * (SECONDS + HOLD_S))
    with silent_phones() as (rtp, phone_rtp):
        ports = [(rtp, phone_rtp)] * calls
        with centre.calls(ports, RATE, HOLD_S) as sipp:
            time.sleep(HOLD_S)  # until as many end as begin
            cpu, began = proc.cpu_seconds(centre.daemon.pid), time.monotonic()
            seconds = asyncio.run(_commands(centre))
            used = proc.cpu_seconds(centre.daemon.pid) - cpu
            cores = used / (time.monotonic() - began)
            sipp.passed(within=HOLD_S + SECONDS)
    return seconds, cores


async def _commands(centre: Centre) -> list[float]:
    agent = await _signed_in(centre)
    loop = asyncio.get_running_loop()
    seconds, start = [], loop.time()
    for n in range(COMMANDS):
        await asyncio.sleep(max(0.0, start + n * SECONDS / COMMANDS - loop.time()))
        command = "agent.end_break" if n % 2 else "agent.request_break"
        began = time.perf_counter()
        _, told = await asyncio.gather(
            agent.request(command), agent.wait_for("agent.state_changed", timeout=10)
        )
        seconds.append(time.perf_counter() - began)
        if (told.params["reason"] == "break") is bool(n % 2):
            raise LoadFailedError(f"{command} led to {told.params}")
    await agent.logout()
    await agent.close()
    return seconds


def _watching(centre: Centre) -> AbstractContextManager[None]:
    """Supervisors subscribed to everything."""
    return signed_in("supervisors", centre.site.agent_port, AGENTS + 1, SUPERVISORS)
