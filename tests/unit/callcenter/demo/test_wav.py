"""Recordings are read byte by byte, without the library that wrote them."""

import struct
from pathlib import Path

import pytest

from callcenter.demo.ears import judge, tone
from callcenter.demo.g711 import ENCODE, Law
from callcenter.demo.wav import read


def _wav(
    codes: bytes, *, tag: int = 6, channels: int = 2, rate: int = 8000, bits: int = 8
) -> bytes:
    fmt = struct.pack("<HHIIHHH", tag, channels, rate, rate * channels, channels, bits, 0)
    extra = b"LIST" + struct.pack("<I", 3) + b"odd\0"
    data = b"data" + struct.pack("<I", len(codes)) + codes
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + extra + data
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


def _stereo(law: Law, left: int, right: int) -> bytes:
    pair = ENCODE[law](tone(left, 0.5)), ENCODE[law](tone(right, 0.5))
    return bytes(code for both in zip(*pair, strict=True) for code in both)


@pytest.mark.parametrize(("tag", "law"), [(6, "PCMA"), (7, "PCMU")])
def test_left_and_right_are_told_apart(tmp_path: Path, tag: int, law: Law) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(_wav(_stereo(law, 440, 620), tag=tag))
    sound = read(path)
    assert (sound.law, sound.channels, sound.seconds) == (law, 2, 0.5)
    assert judge(sound.channel(0)).hz == pytest.approx(440, abs=1)
    assert judge(sound.channel(1)).hz == pytest.approx(620, abs=1)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a RIFF"),
        (b"RIFF\0\0\0\0WAVE", "missing"),
        (_wav(b"12", tag=1, bits=16), "format 1"),
        (_wav(b"12", rate=16000), "16000 Hz"),
        (_wav(b"12")[:-1], "more bytes than there are"),
    ],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=reason):
        read(path)
