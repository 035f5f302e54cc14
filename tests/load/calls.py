"""Figure: the daemon's CPU for a complete queue call, in parses of the reference INVITE."""

import pstats
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.load import proc
from tests.load.centre import Centre, running, silent_phones
from tests.load.figures import Figure
from tests.load.reference import ParseClock

WARM_UP = 100
AGENTS = 250
HOLD_S = 1.0
_LOOK_S = 0.25
_PROFILE_LINES = 45


@dataclass(frozen=True, slots=True)
class Load:
    """So many calls, `rate` a second. The rarer they are, the colder are the processor's caches."""

    key: str
    rate: float
    calls: int
    limit: float
    """Parses a call."""


SUSTAINED = Load("cpu_per_queue_call", 100.0, 1300, 250.0)
SELDOM = Load("cpu_per_queue_call_cold", 20.0, 400, 400.0)


def measure() -> list[Figure]:
    """INVITE to CDR, two legs, UDP, no RTP from either side; recording and announcement are on."""
    # Deleted when all is measured: for minutes after thousands of files were deleted, ext4 makes
    # those that are created dearer (it looks for inodes that were not freed just now).
    with _folder() as folder:
        return [_measure(load, Path(folder) / load.key) for load in (SUSTAINED, SELDOM)]


def profile() -> str:
    """The same load on a daemon under cProfile: the functions that cost most. The main thread's
    Python only, and cProfile makes small functions dearer than they are."""
    with _folder() as folder:
        file = Path(folder) / "profile"
        with running(Path(folder), AGENTS, file) as centre:
            _load(centre, SELDOM.calls, SELDOM.rate, ParseClock())
        with (Path(folder) / "report").open("w+") as report:
            pstats.Stats(str(file), stream=report).sort_stats("tottime").print_stats(_PROFILE_LINES)
            report.seek(0)
            return report.read()


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="callcenter-bench-")


def _measure(load: Load, folder: Path) -> Figure:
    folder.mkdir()
    with running(folder, AGENTS) as centre:
        pid, clock = centre.daemon.pid, ParseClock()
        _load(centre, WARM_UP, load.rate, clock)
        clock = ParseClock()
        before, threads_before = proc.cpu_seconds(pid), proc.thread_seconds(pid)
        _load(centre, load.calls, load.rate, clock)
        centre.wait_stored(WARM_UP + load.calls)
        used = (proc.cpu_seconds(pid) - before) / load.calls
        threads = {
            name: (seconds - threads_before.get(name, 0.0)) / load.calls
            for name, seconds in proc.thread_seconds(pid).items()
        }
    shares = ", ".join(
        f"{name} {seconds * 1e3:.2f}"
        for name, seconds in sorted(threads.items(), key=lambda each: -each[1])
        if seconds > 20e-6
    )
    return Figure(
        key=load.key,
        what=f"CPU of the daemon a queue call ({load.calls} calls, {load.rate:.0f}/s)",
        value=used * 1e3,
        unit="ms",
        reference=clock.seconds * 1e3,
        reference_what="sipmessage parses the reference INVITE",
        limit=load.limit,
        note=f"ms by thread: {shares}",
    )


def _load(centre: Centre, calls: int, rate: float, clock: ParseClock) -> None:
    with silent_phones() as ports, centre.calls([ports] * calls, rate, HOLD_S) as callers:
        while callers.running:
            time.sleep(_LOOK_S)
            clock.burst()
        callers.passed(within=10)
