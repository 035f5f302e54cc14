"""Figure: the daemon's CPU for a queue call, beside Asterisk's for the same call.

Both work at the same time, for calls of their own: what else the machine does meanwhile hits both.
Each caller comes to an agent at once, talks with them for a second and hangs up. Both parties have
a voice, which is relayed and recorded. Nothing is announced: app_queue could tell the agent alone,
and would let the caller wait meanwhile.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.load import centre, proc
from tests.load.asterisk import centre as asterisk_centre
from tests.load.figures import Figure
from tests.load.sipp import LoadFailedError, Sipp
from tests.load.voices import Voices, spoken_s
from tests.support import asterisk

AGENTS = 250
WARM_UP = 100
CALLS = 450
RATE = 30.0
ROUNDS = 5
HOLD_S = 1.0
VOICE_S = 0.94
"""Of each party. None of it comes when the call is over."""
HEARD_S = 0.5
"""And so much of it must be in each recording; Asterisk's begins when they are joined."""
LIMIT = 0.5
_END_S = 60.0
_WAV_HEADER = 58
"""Of a file of A-law."""


class Exchange(Protocol):
    """Either of the two, with its phones."""

    @property
    def pid(self) -> int: ...

    @property
    def folder(self) -> Path: ...

    def calls(
        self, rtp_ports: Sequence[tuple[int, int]], rate: float, hold_s: float
    ) -> AbstractContextManager[Sipp]: ...

    def wait_stored(self, calls: int) -> object: ...


@dataclass(slots=True)
class Side:
    """An exchange, and what its calls have cost it."""

    exchange: Exchange
    calls: int = 0
    costs: list[float] = field(default_factory=list)
    """Milliseconds of CPU a call, of each round."""

    @contextmanager
    def calling(self, calls: int, rate: float) -> Iterator[None]:
        """So many calls meanwhile; at the end they are over and written, and counted."""
        exchange = self.exchange
        before = proc.cpu_seconds(exchange.pid)
        logs = [exchange.folder / f"{end}.log" for end in ("caller", "phone")]
        with Voices(logs, VOICE_S) as voices:
            caller, phone = voices.ports
            with exchange.calls([(caller, phone)] * calls, rate, HOLD_S) as callers:
                yield
                callers.passed(within=calls / rate + _END_S)
        self.calls += calls
        exchange.wait_stored(self.calls)
        self.costs.append((proc.cpu_seconds(exchange.pid) - before) / calls * 1e3)


def load(sides: Sequence[Side], calls: int, rate: float) -> None:
    """So many calls to each of them, at the same time."""
    with ExitStack() as stack:
        for side in sides:
            stack.enter_context(side.calling(calls, rate))


@contextmanager
def both() -> Iterator[tuple[Side, Side]]:
    """The daemon and Asterisk, warm."""
    scratch = tempfile.TemporaryDirectory(prefix="callcenter-bench-")
    with scratch as folder, ExitStack() as stack:
        folders = [Path(folder) / name for name in ("ours", "asterisk")]
        for each in folders:
            each.mkdir()
        ours = centre.running(folders[0], AGENTS, announce=False)
        theirs = asterisk_centre.running(folders[1], AGENTS, HEARD_S)
        sides = Side(stack.enter_context(ours)), Side(stack.enter_context(theirs))
        load(sides, WARM_UP, RATE)
        for side in sides:
            side.costs.clear()
        yield sides


def measure() -> list[Figure]:
    """Nothing where Asterisk is not there."""
    if not asterisk.installed():
        print("Asterisk is not there: scripts/install-asterisk.sh", file=sys.stderr)
        return []
    with both() as (ours, theirs):
        for _ in range(ROUNDS):
            load((ours, theirs), CALLS, RATE)
        check_heard(ours.exchange.folder / "recordings", ours.calls)
    return [
        Figure(
            key="cpu_beside_asterisk",
            what=f"CPU of the daemon a queue call with voice ({CALLS} calls, {RATE:.0f}/s)",
            value=statistics.median(ours.costs),
            unit="ms",
            reference=statistics.median(theirs.costs),
            reference_what=f"{asterisk.version()} for the same, at the same time",
            limit=LIMIT,
            note=f"daemon {_listed(ours.costs)}; Asterisk {_listed(theirs.costs)}",
        )
    ]


def check_heard(recordings: Path, calls: int) -> None:
    """`LoadFailedError` unless so many of the daemon's recordings have both parties' voices."""
    codes = [file.read_bytes()[_WAV_HEADER:] for file in recordings.rglob("*.wav")]
    heard = [min(spoken_s(each[0::2]), spoken_s(each[1::2])) for each in codes]
    if sum(each >= HEARD_S for each in heard) != calls:
        raise LoadFailedError(f"of {calls} calls {sorted(heard)[:10]} seconds were recorded")


def _listed(values: Sequence[float]) -> str:
    return "/".join(f"{value:.2f}" for value in values)
