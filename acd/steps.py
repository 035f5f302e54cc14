"""Relaxation: the longer a contact waits, the more agents may have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from acd.errors import InvalidQueueError
from acd.skills import skill_set


@dataclass(frozen=True, slots=True)
class Step:
    """From some time of the wait on, further agents are looked for; those before stay in reach.

    A step only ever adds: who was in reach stays there, and goes before those added later.
    """

    after: float
    """Seconds since the wait began."""
    skills: Mapping[str, int] | None = None
    """What is asked for from now on: skills dropped or levels lowered. None: as before."""
    queues: tuple[str, ...] = ()
    """The agents of these queues too."""
    agents: tuple[str, ...] = ()
    """These agents too, whatever their skills."""


def check_steps(queue: str, skills: Mapping[str, int], steps: tuple[Step, ...]) -> None:
    """Raises `InvalidQueueError` for steps that contradict each other, naming the step."""
    after, needed = 0.0, skills
    for number, step in enumerate(steps, 1):
        where = f"queue {queue!r}: step {number}"
        if not (isfinite(step.after) and step.after > after):
            raise InvalidQueueError(f"{where}: after = {step.after!r}, must be > {after}")
        after = step.after
        if step.skills is None:
            if not step.queues and not step.agents:
                raise InvalidQueueError(f"{where} adds nobody")
            continue
        skill_set(step.skills, where)
        for skill, level in step.skills.items():
            if level > needed.get(skill, 0):
                raise InvalidQueueError(
                    f"{where}: skill {skill!r} at level {level} asks for more than before"
                )
        if dict(step.skills) == dict(needed):
            raise InvalidQueueError(f"{where}: skills are as before")
        needed = step.skills
