"""Figures: the engine's CPU for a relayed RTP packet, beside that of a bare epoll loop and of
rtpengine's user-space relay; and what recording adds to it.

All relays work at the same time, for calls of their own: what else the machine does meanwhile hits
each of them.
"""

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from media._engine import Engine, build_profile
from tests.load import proc, rtp_ports, rust_tools
from tests.load.figures import Figure
from tests.load.rtpengine import Rtpengine, installed

CALLS = 100
SECONDS = 4
ROUNDS = 7
ATTEMPTS = 3
LIMIT = 1.15
RTPENGINE_LIMIT = 0.6
RECORDING_LIMIT = 1.2
_STREAMS = 2 * CALLS
_PCMA = 8
_HALF_BLOCK = rtp_ports.SIZE // 2


class LostError(RuntimeError):
    """Packets were lost, so the run tells nothing."""


@dataclass(frozen=True)
class _Relay:
    """One that is set up for its calls."""

    targets: list[int]
    """The port that each phone sends to."""
    cpu_seconds: Callable[[], float]


_Start = Callable[[int, int], AbstractContextManager[_Relay]]
"""Sets a relay up, told the first port of its phones and its own first one."""


def measure() -> list[Figure]:
    """100 calls for each relay, both directions, 50 packets a second each; medians count."""
    rust_tools.build(optimised=True)
    starts: dict[str, _Start] = {"bare": _bare_loop, "engine": _engine, "recorded": _recorded}
    if installed():
        starts["rtpengine"] = _rtpengine
    blocks = {name: rtp_ports.take_block() for name in starts}
    rounds = [_round_without_loss(starts, blocks) for _ in range(ROUNDS)]
    costs = {name: [costs[name] for costs in rounds] for name in starts}
    engine = costs["engine"]
    figures = [
        Figure(
            key="cpu_per_relayed_packet",
            what=f"CPU of the engine a relayed packet ({CALLS} calls)",
            value=statistics.median(engine),
            unit="µs",
            reference=statistics.median(costs["bare"]),
            reference_what="bare epoll loop in Rust",
            limit=LIMIT,
            note=f"engine {_listed(engine)}; bare loop {_listed(costs['bare'])} "
            f"({build_profile} build)",
        ),
        Figure(
            key="cpu_per_recorded_packet",
            what="the same with every call recorded, writing included",
            value=statistics.median(costs["recorded"]),
            unit="µs",
            reference=statistics.median(engine),
            reference_what="the engine's relay",
            limit=RECORDING_LIMIT,
            note=f"recorded {_listed(costs['recorded'])}",
        ),
    ]
    if theirs := costs.get("rtpengine"):
        figures.append(
            Figure(
                key="cpu_beside_rtpengine",
                what="CPU of the engine a relayed packet",
                value=statistics.median(engine),
                unit="µs",
                reference=statistics.median(theirs),
                reference_what="rtpengine's relay in user space, one thread",
                limit=RTPENGINE_LIMIT,
                note=f"rtpengine {_listed(theirs)}",
            )
        )
    return figures


def _round_without_loss(
    starts: Mapping[str, _Start], blocks: Mapping[str, int]
) -> dict[str, float]:
    """A round that a busy machine has spoiled is made again, twice at most."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _round(starts, blocks)
        except LostError:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError


def _round(starts: Mapping[str, _Start], blocks: Mapping[str, int]) -> dict[str, float]:
    """Voice through all relays at once: what a packet has cost each of them, in microseconds."""
    with ExitStack() as stack:
        relays = {
            name: stack.enter_context(start(blocks[name], blocks[name] + _HALF_BLOCK))
            for name, start in starts.items()
        }
        before = {name: relay.cpu_seconds() for name, relay in relays.items()}
        loads = {
            name: rust_tools.Tool(
                "rtp_load",
                local=blocks[name],
                targets=relay.targets,
                streams=_STREAMS,
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
def _bare_loop(phones: int, relay: int) -> Iterator[_Relay]:
    loop = rust_tools.Tool(
        "epoll_relay", listen=relay, peers=phones, pairs=CALLS, seconds=SECONDS + 3
    )
    yield _Relay(
        [relay + 2 * n for n in range(_STREAMS)],
        lambda: proc.thread_seconds(loop.pid)["main"],
    )
    loop.result(SECONDS + 20)


@contextmanager
def _engine(phones: int, relay: int, recordings: Path | None = None) -> Iterator[_Relay]:
    engine = Engine("127.0.0.1", relay, relay + _HALF_BLOCK - 2, 0, silence_ms=20_000)
    engine.start()
    try:
        ports = [engine.open_port() for _ in range(_STREAMS)]
        for n, (port, _) in enumerate(ports):
            engine.configure_port(port, "127.0.0.1", phones + 2 * n, _PCMA, "PCMA", 101, 20)
            engine.configure_rtcp(port, ("127.0.0.1", phones + 2 * n + 1))
            engine.hear(port, ports[n ^ 1][0])
        if recordings is not None:
            for call in range(CALLS):
                left, right = ports[2 * call][0], ports[2 * call + 1][0]
                engine.start_recording(left, right, recordings / f"{call}.wav")
        # Counted every 100 ms; the load lingers longer than that.
        yield _Relay([rtp_port for _, rtp_port in ports], engine.cpu_seconds)
    finally:
        engine.stop()


@contextmanager
def _recorded(phones: int, relay: int) -> Iterator[_Relay]:
    with tempfile.TemporaryDirectory() as folder, _engine(phones, relay, Path(folder)) as engine:
        yield _Relay(engine.targets, lambda: engine.cpu_seconds() + _writers_seconds())


def _writers_seconds() -> float:
    """Of all engines; the one that records nothing adds nothing."""
    return proc.thread_seconds(os.getpid())["media-writer"]


@contextmanager
def _rtpengine(phones: int, relay: int) -> Iterator[_Relay]:
    with Rtpengine(relay, relay + _HALF_BLOCK) as theirs:
        targets: list[int] = []
        for call in range(CALLS):
            caller = phones + 4 * call
            targets += theirs.call(f"bench-{call}", caller, caller + 2)
        yield _Relay(targets, lambda: theirs.cpu_seconds)


def _listed(values: list[float]) -> str:
    return "/".join(f"{value:.2f}" for value in values)
