"""Figure: the engine's CPU for a packet that is secret on both legs, beside that of a plain one."""

import os
import statistics
from typing import Literal

from media._engine import Engine, build_profile
from media.sdp.transport import KEY_BYTES
from tests.load import proc, rtp_ports, rust_tools
from tests.load.figures import Figure

CALLS = 100
SECONDS = 6
ROUNDS = 3
LIMIT = 2.0
_STREAMS = 2 * CALLS
_PCMA = 8
_Suite = Literal["", "AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM"]
_SUITES: tuple[_Suite, ...] = (
    "",
    "AES_CM_128_HMAC_SHA1_80",
    "AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM",
)


def measure() -> list[Figure]:
    """100 calls, opened and sealed again in both directions; the runs alternate, medians count."""
    rust_tools.build(optimised=True)
    phones, ours = rtp_ports.take_block(), rtp_ports.take_block()
    used: dict[_Suite, list[float]] = {suite: [] for suite in _SUITES}
    for _ in range(ROUNDS):
        for suite in _SUITES:
            used[suite].append(_run(suite, phones, ours))
    plain = used.pop("")
    return [
        Figure(
            key=f"cpu_per_secret_packet_{suite.lower()}",
            what=f"CPU of the engine a packet of {suite} on both legs ({CALLS} calls)",
            value=statistics.median(values),
            unit="µs",
            reference=statistics.median(plain),
            reference_what="the engine's plain relay",
            limit=LIMIT,
            note=f"secret {_listed(values)}; plain {_listed(plain)} ({build_profile} build)",
        )
        for suite, values in used.items()
    ]


def _run(suite: _Suite, phones: int, ours: int) -> float:
    """Microseconds of the audio thread for each packet that came in and went out."""
    engine = Engine("127.0.0.1", ours, ours + rtp_ports.SIZE - 2, 0)
    engine.start()
    try:
        ports = [engine.open_port() for _ in range(_STREAMS)]
        secrets: dict[str, str] = {}
        if suite:
            our_key, their_key = (os.urandom(KEY_BYTES[suite]) for _ in range(2))
            secrets = {"suite": suite, "seals": their_key.hex(), "opens": our_key.hex()}
        for nth, (port, _) in enumerate(ports):
            engine.configure_port(port, "127.0.0.1", phones + 2 * nth, _PCMA, "PCMA", None, 20)
            if suite:
                engine.protect_port(port, suite, our_key, their_key)
            engine.hear(port, ports[nth ^ 1][0])
        before = proc.thread_seconds(os.getpid())["media-audio"]
        load = rust_tools.Tool(
            "rtp_load",
            optimised=True,
            local=phones,
            targets=[rtp_port for _, rtp_port in ports],
            streams=_STREAMS,
            seconds=SECONDS,
            **secrets,
        )
        result = load.result(SECONDS + 20)
        if result["lost"] or result["misdelivered"]:
            raise RuntimeError(f"packets were lost: {result}")
        used = proc.thread_seconds(os.getpid())["media-audio"] - before
        return used / float(result["received"]) * 1e6
    finally:
        engine.stop()


def _listed(values: list[float]) -> str:
    return "/".join(f"{value:.2f}" for value in values)
