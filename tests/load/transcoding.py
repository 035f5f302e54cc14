"""Figure: the engine's CPU for Opus to G.711 and back, beside what libopus takes for the sound."""

import os
import socket
import statistics
import tempfile
import time
from pathlib import Path

from callcenter.speech.worker import speak
from media._engine import Engine, build_profile
from tests.load import proc, rtp_ports, rust_tools
from tests.load.figures import Figure

CALLS = 30
SECONDS = 6
ROUNDS = 5
LIMIT = 1.2
_PCMA, _OPUS = 8, 111
_TEXT = (
    "Your call is important to us. All our agents are talking with other callers at the moment; "
    "please stay on the line, and the next one who is free will be with you."
)


def measure() -> list[Figure]:
    """30 voices, each coded to Opus and back to G.711; the runs alternate, medians count."""
    rust_tools.build(optimised=True)
    pcm = speak({"text": _TEXT, "language": "en"})
    ports = rtp_ports.take_block()
    ours, library = [], []
    for _ in range(ROUNDS):
        library.append(_library(pcm))
        ours.append(_engine(pcm, ports))
    return [
        Figure(
            key="cpu_per_transcoded_packet",
            what=f"CPU of the engine a packet to Opus, over UDP and to G.711 ({CALLS} voices)",
            value=statistics.median(ours),
            unit="µs",
            reference=statistics.median(library),
            reference_what="libopus alone, coding and decoding the same",
            limit=LIMIT,
            note=f"engine {_listed(ours)}; libopus {_listed(library)} ({build_profile} build)",
        )
    ]


def _library(pcm: bytes) -> float:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "speech.pcm")
        file.write_bytes(pcm)
        cost = rust_tools.Tool("opus_cost", pcm=str(file), voices=CALLS).result(60)
    return float(cost["encode_us"]) + float(cost["decode_us"])


def _engine(pcm: bytes, ports: int) -> float:
    """Microseconds of the audio thread a packet: the prompt is coded for one port, whose packets
    another port of ours receives as a phone's, and a third one sends as G.711 to a deaf phone."""
    engine = Engine("127.0.0.1", ports, ports + rtp_ports.SIZE - 2, 0)
    engine.start()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            audio = engine.load_audio(pcm)
            sinks = []
            for _ in range(CALLS):
                (near, near_rtp), (far, far_rtp) = engine.open_port(), engine.open_port()
                last, _ = engine.open_port()
                engine.configure_port(near, "127.0.0.1", far_rtp, _OPUS, "opus", None, 20)
                engine.configure_port(far, "127.0.0.1", near_rtp, _OPUS, "opus", None, 20)
                engine.configure_port(
                    last, "127.0.0.1", deaf.getsockname()[1], _PCMA, "PCMA", None, 20
                )
                engine.hear(last, far)
                engine.play(near, [audio], loop=True, told=False)
                sinks.append(last)
            return _measured(engine, sinks)
    finally:
        engine.stop()


def _measured(engine: Engine, sinks: list[int]) -> float:
    def sent() -> int:
        counters = [engine.statistics(port) for port in sinks]
        return sum(each.packets_sent for each in counters if each is not None)

    time.sleep(1.0)
    packets, before = sent(), proc.thread_seconds(os.getpid())["media-audio"]
    time.sleep(SECONDS)
    used = proc.thread_seconds(os.getpid())["media-audio"] - before
    packets = sent() - packets
    if packets < CALLS * 50 * SECONDS * 0.95:
        raise RuntimeError(f"{packets} packets went out in {SECONDS} s of {CALLS} voices")
    return used / packets * 1e6


def _listed(values: list[float]) -> str:
    return "/".join(f"{value:.1f}" for value in values)
