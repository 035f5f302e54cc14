"""Figures: the engine's CPU for a relayed RTP packet, beside that of a bare epoll loop and of
rtpengine's user-space relay; and what recording adds to it.

The bare loop, the engine and the engine that records work at the same time, for calls of their own:
what else the machine does meanwhile hits each of them. rtpengine has the machine for itself, as the
engine has in turn: beside others it mostly costs less, and that is not how it is used.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from media._engine import Engine, build_profile
from tests.load import proc, rtp_ports, rust_tools
from tests.load.figures import Figure
from tests.load.rtpengine import Rtpengine, installed

CALLS_AT_ONCE = 100
CALLS_ALONE = 200
SECONDS = 4
ROUNDS = 7
ATTEMPTS = 3
LIMIT = 1.15
RTPENGINE_LIMIT = 0.6
RECORDING_LIMIT = 1.2
_PCMA = 8
_COUNTED_S = 0.3
"""The engine counts its CPU time every 100 ms. A load lingers for longer at its end."""


class LostError(RuntimeError):
    """Packets were lost, so the run tells nothing."""


@dataclass(frozen=True)
class _Calls:
    """What a relay is set up for: so many calls, whose phones and its own ports begin there."""

    count: int
    phones: int
    ports: int

    @property
    def streams(self) -> int:
        """One from each phone; phones and ports use even numbers."""
        return 2 * self.count


@dataclass(frozen=True)
class _Relay:
    """One that is set up for its calls."""

    targets: list[int]
    """The port that each phone sends to."""
    cpu_seconds: Callable[[], float]


_Start = Callable[[_Calls], AbstractContextManager[_Relay]]


def measure() -> list[Figure]:
    """Both directions of each call, 50 packets a second each; medians count."""
    rust_tools.build(optimised=True)
    blocks = [rtp_ports.take_block() for _ in range(3)]
    return _at_once(blocks) + (_alone(*blocks[:2]) if installed() else [])


def _at_once(blocks: Sequence[int]) -> list[Figure]:
    half = rtp_ports.SIZE // 2
    starts: dict[str, _Start] = {"bare": _bare_loop, "engine": _engine, "recorded": _recorded}
    calls = {
        name: _Calls(CALLS_AT_ONCE, block, block + half)
        for name, block in zip(starts, blocks, strict=True)
    }
    rounds = [_round_without_loss(starts, calls) for _ in range(ROUNDS)]
    bare, engine, recorded = ([costs[name] for costs in rounds] for name in starts)
    return [
        Figure(
            key="cpu_per_relayed_packet",
            what=f"CPU of the engine a relayed packet ({CALLS_AT_ONCE} calls)",
            value=statistics.median(engine),
            unit="µs",
            reference=statistics.median(bare),
            reference_what="bare epoll loop in Rust, at the same time",
            limit=LIMIT,
            note=f"engine {_listed(engine)}; bare loop {_listed(bare)} ({build_profile} build)",
        ),
        Figure(
            key="cpu_per_recorded_packet",
            what="the same with every call recorded, writing included",
            value=statistics.median(recorded),
            unit="µs",
            reference=statistics.median(engine),
            reference_what="the engine's relay, at the same time",
            limit=RECORDING_LIMIT,
            note=f"recorded {_listed(recorded)}",
        ),
    ]


def _alone(phones: int, ports: int) -> list[Figure]:
    calls = _Calls(CALLS_ALONE, phones, ports)
    engine, theirs = [], []
    for _ in range(ROUNDS):
        engine.append(_round_without_loss({"": _engine}, {"": calls})[""])
        theirs.append(_round_without_loss({"": _rtpengine}, {"": calls})[""])
    return [
        Figure(
            key="cpu_beside_rtpengine",
            what=f"CPU of the engine a relayed packet ({CALLS_ALONE} calls)",
            value=statistics.median(engine),
            unit="µs",
            reference=statistics.median(theirs),
            reference_what="rtpengine's relay in user space, one thread, in turn",
            limit=RTPENGINE_LIMIT,
            note=f"engine {_listed(engine)}; rtpengine {_listed(theirs)}",
        )
    ]


def _round_without_loss(
    starts: Mapping[str, _Start], calls: Mapping[str, _Calls]
) -> dict[str, float]:
    """A round that a busy machine has spoiled is made again, twice at most."""
    for _ in range(ATTEMPTS - 1):
        with suppress(LostError):
            return _round(starts, calls)
    return _round(starts, calls)


def _round(starts: Mapping[str, _Start], calls: Mapping[str, _Calls]) -> dict[str, float]:
    """Voice through all relays at once: what a packet has cost each of them, in microseconds."""
    with ExitStack() as stack:
        relays = {name: stack.enter_context(start(calls[name])) for name, start in starts.items()}
        time.sleep(_COUNTED_S)
        before = {name: relay.cpu_seconds() for name, relay in relays.items()}
        loads = {
            name: rust_tools.Tool(
                "rtp_load",
                local=calls[name].phones,
                targets=relay.targets,
                streams=calls[name].streams,
                seconds=SECONDS,
            )
            for name, relay in relays.items()
        }
        told = {name: load.result(SECONDS + 20) for name, load in loads.items()}
        used = {name: relay.cpu_seconds() - before[name] for name, relay in relays.items()}
    for name, load in told.items():
        if load["lost"] or load["misdelivered"]:
            raise LostError(f"{name}: packets were lost: {load}")
    return {name: used[name] / told[name]["received"] * 1e6 for name in starts}


@contextmanager
def _bare_loop(calls: _Calls) -> Iterator[_Relay]:
    loop = rust_tools.Tool(
        "epoll_relay",
        listen=calls.ports,
        peers=calls.phones,
        pairs=calls.count,
        seconds=SECONDS + 3,
    )
    yield _Relay(
        [calls.ports + 2 * n for n in range(calls.streams)],
        lambda: proc.thread_seconds(loop.pid)["main"],
    )
    loop.result(SECONDS + 20)


@contextmanager
def _engine(calls: _Calls, recordings: Path | None = None) -> Iterator[_Relay]:
    engine = Engine(
        "127.0.0.1", calls.ports, calls.ports + 4 * calls.count - 2, 0, silence_ms=20_000
    )
    engine.start()
    try:
        ports = [engine.open_port() for _ in range(calls.streams)]
        for n, (port, _) in enumerate(ports):
            phone = calls.phones + 2 * n
            engine.configure_port(port, "127.0.0.1", phone, _PCMA, "PCMA", 101, 20)
            engine.configure_rtcp(port, ("127.0.0.1", phone + 1))
            engine.hear(port, ports[n ^ 1][0])
        if recordings is not None:
            for call in range(calls.count):
                left, right = ports[2 * call][0], ports[2 * call + 1][0]
                engine.start_recording(left, right, recordings / f"{call}.wav")
        yield _Relay([rtp_port for _, rtp_port in ports], engine.cpu_seconds)
    finally:
        engine.stop()


@contextmanager
def _recorded(calls: _Calls) -> Iterator[_Relay]:
    with tempfile.TemporaryDirectory() as folder, _engine(calls, Path(folder)) as engine:
        yield _Relay(engine.targets, lambda: engine.cpu_seconds() + _writers_seconds())


def _writers_seconds() -> float:
    """Of all engines; the one that records nothing adds nothing."""
    return proc.thread_seconds(os.getpid())["media-writer"]


@contextmanager
def _rtpengine(calls: _Calls) -> Iterator[_Relay]:
    with Rtpengine(calls.ports, calls.ports + 4 * calls.count) as theirs:
        targets: list[int] = []
        for call in range(calls.count):
            caller = calls.phones + 4 * call
            targets += theirs.call(f"bench-{call}", caller, caller + 2)
        yield _Relay(targets, lambda: theirs.cpu_seconds)


def _listed(values: list[float]) -> str:
    return "/".join(f"{value:.2f}" for value in values)
