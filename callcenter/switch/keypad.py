"""A talk handled from a phone's keypad: hook flash and digits (WZ-T9, T10, A-42).

A pure machine: keys, what becomes of the called party, and `now` come in; what is to be done goes
out through `KeypadPowers`. A flash comes as telephone event 16, by INFO, or from a softphone's
button; the rules are the same.

    in a conversation   flash: the other party waits, and a number may be keyed
    keying              number and `*`: an agent or extension; number and `#`: outside;
                        flash, or no key for `patience`: back
    calling             flash: cancel, and back
    consulting          `*`: all three in conference; flash: part from the called party, and back
    any of these        hang up: the two others are left to talk, or called on to do so
"""

import weakref
from enum import Enum
from typing import Final, Protocol

import sip

MAX_NUMBER = 32
"""Digits; E.164 has 15, with access codes before."""
_DIGITS: Final = frozenset("0123456789")


class KeypadState(Enum):
    """Where the party at the keypad stands."""

    TALKING = "talking"
    KEYING = "keying"
    CALLING = "calling"
    CONSULTING = "consulting"
    CONFERENCE = "conference"
    OVER = "over"


class KeypadPowers(Protocol):
    """What the machine can have done. `other` is whom the party talked with before the flash."""

    def hold(self) -> None:
        """Let the other wait, with music."""

    def retrieve(self) -> None:
        """Back to the other."""

    def call(self, number: str, *, outside: bool) -> None:
        """Call an agent or extension, or an outside number; the machine is told what comes of it.

        The party hears how it goes.
        """

    def cancel(self) -> None:
        """Withdraw the call, or part from the called party."""

    def conference(self) -> bool:
        """Join party, other and called party; False where their voices cannot be mixed."""

    def complete(self) -> None:
        """The party is gone: leave the others to each other, also if the called one still rings."""

    def release(self) -> None:
        """The party is gone, and with it everything that it held or called."""


class Keypad:
    """One phone's keypad, from the beginning of a conversation on."""

    def __init__(self, powers: KeypadPowers, *, patience: float) -> None:
        """`patience` is in seconds."""
        self.state = KeypadState.TALKING
        self._powers: KeypadPowers = weakref.proxy(powers)  # they own this
        self._patience = patience
        self._number = ""
        self._deadline: float | None = None

    def next_deadline(self) -> float | None:
        """When `advance` has something to do."""
        return self._deadline

    def advance(self, now: float) -> None:
        """No key came for too long."""
        if self._deadline is not None and now >= self._deadline:
            self._back()

    def key(self, key: str, now: float) -> None:
        """A key, or `sip.FLASH`."""
        match self.state:
            case KeypadState.KEYING:
                self._keying(key, now)
            case KeypadState.TALKING if key == sip.FLASH:
                self.state, self._number = KeypadState.KEYING, ""
                self._deadline = now + self._patience
                self._powers.hold()
            case KeypadState.CALLING | KeypadState.CONSULTING if key == sip.FLASH:
                self._powers.cancel()
                self._back()
            case KeypadState.CONSULTING if key == "*":
                if self._powers.conference():
                    self.state = KeypadState.CONFERENCE

    def target_answered(self) -> None:
        """The called party picked up."""
        if self.state is KeypadState.CALLING:
            self.state = KeypadState.CONSULTING

    def target_gone(self) -> None:
        """The call failed, was refused or not answered, or the called party hung up."""
        if self.state is KeypadState.CONFERENCE:
            self.state = KeypadState.TALKING
        elif self.state in (KeypadState.CALLING, KeypadState.CONSULTING):
            self._back()

    def hang_up(self) -> None:
        """The party at the keypad hung up."""
        state, self.state, self._deadline = self.state, KeypadState.OVER, None
        if state is KeypadState.OVER:
            return
        if state in (KeypadState.CALLING, KeypadState.CONSULTING, KeypadState.CONFERENCE):
            self._powers.complete()
        else:
            self._powers.release()

    def _keying(self, key: str, now: float) -> None:
        if key == sip.FLASH:
            self._back()
        elif key in _DIGITS:
            self._deadline = now + self._patience
            self._number += key
            if len(self._number) > MAX_NUMBER:
                self._back()
        elif key in ("*", "#") and self._number:
            number, self._number = self._number, ""
            self.state, self._deadline = KeypadState.CALLING, None
            self._powers.call(number, outside=key == "#")

    def _back(self) -> None:
        """To the conversation before the flash."""
        self.state, self._number, self._deadline = KeypadState.TALKING, "", None
        self._powers.retrieve()
