"""Taking keys from the caller: try after try in menu and collect, with barge-in and timers.

The rules of an entry (GD-4.4): one key may be any key. Several or variable length: `*` starts over,
`#` or a pause ends, and so does the last digit there is room for.
"""

from typing import TypeVar

from ivr.farewells import HangUpCause
from ivr.prompts import PromptPart
from ivr.schema import CollectNode, InputNode, MenuNode
from ivr.visits import GoesTo, Visit

I = TypeVar("I", bound=InputNode)  # noqa: E741

MAX_PRESSED = 64
"""Keys of one visit that the path remembers."""


class InputVisit(Visit[I]):
    """Asks until an answer is good or the tries are used up."""

    _failures = 0

    def begin(self, now: float) -> GoesTo:
        self.interruptible = self.node.interruptible
        return self.ask(now)

    def ask(self, now: float, before: tuple[PromptPart, ...] = ()) -> GoesTo:
        """Begins a try; `before` is what there is to say about the last one."""
        self.deadline = None
        return self.say(before + (self.node.prompt or ()), now)

    def heard(self, now: float) -> GoesTo:
        self.deadline = now + self.node.timeout
        ahead, self.line.key_ahead = self.line.key_ahead, ""
        return self.key(ahead, now) if ahead else None

    def key(self, digit: str, now: float) -> GoesTo:
        if len(self.pressed) < MAX_PRESSED:
            self.pressed += digit
        return self.take(digit, now)

    def take(self, digit: str, now: float) -> GoesTo:
        """One key of the answer."""
        raise NotImplementedError

    def accept(self) -> None:
        """The answer is good: whatever was wanting before is forgotten."""
        self.line.note("hangup")

    def invalid(self, now: float) -> GoesTo:
        """The answer is not good."""
        return self._failed("invalid_input", self.node.on_invalid, self.node.invalid_prompt, now)

    def silent(self, now: float) -> GoesTo:
        """There was no answer."""
        return self._failed("no_input", self.node.on_timeout, self.node.no_input_prompt, now)

    def _failed(
        self, cause: HangUpCause, goes_to: str, prompt: tuple[PromptPart, ...], now: float
    ) -> GoesTo:
        self._failures += 1
        if self._failures < self.node.tries:
            return self.ask(now, prompt)
        self.line.note(cause)
        return goes_to


class MenuVisit(InputVisit[MenuNode]):
    """One key, one way."""

    def take(self, digit: str, now: float) -> GoesTo:
        goes_to = self.node.keys.get(digit)
        if goes_to is None:
            return self.invalid(now)
        self.accept()
        return goes_to

    def timed_out(self, now: float) -> GoesTo:
        return self.silent(now)


class CollectVisit(InputVisit[CollectNode]):
    """An entry of one key, several, or as many as come."""

    _entry = ""

    def ask(self, now: float, before: tuple[PromptPart, ...] = ()) -> GoesTo:
        self._entry = ""
        return super().ask(now, before)

    def take(self, digit: str, now: float) -> GoesTo:
        node = self.node
        if node.max_digits > 1 and digit == "#":
            return self._end(now)
        if node.max_digits > 1 and digit == "*":
            self._entry = ""
            self.deadline = now + node.timeout
            return None
        self._entry += digit
        if len(self._entry) < node.max_digits:
            self.deadline = now + node.inter_digit_timeout
            return None
        if node.max_digits > 1:
            self.line.expect_hash(now + node.inter_digit_timeout)
        return self._end(now)

    def timed_out(self, now: float) -> GoesTo:
        if not self._entry and self.node.min_digits:
            return self.silent(now)
        return self._end(now)

    def _end(self, now: float) -> GoesTo:
        if not self.node.accepts(self._entry):
            return self.invalid(now)
        self.line.variables["digits"] = self.line.variables[self.node.into] = self._entry
        self.accept()
        return self.node.next
