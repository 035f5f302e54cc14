"""Figures: packets lost in 200 concurrent calls with voice both ways, and the memory of a call."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.load import proc, rtp_ports, rust_tools
from tests.load.centre import Centre, running, silent_phones
from tests.load.figures import Figure
from tests.load.sipp import LoadFailedError, Sipp

CALLS = 200
SECONDS = 60
WARM_UP = 20
RATE = 20.0
IDLE_LIMIT_MB = 160.0
CALL_LIMIT_KB = 60.0
_ANNOUNCED_S = 6.0
"""Until the agent's number has been told to the last two, who hear each other only then."""


@dataclass(frozen=True, slots=True)
class Concurrent:
    """What was seen."""

    calls: int
    voice: dict[str, Any]
    """What `rtp_load` counted at both ends of all calls."""
    idle_kib: int
    workers_idle_kib: int
    """The speech worker, as long as it lives."""
    talking_kib: int
    after_kib: int
    ports_left: int
    """Media ports still bound when all calls were over."""


def measure() -> list[Figure]:
    """The three figures of one run, after a few calls so that idle is not asleep."""
    scratch = tempfile.TemporaryDirectory(prefix="callcenter-bench-")
    with scratch as folder, running(Path(folder), CALLS) as centre:
        _warm_up(centre)
        seen = talk(centre, CALLS, SECONDS)
    voice = seen.voice
    return [
        Figure(
            key="lost_packets",
            what=f"packets lost, {CALLS} concurrent calls, {SECONDS} s",
            value=voice["lost"] + voice["misdelivered"],
            unit="packets",
            reference=voice["sent"],
            reference_what="packets sent",
            limit=0.0,
            note=f"delay of the relay in ms {voice['delay_ms']}, "
            f"sender late by at most {voice['late_ms']} ms",
        ),
        Figure(
            key="idle_memory",
            what="resident memory idle",
            value=seen.idle_kib / 1024,
            unit="MB",
            reference=IDLE_LIMIT_MB,
            reference_what="the limit",
            limit=1.0,
            note=f"{CALLS} agents signed in; speech worker besides: "
            f"{seen.workers_idle_kib / 1024:.0f} MB",
        ),
        Figure(
            key="memory_per_call",
            what="memory a call beyond idle",
            value=(seen.talking_kib - seen.idle_kib) / CALLS,
            unit="KB",
            reference=CALL_LIMIT_KB,
            reference_what="the limit",
            limit=1.0,
            note=f"{seen.after_kib / 1024:.0f} MB after the calls",
        ),
    ]


def _warm_up(centre: Centre) -> None:
    with silent_phones() as ports, centre.calls([ports] * WARM_UP, RATE, hold_s=1) as callers:
        callers.passed(within=20)
    centre.wait_stored(WARM_UP)


def talk(
    centre: Centre, calls: int, seconds: int, *, rate: float = RATE, optimised: bool = True
) -> Concurrent:
    """That many calls at once, recorded, each with G.711 both ways for so many seconds.

    The phones need to be optimised where there are many of them.
    """
    rust_tools.build(optimised=optimised)
    pid = centre.daemon.pid
    stored = centre.records().calls
    ports_before = proc.udp_ports(pid)
    idle = proc.resident_kib(pid)
    workers = sum(map(proc.resident_kib, proc.children(pid)))
    # Caller n talks from the port 4 n above the first, the agent's phone from 2 above that.
    phones = rtp_ports.take_block()
    pairs = [(phones + 4 * n, phones + 4 * n + 2) for n in range(calls)]
    hold_s = calls / rate + _ANNOUNCED_S + seconds + 5
    with centre.calls(pairs, rate, hold_s) as callers:
        targets = _targets(centre, callers, pairs, within=calls / rate + 10)
        time.sleep(_ANNOUNCED_S)
        load = rust_tools.Tool(
            "rtp_load",
            optimised=optimised,
            local=phones,
            targets=targets,
            streams=2 * calls,
            seconds=seconds,
        )
        voice = load.result(seconds + 20)
        talking = proc.resident_kib(pid)
        callers.passed(within=hold_s + 20)
    centre.wait_stored(stored + calls)
    return Concurrent(
        calls=calls,
        voice=voice,
        idle_kib=idle,
        workers_idle_kib=workers,
        talking_kib=talking,
        after_kib=proc.resident_kib(pid),
        ports_left=len(proc.udp_ports(pid) - ports_before),
    )


def _targets(
    centre: Centre, callers: Sipp, pairs: Sequence[tuple[int, int]], within: float
) -> list[int]:
    """The exchange's ports in the order of the phones', once all calls are up."""
    end = time.monotonic() + within
    wanted = [port for pair in pairs for port in pair]
    while True:
        known = callers.port_pairs() | centre.phones.port_pairs()
        if known.keys() >= set(wanted):
            return [known[port] for port in wanted]
        if time.monotonic() > end:
            raise LoadFailedError(f"{len(known)} of {len(wanted)} parties are connected")
        time.sleep(0.2)
