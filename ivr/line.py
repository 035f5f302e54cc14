"""The caller's line as one visit to a node sees it: say, ask for effects, remember.

It outlives the visits of a run. It does not decide where the call goes.
"""

from collections.abc import Sequence

from ivr.farewells import FAREWELLS, HangUpCause
from ivr.messages import Awaited, Effect, HangUp, Play, StopPlay
from ivr.prompts import PromptPart

MAX_UNATTENDED = 100
"""Nodes that a run may visit without a key or a real wait, before it is taken for a loop."""


class Line:
    """State shared by the visits of one run."""

    def __init__(self, language: str, variables: dict[str, str]) -> None:
        self.language = language
        self.variables = variables
        self.effects: list[Effect] = []
        """Asked for since they were last taken."""
        self.pending: Awaited | None = None
        """The effect under way."""
        self.key_ahead = ""
        """The key that cut a prompt short, until a node takes it. Prompts on its way are skipped,
        so that there is never a second one."""
        self.finished = False
        self.unattended = 0
        self._late_hash_until = 0.0
        self._last_id = 0
        self._cause: HangUpCause = "hangup"
        self._explained = True

    def resume(self, other: "Line") -> None:
        """Goes on where `other` has ended."""
        self._last_id = other._last_id
        self.key_ahead = other.key_ahead
        self.unattended = other.unattended
        self._cause, self._explained = other._cause, other._explained

    def take_effects(self) -> list[Effect]:
        """Hands over what was asked for."""
        effects, self.effects = self.effects, []
        return effects

    def next_id(self) -> int:
        """An id for an effect."""
        self._last_id += 1
        return self._last_id

    def begin(self, effect: Awaited) -> None:
        """Asks for an effect and waits for its end."""
        self.pending = effect
        self.effects.append(effect)

    @property
    def playing(self) -> bool:
        """Whether a prompt is being heard."""
        return isinstance(self.pending, Play)

    def play(self, parts: Sequence[PromptPart]) -> None:
        """Says `parts`, which are not empty, in the caller's language."""
        prompts = tuple(part.resolve(self.language, self.variables) for part in parts)
        self._explained = True
        self.begin(Play(self.next_id(), prompts))

    def stop_play(self) -> None:
        """Cuts the prompt short."""
        self.pending = None
        self.effects.append(StopPlay())

    def expect_hash(self, until: float) -> None:
        """A full entry needs no #, but callers press it from habit: the next key may be lost."""
        self._late_hash_until = until

    def is_late_hash(self, digit: str, now: float) -> bool:
        """Whether this key is the # that `expect_hash` spoke of."""
        until, self._late_hash_until = self._late_hash_until, 0.0
        return digit == "#" and now < until

    def attended(self) -> None:
        """The caller is alive: he pressed a key, or waited for his turn."""
        self.unattended = 0

    def note(self, cause: HangUpCause) -> None:
        """If the call ends now, `cause` is why, and the caller has not been told yet."""
        self._cause = cause
        self._explained = cause not in FAREWELLS

    def farewell(self) -> Sequence[PromptPart]:
        """What is still owed to the caller before hanging up; mostly nothing."""
        return () if self._explained else FAREWELLS[self._cause]

    def hang_up(self) -> None:
        """Ends the run and the call."""
        self.finished = True
        self.effects.append(HangUp(self._cause))
