"""Hook flash and digit rules (WZ-T9, T10, T11)."""

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

    def conference(self) -> None:
        self.log.append("conference")

    def complete(self) -> None:
        self.log.append("complete")

    def prompt(self) -> None:
        self.log.append("prompt")

    def release(self) -> None:
        self.log.append("release")


class Hand:
    """Somebody at a keypad. `!` flashes, `h` hangs up; `a` and `g`: the called party answers, is
    gone; `o`: the other is gone."""

    def __init__(self, *, alone: bool = False) -> None:
        self.powers = Powers()
        self.keypad = Keypad(self.powers, patience=PATIENCE, alone=alone)
        self.now = 100.0

    def does(self, script: str) -> list[str]:
        for step in script:
            match step:
                case "h":
                    self.keypad.hang_up()
                case "a":
                    self.keypad.target_answered()
                case "g":
                    self.keypad.target_gone(self.now)
                case "o":
                    self.keypad.other_gone(self.now)
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
        ("!2001*ao!", ["hold", "call 2001 inside", "hold"]),
        ("!2001*a*o!", ["hold", "call 2001 inside", "conference", "hold"]),
        ("!2001*a*g!", ["hold", "call 2001 inside", "conference", "hold"]),
        ("!2001*oh", ["hold", "call 2001 inside", "release"]),
        ("!2001*oa!", ["hold", "call 2001 inside", "hold"]),
        ("oh", []),
    ],
)
def test_from_a_conversation(script: str, expected: list[str]) -> None:
    assert Hand().does(script) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("2001*", ["call 2001 inside"]),
        ("2001*!", ["call 2001 inside", "cancel", "prompt"]),
        ("2001*h", ["call 2001 inside", "release"]),
        ("2001*!2002*a", ["call 2001 inside", "cancel", "prompt", "call 2002 inside"]),
        ("2001*a!3#", ["call 2001 inside", "hold", "call 3 outside"]),
        ("2001*g", ["call 2001 inside", "prompt"]),
        ("h", ["release"]),
    ],
)
def test_off_hook_without_a_conversation(script: str, expected: list[str]) -> None:
    assert Hand(alone=True).does(script) == expected


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


@given(st.text(alphabet=FLASH + "1*#hago", max_size=60), st.booleans())
def test_whatever_happens_nobody_is_forgotten(script: str, alone: bool) -> None:
    """Held and called parties are always let go, retrieved or joined by the end."""
    hand = Hand(alone=alone)
    log = hand.does(script + "h")
    assert hand.keypad.state is KeypadState.OVER
    assert hand.keypad.next_deadline() is None
    assert len([it for it in log if it in ("complete", "release")]) <= 1
    holds = 0
    for step in log:
        holds += {"hold": 1, "retrieve": -1}.get(step, 0)
        assert holds >= 0 or alone
