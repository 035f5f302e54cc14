"""What a telephone line does to a sound: level, noise, G.711, packets, loss. Sounds are arrays of
float samples at 8000 Hz; 1.0 is full scale, which is +3.14 dBm0 for a sine.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from callcenter.demo.g711 import alaw_encode, ulaw_encode

Sound: TypeAlias = npt.NDArray[np.float64]
Law: TypeAlias = Literal["PCMA", "PCMU"]

RATE = 8000
PACKET = 160
_FULL_SCALE_DBM0 = 3.14
_SAMPLES = range(-32768, 32768)
_CODES = {
    "PCMA": np.frombuffer(alaw_encode(_SAMPLES), dtype=np.uint8),
    "PCMU": np.frombuffer(ulaw_encode(_SAMPLES), dtype=np.uint8),
}


def at_level(sound: Sound, dbm0: float) -> Sound:
    """The sound as loud as a sine of that level, going by its loudest 50 ms pieces."""
    if len(sound) == 0:
        return sound
    whole = sound[: len(sound) // 400 * 400] if len(sound) >= 400 else sound
    powers = np.mean(whole.reshape(-1, min(400, len(whole))) ** 2, axis=1)
    loud = float(np.mean(np.sort(powers)[-max(1, len(powers) // 3) :]))
    if loud == 0.0:
        return sound
    wanted = 0.5 * 10 ** ((dbm0 - _FULL_SCALE_DBM0) / 10)
    return sound * float(np.sqrt(wanted / loud))


def with_noise(sound: Sound, dbm0: float, chance: np.random.Generator) -> Sound:
    """With white noise of that level."""
    rms = np.sqrt(0.5 * 10 ** ((dbm0 - _FULL_SCALE_DBM0) / 10))
    return sound + chance.normal(0.0, rms, len(sound))


def packets(sound: Sound, law: Law) -> list[bytes]:
    """Payloads of 20 ms, the last filled up with silence."""
    padded = np.concatenate([sound, np.zeros(-len(sound) % PACKET)])
    samples = np.clip(np.round(padded * 32767), -32768, 32767).astype(np.int64)
    codes = _CODES[law][samples + 32768].tobytes()
    return [codes[at : at + PACKET] for at in range(0, len(codes), PACKET)]


def with_loss(
    payloads: Sequence[bytes], share: float, chance: np.random.Generator
) -> list[bytes | None]:
    """With that share of the packets lost, each by itself."""
    lost = chance.random(len(payloads)) < share
    return [None if gone else payload for payload, gone in zip(payloads, lost, strict=True)]


def silence(seconds: float) -> Sound:
    """Nothing, for so long."""
    return np.zeros(round(seconds * RATE))
