"""Speech through the engine over a bad network, and how good it is at the other end.

The engine decodes, evens out and conceals what came (a mix of one at 0.9), so that what is judged
is ours and not a phone's. The judge is PESQ (ITU-T P.862), from the package `pesq`.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pesq

from tests.support.audio import RATE, alaw_decode, alaw_encode
from tests.support.engine_rig import Packet, Phone, Rig
from tests.support.impairment import ImpairedPath, Impairment

Samples: TypeAlias = npt.NDArray[np.int16]
_FRAME = 160
_PACKET_S = 0.02
_GAIN = 0.9
"""Anything but 1, which would be relayed."""
_TAIL_S = 0.5
"""Silence behind the speech, until the buffer has given all."""


@dataclass(slots=True)
class _Line:
    speaker: Phone
    listener: Phone
    path: ImpairedPath
    heard: list[Packet] = field(default_factory=list)


def carry(
    rig: Rig, speech: Samples, networks: Mapping[str, Impairment], *, seed: int
) -> dict[str, Samples]:
    """Says the speech over each of the networks at once; what is heard behind them."""
    codes = alaw_encode(speech.tolist()) + alaw_encode([0] * round(_TAIL_S * RATE))
    frames = [codes[at : at + _FRAME] for at in range(0, len(codes) - _FRAME + 1, _FRAME)]
    with ExitStack() as stack:
        lines: dict[str, _Line] = {}
        for number, (name, network) in enumerate(networks.items()):
            speaker, listener = rig.phone(), rig.phone()
            path = stack.enter_context(
                ImpairedPath(speaker.remote, network, seed=seed + 10 * number)
            )
            speaker.remote = path.address
            listener.socket.setblocking(False)
            rig.engine.mix(listener.port, [(speaker.port, _GAIN)])
            lines[name] = _Line(speaker, listener, path)
        start = time.monotonic()
        for number, frame in enumerate(frames):
            for line in lines.values():
                line.speaker.send(frame)
                line.heard += line.listener.waiting()
            time.sleep(max(0.0, start + (number + 1) * _PACKET_S - time.monotonic()))
        for line in lines.values():
            line.heard += line.listener.waiting()
    return {name: _in_order(line.heard) for name, line in lines.items()}


def _in_order(packets: Sequence[Packet]) -> Samples:
    """What a phone with a patient buffer plays."""
    ordered = sorted(packets, key=lambda packet: packet.timestamp - packets[0].timestamp)
    return np.array(alaw_decode(b"".join(packet.payload for packet in ordered)), np.int16)


def score(said: Samples, heard: Samples) -> float:
    """The listening quality of what was heard beside what was said: MOS-LQO, 1 to 4.5."""
    return float(pesq.pesq(RATE, said, heard, "nb"))
