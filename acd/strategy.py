"""Strategies: pure ranking of the idle agents that qualify. The least key is offered first.

A key may use only what stays the same while the agent is idle, and never statistics: a report's
reset or a break must not change who is next. Sign-in order breaks every tie; it is unique.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from acd.agent import Agent

Strategy: TypeAlias = "Callable[[Agent], tuple[float, ...]]"


def longest_idle(agent: "Agent") -> tuple[float, ...]:
    """The time since the last change to idle; levels above the required one do not rank."""
    return (agent.idle_since, agent.signed_in_order)


STRATEGIES: Mapping[str, Strategy] = {"longest_idle": longest_idle}
