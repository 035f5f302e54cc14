"""What has happened so far, told as it happens and summed up at the end."""

import time
from collections.abc import Mapping

from callcenter.demo.screen import Screen
from callcenter.demo.steps import STEPS, Outcome
from callcenter.demo.texts import Texts


class Story:
    """The outcomes of the steps. A step counts once, as it came first."""

    def __init__(self, screen: Screen, texts: Texts) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._screen = screen
        self._texts = texts
        self._began = time.monotonic()

    def add(self, outcome: Outcome) -> None:
        """Notes and tells one."""
        self.outcomes.setdefault(outcome.step, outcome)
        who = STEPS[outcome.step]
        text = self._told(outcome)
        if not outcome.ok:
            text = f"{self._texts(f'title.{outcome.step}')}: {text}"
        self._screen.moment(
            outcome.at - self._began, who, self._texts(f"who.{who}"), text, ok=outcome.ok
        )

    def note(self, step: str, facts: Mapping[str, object] | None = None) -> None:
        """Something this process has seen to be as it should."""
        self.add(Outcome(step, True, time.monotonic(), facts or {}))

    def fail(self, step: str, reason: str) -> None:
        """Something that is not as it should be."""
        self.add(Outcome(step, False, time.monotonic(), {"reason": reason}))

    def has(self, step: str) -> bool:
        """Whether that step is verified."""
        return step in self.outcomes and self.outcomes[step].ok

    @property
    def failures(self) -> int:
        """Steps not verified: failed, or never reached."""
        return sum(not self.has(step) for step in STEPS)

    def sum_up(self) -> None:
        """Every step with its mark, and the verdict."""
        texts, rows = self._texts, []
        for step in STEPS:
            outcome = self.outcomes.get(step)
            told = texts("not_reached") if outcome is None else self._told(outcome)
            rows.append((self.has(step), texts(f"title.{step}"), told))
        self._screen.heading(texts("summary.steps"))
        self._screen.checks(rows)
        self._screen.say("")
        seconds = time.monotonic() - self._began
        if self.failures:
            text = texts("summary.failed", failed=self.failures, count=len(STEPS))
            self._screen.say(text, "bold red")
        else:
            text = texts("summary.all_verified", count=len(STEPS), seconds=seconds)
            self._screen.say(text, "bold green")

    def _told(self, outcome: Outcome) -> str:
        if not outcome.ok:
            return str(outcome.facts.get("reason", ""))
        return self._texts(f"step.{outcome.step}", outcome.facts)
