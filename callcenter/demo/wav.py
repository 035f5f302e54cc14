"""Reads the call's recording byte by byte, to judge what the engine has written."""

import struct
from dataclasses import dataclass
from pathlib import Path

from callcenter.demo.g711 import DECODE, RATE, Law

_LAWS: dict[int, Law] = {6: "PCMA", 7: "PCMU"}
"""WAVE_FORMAT_ALAW and WAVE_FORMAT_MULAW."""


@dataclass(frozen=True, slots=True)
class Wav:
    """A G.711 sound file; 8-bit codes, channels interleaved."""

    law: Law
    channels: int
    codes: bytes

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.codes) / self.channels / RATE

    def channel(self, n: int) -> list[int]:
        """One channel as 16-bit samples; 0 is the left one."""
        return DECODE[self.law](self.codes[n :: self.channels])


def read(path: Path) -> Wav:
    """ValueError says what is wrong with the file; OSError when it cannot be read."""
    data = path.read_bytes()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("not a RIFF/WAVE file")
    chunks = _chunks(data)
    if "fmt " not in chunks or "data" not in chunks:
        raise ValueError("the fmt or data chunk is missing")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunks["fmt "])
    if tag not in _LAWS or rate != RATE or bits != 8 or channels < 1:
        raise ValueError(f"format {tag}, {channels} channels, {rate} Hz, {bits} bits")
    return Wav(_LAWS[tag], channels, chunks["data"])


def _chunks(data: bytes) -> dict[str, bytes]:
    """Every chunk by its name."""
    found: dict[str, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        name, size = (
            data[at : at + 4].decode("latin-1"),
            int.from_bytes(data[at + 4 : at + 8], "little"),
        )
        if at + 8 + size > len(data):
            raise ValueError(f"the {name} chunk claims more bytes than there are")
        found[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found
