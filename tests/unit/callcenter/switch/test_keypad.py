"""Hook flash and digit rules (WZ-T9, T10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.switch.keypad import MAX_NUMBER, Keypad, KeypadPowers, KeypadState
from sip import FLASH

PATIENCE = 15.0


class Powers(KeypadPowers):
    """Notes what is to be done."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def hold(self) -> None:
        self.log.append("hold")

    def retrieve(self) -> None:
        self.log.append("retrieve")

    def call(self, number: str, *, outside: bool) -> None:
        self.log.append(f"call {number} {'outside' if outside else 'inside'}")

    def cancel(self) -> None:
        self.log.append("cancel")

    def conference(self) -> bool:
        self.log.append("conference")
        return True

    def complete(self) -> None:
        self.log.append("complete")

    def release(self) -> None:
        self.log.append("release")


class Hand:
    """Somebody at a keypad. `!` flashes, `h` hangs up; the called party answers: `a`, goes: `g`."""

    def __init__(self) -> None:
        self.powers = Powers()
        self.keypad = Keypad(self.powers, patience=PATIENCE)
        self.now = 100.0

    def does(self, script: str) -> list[str]:
        for step in script:
            match step:
                case "h":
                    self.keypad.hang_up()
                case "a":
                    self.keypad.target_answered()
                case "g":
                    self.keypad.target_gone()
                case _:
                    self.keypad.key(step, self.now)
        return self.powers.log


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("!2001*", ["hold", "call 2001 inside"]),
        ("!13800138000#", ["hold", "call 13800138000 outside"]),
        ("!2001*!", ["hold", "call 2001 inside", "cancel", "retrieve"]),
        ("!!", ["hold", "retrieve"]),
        ("!20!", ["hold", "retrieve"]),
        ("!*#A7*", ["hold", "call 7 inside"]),
        ("!2001*ah", ["hold", "call 2001 inside", "complete"]),
        ("!2001*h", ["hold", "call 2001 inside", "complete"]),
        ("!2001*a*", ["hold", "call 2001 inside", "conference"]),
        ("!2001*a*h", ["hold", "call 2001 inside", "conference", "complete"]),
        ("!2001*a!", ["hold", "call 2001 inside", "cancel", "retrieve"]),
        ("!2001**5#", ["hold", "call 2001 inside"]),
        ("!2001*g", ["hold", "call 2001 inside", "retrieve"]),
        ("!2001*ag", ["hold", "call 2001 inside", "retrieve"]),
        ("!20h", ["hold", "release"]),
        ("123*#", []),
        ("h", ["release"]),
        ("hh!1*", ["release"]),
        ("!2001*a*g!", ["hold", "call 2001 inside", "conference", "hold"]),
    ],
)
def test_from_a_conversation(script: str, expected: list[str]) -> None:
    assert Hand().does(script) == expected


def test_who_keys_nothing_comes_back() -> None:
    hand = Hand()
    hand.does("!")
    hand.now += PATIENCE - 1
    hand.does("1")
    assert hand.keypad.next_deadline() == hand.now + PATIENCE
    hand.keypad.advance(hand.now + PATIENCE - 0.1)
    assert hand.keypad.state is KeypadState.KEYING
    hand.keypad.advance(hand.now + PATIENCE)
    assert hand.powers.log == ["hold", "retrieve"]
    assert hand.keypad.next_deadline() is None


def test_a_number_without_end_is_dropped() -> None:
    assert Hand().does("!" + "1" * (MAX_NUMBER + 1)) == ["hold", "retrieve"]


@given(st.text(alphabet=FLASH + "1*#hag", max_size=60))
def test_whatever_happens_nobody_is_forgotten(script: str) -> None:
    """Held and called parties are always let go, retrieved or joined by the end."""
    hand = Hand()
    log = hand.does(script + "h")
    assert hand.keypad.state is KeypadState.OVER
    assert hand.keypad.next_deadline() is None
    assert len([it for it in log if it in ("complete", "release")]) <= 1
    holds = 0
    for step in log:
        holds += {"hold": 1, "retrieve": -1}.get(step, 0)
        assert holds >= 0
