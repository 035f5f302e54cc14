"""Figure: the engine's CPU for a relayed RTP packet, beside that of a bare epoll loop."""

import os
import statistics

from media._engine import Engine, build_profile
from tests.load import proc, rtp_ports, rust_tools
from tests.load.figures import Figure

CALLS = 200
SECONDS = 8
ROUNDS = 3
LIMIT = 1.5
_STREAMS = 2 * CALLS
_PCMA = 8


def measure() -> list[Figure]:
    """200 calls, both directions, 50 packets a second each; the runs alternate, medians count."""
    rust_tools.build(optimised=True)
    phones, relay = rtp_ports.take_block(), rtp_ports.take_block()
    engine, bare = [], []
    for _ in range(ROUNDS):
        bare.append(_bare_loop(phones, relay))
        engine.append(_engine(phones, relay))
    return [
        Figure(
            key="cpu_per_relayed_packet",
            what=f"CPU of the engine a relayed packet ({CALLS} calls)",
            value=statistics.median(engine),
            unit="µs",
            reference=statistics.median(bare),
            reference_what="bare epoll loop in Rust",
            limit=LIMIT,
            note=f"engine {_listed(engine)}; bare loop {_listed(bare)} ({build_profile} build)",
        )
    ]


def _bare_loop(phones: int, relay: int) -> float:
    loop = rust_tools.Tool(
        "epoll_relay", listen=relay, peers=phones, pairs=CALLS, seconds=SECONDS + 1
    )
    load = rust_tools.Tool(
        "rtp_load", local=phones, target=relay, streams=_STREAMS, seconds=SECONDS
    )
    _check(load.result(SECONDS + 20))
    return float(loop.result(SECONDS + 20)["cpu_us_per_packet"])


def _engine(phones: int, relay: int) -> float:
    engine = Engine("127.0.0.1", relay, relay + rtp_ports.SIZE - 2, 0)
    engine.start()
    try:
        ports = [engine.open_port() for _ in range(_STREAMS)]
        for n, (port, _) in enumerate(ports):
            engine.configure_port(port, "127.0.0.1", phones + 2 * n, _PCMA, "PCMA", None, 20)
            engine.hear(port, ports[n ^ 1][0])
        before = proc.thread_seconds(os.getpid())["media-audio"]
        load = rust_tools.Tool(
            "rtp_load",
            local=phones,
            targets=[rtp_port for _, rtp_port in ports],
            streams=_STREAMS,
            seconds=SECONDS,
        )
        result = load.result(SECONDS + 20)
        _check(result)
        used = proc.thread_seconds(os.getpid())["media-audio"] - before
        return used / float(result["received"]) * 1e6
    finally:
        engine.stop()


def _check(load: dict[str, int]) -> None:
    if load["lost"] or load["misdelivered"]:
        raise RuntimeError(f"packets were lost: {load}")


def _listed(values: list[float]) -> str:
    return "/".join(f"{value:.2f}" for value in values)
