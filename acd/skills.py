"""Skills and levels: what an agent can do, what a contact needs."""

from collections.abc import Mapping
from typing import TypeAlias

from acd.errors import InvalidSkillLevelError

LOWEST_LEVEL = 1
HIGHEST_LEVEL = 10

SkillSet: TypeAlias = frozenset[tuple[str, int]]
"""Skills with their levels as one hashable value: agents and contacts alike share what is equal."""


def skill_set(skills: Mapping[str, int], owner: str) -> SkillSet:
    """The skills as a hashable value; raises `InvalidSkillLevelError`, naming the owner."""
    for skill, level in skills.items():
        # bool is an int in Python, and `sales = true` in a settings file means something else
        valid = isinstance(level, int) and not isinstance(level, bool)
        if not valid or not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
            raise InvalidSkillLevelError(owner, skill, level)
    return frozenset(skills.items())


def qualifies(held: SkillSet, needed: SkillSet) -> bool:
    """Whether the skills held reach every level needed."""
    levels = dict(held)
    return all(levels.get(skill, 0) >= level for skill, level in needed)
