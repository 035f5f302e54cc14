"""Samples and bytes."""

from tests.support.audio import pcm_bytes, pcm_samples


def test_pcm_bytes_are_little_endian() -> None:
    assert pcm_bytes([1, -2]) == b"\x01\x00\xfe\xff"
    assert pcm_samples(b"\x01\x00\xfe\xff") == [1, -2]
