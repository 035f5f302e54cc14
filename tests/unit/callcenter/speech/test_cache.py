"""Audio on disk."""

import os
from pathlib import Path

import pytest

from callcenter.speech.cache import AudioCache, key


def test_what_is_written_is_read(tmp_path: Path) -> None:
    AudioCache(tmp_path / "new").write(key("a"), b"pcm!")

    assert AudioCache(tmp_path / "new").read(key("a")) == b"pcm!"
    assert AudioCache(tmp_path / "new").read(key("b")) is None


def test_keys_tell_parts_apart() -> None:
    keys = {key("ab", "c"), key("a", "bc"), key("abc"), key("a", "b", "c"), key("abc", "")}

    assert len(keys) == 5
    assert key("zh", "你好") == key("zh", "你好")


def test_half_a_sample_is_no_audio(tmp_path: Path) -> None:
    cache = AudioCache(tmp_path)
    cache.write(key("a"), b"odd")

    assert cache.read(key("a")) is None


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    cache = AudioCache(tmp_path)
    name = key("a")
    (tmp_path / name[:2] / f"{name[2:]}.s16le").mkdir(parents=True)

    with pytest.raises(OSError, match="irectory"):
        cache.write(name, b"pcm!")

    assert len(list((tmp_path / name[:2]).iterdir())) == 1


def test_the_longest_unused_goes_first(tmp_path: Path) -> None:
    cache = AudioCache(tmp_path, max_bytes=1000)
    names = [key(str(number)) for number in range(4)]
    for number, name in enumerate(names[:3]):
        cache.write(name, bytes(300))
        (file,) = tmp_path.glob(f"*/{name[2:]}*")
        os.utime(file, (number, number))
    assert cache.read(names[0]) is not None

    cache.write(names[3], bytes(300))

    assert [cache.read(name) is not None for name in names] == [True, False, True, True]
