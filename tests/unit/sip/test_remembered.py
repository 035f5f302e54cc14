"""Reading what peers repeat once, and nothing that a stranger makes up for ever."""

import pytest

from sip.remembered import KNOWN, USUAL_LENGTH, remembered


class Reader:
    """A function of a text that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.read = remembered(self._read)

    def _read(self, text: str, base: str = "") -> str:
        self.asked += 1
        return base + text


def test_what_is_repeated_is_read_once() -> None:
    reader = Reader()

    assert [reader.read("sip:1@a"), reader.read("sip:2@a"), reader.read("sip:1@a")] == [
        "sip:1@a",
        "sip:2@a",
        "sip:1@a",
    ]
    assert reader.asked == 2


def test_what_it_is_read_with_counts_too() -> None:
    reader = Reader()

    assert [reader.read("b", base) for base in ("x", "y", "x")] == ["xb", "yb", "xb"]
    assert reader.asked == 2


@pytest.mark.parametrize(("longer", "asked"), [(0, 1), (1, 2)])
def test_long_texts_are_not_kept(longer: int, asked: int) -> None:
    reader, text = Reader(), "x" * (USUAL_LENGTH + longer)

    assert reader.read(text) == reader.read(text) == text
    assert reader.asked == asked


def test_a_stranger_who_makes_up_texts_only_makes_us_forget() -> None:
    reader = Reader()
    reader.read("ours")
    for n in range(KNOWN):
        reader.read(f"made up {n}")

    reader.read("ours")

    assert reader.asked == KNOWN + 2
