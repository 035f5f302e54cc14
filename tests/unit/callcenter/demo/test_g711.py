"""The ears must be right before they judge anything: known codes, known tones."""

from collections.abc import Callable

import pytest

from callcenter.demo.ears import power_at, tone
from callcenter.demo.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode

_LAWS = [
    pytest.param(ulaw_encode, ulaw_decode, id="ulaw"),
    pytest.param(alaw_encode, alaw_decode, id="alaw"),
]


@pytest.mark.parametrize(
    ("sample", "ulaw", "alaw"),
    [
        # ITU-T G.711 tables 1 and 2: zero, the extremes, and one step off zero each way
        (0, 0xFF, 0xD5),
        (-1, 0x7F, 0x55),
        (32767, 0x80, 0xAA),
        (-32768, 0x00, 0x2A),
        (8, 0xFE, 0xD5),
        (16, 0xFD, 0xD4),
        (1000, 0xCE, 0xFA),
    ],
)
def test_codes_are_those_of_the_standard(sample: int, ulaw: int, alaw: int) -> None:
    assert ulaw_encode([sample]) == bytes([ulaw])
    assert alaw_encode([sample]) == bytes([alaw])


@pytest.mark.parametrize(("encode", "decode"), _LAWS)
def test_every_code_survives_decoding_and_encoding(
    encode: Callable[[list[int]], bytes], decode: Callable[[bytes], list[int]]
) -> None:
    codes = bytes(code for code in range(256) if not (encode is ulaw_encode and code == 0x7F))
    assert encode(decode(codes)) == codes  # µ-law's negative zero decodes to plain zero


@pytest.mark.parametrize(("encode", "decode"), _LAWS)
def test_a_tone_survives_the_codec(
    encode: Callable[[list[int]], bytes], decode: Callable[[bytes], list[int]]
) -> None:
    assert power_at(decode(encode(tone(440, 0.1))), 440) > 0.98
