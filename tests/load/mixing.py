"""Figure: the engine's CPU for a packet of a three-party mix, beside that of a relayed one."""

import os
import statistics

from media._engine import Engine, build_profile
from tests.load import proc, rtp_ports, rust_tools
from tests.load.figures import Figure

PARTIES = 3
ROOMS = 50
SECONDS = 6
ROUNDS = 3
LIMIT = 3.0
_STREAMS = PARTIES * ROOMS
_PCMA = 8


def measure() -> list[Figure]:
    """50 rooms of three who all speak; the runs alternate with relay, medians count."""
    rust_tools.build(optimised=True)
    blocks = rtp_ports.take_block(), rtp_ports.take_block()
    mixed, relayed = [], []
    for _ in range(ROUNDS):
        relayed.append(_run(blocks, mixes=False))
        mixed.append(_run(blocks, mixes=True))
    return [
        Figure(
            key="cpu_per_mixed_packet",
            what=f"CPU of the engine a packet of a three-party mix ({ROOMS} rooms)",
            value=statistics.median(mixed),
            unit="µs",
            reference=statistics.median(relayed),
            reference_what="the engine's relay",
            limit=LIMIT,
            note=f"mix {_listed(mixed)}; relay {_listed(relayed)} ({build_profile} build)",
        )
    ]


def _run(blocks: tuple[int, int], *, mixes: bool) -> float:
    """Microseconds of the audio thread for each packet that came in, and one went out for it."""
    phones, ours = blocks
    engine = Engine("127.0.0.1", ours, ours + rtp_ports.SIZE - 2, 0)
    engine.start()
    try:
        ports = [engine.open_port() for _ in range(_STREAMS)]
        for nth, (port, _) in enumerate(ports):
            engine.configure_port(port, "127.0.0.1", phones + 2 * nth, _PCMA, "PCMA", 101, 20)
        for nth, (port, _) in enumerate(ports):
            room = nth // PARTIES * PARTIES
            others = [other for other, _ in ports[room : room + PARTIES] if other != port]
            engine.mix(port, [(other, 1.0) for other in (others if mixes else others[:1])])
        before = proc.thread_seconds(os.getpid())["media-audio"]
        load = rust_tools.Tool(
            "rtp_load",
            local=phones,
            targets=[rtp_port for _, rtp_port in ports],
            streams=_STREAMS,
            seconds=SECONDS,
        )
        result = load.result(SECONDS + 20)
        used = proc.thread_seconds(os.getpid())["media-audio"] - before
        sent = sum(_packets_sent(engine, port) for port, _ in ports)
        if sent < result["sent"] * 0.98:
            raise RuntimeError(f"{sent} packets went out for {result['sent']} that came in")
        return used / float(result["sent"]) * 1e6
    finally:
        engine.stop()


def _packets_sent(engine: Engine, port: int) -> int:
    statistics_now = engine.statistics(port)
    return 0 if statistics_now is None else statistics_now.packets_sent


def _listed(values: list[float]) -> str:
    return "/".join(f"{value:.2f}" for value in values)
