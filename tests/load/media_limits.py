"""Figures: memory of a port, and the voice of calls while the event loop stands still."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from media._engine import Engine
from tests.load import proc, rtp_ports, rust_tools
from tests.load.figures import Figure

PORTS = 4000
PORT_KIB = 20
CALLS = 50
SECONDS = 6
STALL_S = 2.0
GAP_MS = 40
_PACKET_MS = 20
_PCMA = 8


def measure() -> list[Figure]:
    """Both."""
    rust_tools.build(optimised=True)
    return [_memory(), _stalled()]


def _memory() -> Figure:
    # A loopback address of this process's own: the range is free whoever else is at work.
    high, low = os.getpid() >> 8 & 255, os.getpid() & 255
    engine = Engine(f"127.79.{high}.{low}", 2000, 60_000, 0)
    engine.start()
    try:
        _open(engine, 200)
        before = proc.resident_kib(os.getpid())
        _open(engine, PORTS)
        after = proc.resident_kib(os.getpid())
    finally:
        engine.stop()
    return Figure(
        key="memory_per_port",
        what=f"resident memory a port that is relayed to ({PORTS} ports)",
        value=(after - before) / PORTS,
        unit="KiB",
        reference=PORT_KIB,
        reference_what="the promise",
        limit=1.0,
        note="without what the kernel keeps for its sockets",
    )


def _open(engine: Engine, count: int) -> None:
    ports = [engine.open_port()[0] for _ in range(count)]
    for n, port in enumerate(ports):
        engine.configure_port(port, "127.0.0.1", 9, _PCMA, "PCMA", 101, 20)
        engine.configure_rtcp(port, None)
        engine.hear(port, ports[n ^ 1])
    # An answered question: the audio thread has carried out what was told before.
    silence = engine.load_audio(bytes(320))
    player = engine.play(ports[-1], [silence])
    while not any(event[:1] == ("play_finished",) for event in engine.poll_events()):
        time.sleep(0.01)
    del player


def _stalled() -> Figure:
    phones, relay = rtp_ports.take_block(), rtp_ports.take_block()
    engine = Engine("127.0.0.1", relay, relay + rtp_ports.SIZE - 2, 0)
    engine.start()
    try:
        ports = [engine.open_port() for _ in range(2 * CALLS)]
        for n, (port, _) in enumerate(ports):
            engine.configure_port(port, "127.0.0.1", phones + 2 * n, _PCMA, "PCMA", 101, 20)
            engine.hear(port, ports[n ^ 1][0])
        load = rust_tools.Tool(
            "rtp_load",
            local=phones,
            targets=[rtp_port for _, rtp_port in ports],
            streams=2 * CALLS,
            seconds=SECONDS,
        )
        with ThreadPoolExecutor(1) as other:
            result = other.submit(load.result, SECONDS + 20)
            time.sleep((SECONDS - STALL_S) / 2)
            _hold_the_interpreter(STALL_S)
            told = result.result()
    finally:
        engine.stop()
    if told["lost"] or told["misdelivered"]:
        raise RuntimeError(f"packets were lost: {told}")
    return Figure(
        key="gap_while_stalled",
        what=f"largest gap between packets while the loop is blocked for {STALL_S:.0f} s",
        value=_PACKET_MS + told["delay_ms"]["max"],
        unit="ms",
        reference=GAP_MS,
        reference_what="the promise",
        limit=1.0,
        note=f"delays {told['delay_ms']} ms; the load was up to {told['late_ms']} ms late itself",
    )


def _hold_the_interpreter(seconds: float) -> None:
    """As a callback that computes would: nothing else of Python's runs but for its slices."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
