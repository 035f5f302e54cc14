"""Figures: the engine's CPU for a relayed RTP packet, beside that of a bare epoll loop and of
rtpengine's user-space relay; and what recording adds to it.
"""

import contextlib
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from media._engine import Engine, build_profile
from tests.load import proc, rtp_ports, rust_tools
from tests.load.figures import Figure
from tests.load.rtpengine import Rtpengine, installed

CALLS = 200
SECONDS = 8
ROUNDS = 3
ATTEMPTS = 3
LIMIT = 1.15
RTPENGINE_LIMIT = 0.6
RECORDING_LIMIT = 1.2
_STREAMS = 2 * CALLS
_PCMA = 8
_THREADS = ("media-audio", "media-writer")


class LostError(RuntimeError):
    """Packets were lost, so the run tells nothing."""


def measure() -> list[Figure]:
    """200 calls, both directions, 50 packets a second each; the runs alternate, medians count."""
    rust_tools.build(optimised=True)
    phones, relay = rtp_ports.take_block(), rtp_ports.take_block()
    engine, bare, theirs, recorded = [], [], [], []
    for _ in range(ROUNDS):
        bare.append(_without_loss(_bare_loop, phones, relay))
        engine.append(_without_loss(_engine, phones, relay))
        recorded.append(_without_loss(_recorded, phones, relay))
        if installed():
            theirs.append(_without_loss(_rtpengine, phones, relay))
    figures = [
        Figure(
            key="cpu_per_relayed_packet",
            what=f"CPU of the engine a relayed packet ({CALLS} calls)",
            value=statistics.median(engine),
            unit="µs",
            reference=statistics.median(bare),
            reference_what="bare epoll loop in Rust",
            limit=LIMIT,
            note=f"engine {_listed(engine)}; bare loop {_listed(bare)} ({build_profile} build)",
        ),
        Figure(
            key="cpu_per_recorded_packet",
            what="the same with every call recorded, writing included",
            value=statistics.median(recorded),
            unit="µs",
            reference=statistics.median(engine),
            reference_what="the engine's relay",
            limit=RECORDING_LIMIT,
            note=f"recorded {_listed(recorded)}",
        ),
    ]
    if theirs:
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


def _without_loss(run: Callable[[int, int], float], phones: int, relay: int) -> float:
    """A run that a busy machine has spoiled is made again, twice at most."""
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(LostError):
            return run(phones, relay)
    return run(phones, relay)


def _bare_loop(phones: int, relay: int) -> float:
    loop = rust_tools.Tool(
        "epoll_relay", listen=relay, peers=phones, pairs=CALLS, seconds=SECONDS + 1
    )
    load = rust_tools.Tool(
        "rtp_load", local=phones, target=relay, streams=_STREAMS, seconds=SECONDS
    )
    told = load.result(SECONDS + 20)
    cost = float(loop.result(SECONDS + 20)["cpu_us_per_packet"])
    _check(told)
    return cost


def _engine(phones: int, relay: int, recordings: Path | None = None) -> float:
    engine = Engine("127.0.0.1", relay, relay + rtp_ports.SIZE - 2, 0, silence_ms=20_000)
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
        before = _used()
        received = _load(phones, [rtp_port for _, rtp_port in ports])
        return (_used() - before) / received * 1e6
    finally:
        engine.stop()


def _recorded(phones: int, relay: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return _engine(phones, relay, Path(folder))


def _used() -> float:
    threads = proc.thread_seconds(os.getpid())
    return sum(threads[name] for name in _THREADS)


def _rtpengine(phones: int, relay: int) -> float:
    with Rtpengine(relay, relay + rtp_ports.SIZE) as theirs:
        targets: list[int] = []
        for call in range(CALLS):
            caller = phones + 4 * call
            targets += theirs.call(f"bench-{call}", caller, caller + 2)
        before = theirs.cpu_seconds
        received = _load(phones, targets)
        return (theirs.cpu_seconds - before) / received * 1e6


def _load(phones: int, targets: list[int]) -> float:
    """Voice of all phones, and how many packets came through."""
    load = rust_tools.Tool(
        "rtp_load", local=phones, targets=targets, streams=_STREAMS, seconds=SECONDS
    )
    result = load.result(SECONDS + 20)
    _check(result)
    return float(result["received"])


def _check(load: dict[str, int]) -> None:
    if load["lost"] or load["misdelivered"]:
        raise LostError(f"packets were lost: {load}")


def _listed(values: list[float]) -> str:
    return "/".join(f"{value:.2f}" for value in values)
