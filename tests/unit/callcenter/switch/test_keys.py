"""Keys by telephone event and by INFO: each press once."""

import pytest

from callcenter.switch.keys import Keys


class Hand:
    """Presses keys by either way at given times; keeps what was taken."""

    def __init__(self) -> None:
        self.now = 0.0
        self.taken = ""
        self._keys = Keys(self._pressed, lambda: self.now)

    def press(self, *presses: tuple[float, str, str]) -> str:
        for self.now, way, key in presses:
            (self._keys.by_event if way == "event" else self._keys.by_info)(key)
        return self.taken

    def _pressed(self, key: str) -> None:
        self.taken += key


@pytest.mark.parametrize("way", ["event", "info"])
def test_one_way_alone_takes_every_key(way: str) -> None:
    assert Hand().press(*((n / 10, way, key) for n, key in enumerate("1123*#"))) == "1123*#"


@pytest.mark.parametrize(("first", "second"), [("event", "info"), ("info", "event")])
def test_a_phone_that_sends_both_is_heard_once(first: str, second: str) -> None:
    presses = []
    for at, key in ((0.0, "1"), (0.2, "1"), (5.0, "2")):
        presses += [(at, first, key), (at + 0.1, second, key)]
    assert Hand().press(*presses) == "112"


def test_the_order_may_change_after_a_pause() -> None:
    presses = [(0.0, "event", "1"), (0.1, "info", "1"), (9.0, "info", "2"), (9.1, "event", "2")]
    assert Hand().press(*presses) == "12"


def test_another_phone_behind_the_same_call_is_heard() -> None:
    assert Hand().press((0.0, "event", "1"), (60.0, "info", "2"), (60.2, "info", "3")) == "123"
