"""What the media engine is at: the answer to the question `media`."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from callcenter.switch.voices import Voice
from media.plane import PlaneState, PortState

_FIGURES = (
    "packets_received",
    "packets_sent",
    "lost",
    "jitter_ms",
    "round_trip_ms",
    "recent_loss",
    "mos",
    "recent_mos",
    "remote_lost",
    "remote_mos",
    "missing_s",
)


def media_answer(state: PlaneState, voices: Iterable[Voice]) -> dict[str, Any]:
    """The ports with whose they are, and the engine as a whole."""
    whose = {voice.port.port_id: voice for voice in voices}
    return {
        "threads": [
            {"ports": thread.ports, "cpu_s": round(thread.cpu_s, 3)} for thread in state.threads
        ],
        "rooms": rooms(state.ports),
        "recordings": state.recordings,
        "audios": state.audios,
        "udp_ports": {
            "all": state.range_size,
            "open": len(state.ports),
            "resting": state.cooling,
        },
        "ports": [_port(port, whose.get(port.port_id)) for port in state.ports],
    }


def rooms(ports: Sequence[PortState]) -> int:
    """How many groups of ports hear one another."""
    groups: list[set[int]] = []
    for port in ports:
        if not port.hears:
            continue
        joined = {port.port_id, *port.hears}
        for group in [group for group in groups if group & joined]:
            groups.remove(group)
            joined |= group
        groups.append(joined)
    return len(groups)


def _port(port: PortState, voice: Voice | None) -> dict[str, Any]:
    seen = port.statistics
    figures: Mapping[str, Any] = {
        name: _rounded(getattr(seen, name)) if seen is not None else None for name in _FIGURES
    }
    remote = seen.remote if seen is not None else None
    shown = dataclasses.asdict(dataclasses.replace(port, statistics=None))  # which is no dataclass
    del shown["statistics"]
    return {
        **shown,
        "call_id": voice.call_id if voice is not None else None,
        "party": voice.party if voice is not None else None,
        "missing": voice is not None and voice.missing,
        "source": f"{remote[0]}:{remote[1]}" if remote is not None else None,
        **figures,
    }


def _rounded(value: float | None) -> float | None:
    return round(value, 3) if isinstance(value, float) else value
