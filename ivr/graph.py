"""A flow as a graph: what can be reached, and where a call could go round without its caller."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Ways: TypeAlias = Mapping[str, Sequence[str]]
"""Node to the nodes that it leads to; all of them are keys."""


def unreachable(ways: Ways, start: str) -> list[str]:
    """The nodes that no way from `start` leads to, in the order of `ways`."""
    reached = {start}
    to_follow = [start]
    while to_follow:
        for node in ways[to_follow.pop()]:
            if node not in reached:
                reached.add(node)
                to_follow.append(node)
    return [node for node in ways if node not in reached]


def loops(ways: Ways) -> Iterator[list[str]]:
    """Cycles, each from its first node on; no two share a node, and none is left without one."""
    order = {node: position for position, node in enumerate(ways)}
    left = {node: list(goes_to) for node, goes_to in ways.items()}
    while left := _without_ends(left):
        cycle = _cycle_from(next(iter(left)), left)
        at = cycle.index(min(cycle, key=order.__getitem__))
        yield cycle[at:] + cycle[:at]
        left = {node: goes_to for node, goes_to in left.items() if node not in cycle}


def _without_ends(ways: Ways) -> dict[str, list[str]]:
    """Takes off nodes that lead nowhere until every node left leads to another one left."""
    left = {node: list(goes_to) for node, goes_to in ways.items()}
    before = -1
    while before != len(left):
        before = len(left)
        left = {
            node: onward
            for node, goes_to in left.items()
            if (onward := [other for other in goes_to if other in left])
        }
    return left


def _cycle_from(node: str, ways: Ways) -> list[str]:
    """Follows first ways until a node comes again."""
    walked: list[str] = []
    while node not in walked:
        walked.append(node)
        node = ways[node][0]
    return walked[walked.index(node) :]
