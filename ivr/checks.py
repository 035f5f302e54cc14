"""What a flow must hold beyond its fields' types: its graph, and what it refers to."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ivr import graph
from ivr.problems import did_you_mean
from ivr.prompts import references
from ivr.schema import (
    BranchNode,
    CalendarNode,
    CallbackNode,
    CollectNode,
    FlowNode,
    Node,
    NodeModel,
    QueueNode,
)
from ivr.targets import Target, TargetError, ToFlow, ToQueue, parse
from ivr.tree import Path

Fault: TypeAlias = tuple[Path, str]
"""Where in the file, and what is wrong."""

GIVEN_VARIABLES = frozenset({"ani", "dnis", "digits", "hours_en", "hours_zh"})
"""Variables that every run has; the hours are empty before a calendar was asked."""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to refer to; None leaves references of that kind unchecked."""

    queues: Collection[str] | None = None
    flows: Collection[str] | None = None
    calendars: Collection[str] | None = None
    files: Callable[[str], bool] | None = None
    """Whether a prompt file, relative to the folder of prompts, exists."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A flow whose nodes may partly be wrong."""

    start: str | None
    nodes: Mapping[str, Node]
    """The good ones."""
    broken: Mapping[str, frozenset[str]]
    """The others, with every text in them: they may well lead to what these name."""
    ids: tuple[str, ...]
    """All of them, as written."""
    variables: Collection[str]


def faults(draft: Draft, known: Known) -> Iterator[Fault]:
    """Every fault of the draft."""
    yield from _start(draft)
    for node_id, node in draft.nodes.items():
        for loc, reason in _node(node, draft, known):
            yield ("nodes", node_id, *loc), reason
    yield from _shape(draft)


def _start(draft: Draft) -> Iterator[Fault]:
    if draft.start is not None and draft.start not in draft.ids:
        hint = did_you_mean(draft.start, draft.ids)
        yield ("start",), f"there is no node '{draft.start}'{hint}"


def _node(node: Node, draft: Draft, known: Known) -> Iterator[Fault]:
    for way in node.exits():
        if way.goes_to not in draft.ids:
            reason = _target(way.goes_to, draft, known)
            if reason:
                yield way.loc, reason
    if isinstance(node, CallbackNode):
        yield from _unknown(("queue",), "queue", node.queue, known.queues)
    if isinstance(node, QueueNode):
        yield from _unknown(("queue",), "queue", node.queue, known.queues)
        for name in references(node.agent or ""):
            yield from _unknown(("agent",), "variable", name, draft.variables)
    if isinstance(node, CalendarNode):
        yield from _unknown(("calendar",), "calendar", node.calendar, known.calendars)
    if isinstance(node, BranchNode) and node.queue is not None:
        yield from _unknown(("queue",), "queue", node.queue, known.queues)
    if isinstance(node, FlowNode):
        yield from _unknown(("flow",), "flow", node.flow, known.flows)
    yield from _prompts(node, draft, known)


def _target(text: str, draft: Draft, known: Known) -> str:
    """What is wrong with an exit that is no node; empty when it is a good target."""
    try:
        target: Target = parse(text)
    except TargetError as error:
        if ":" in text:
            return str(error)
        return f"there is no node '{text}'{did_you_mean(text, (*draft.ids, 'hangup', 'voicemail'))}"
    match target:
        case ToQueue(name):
            found = _unknown((), "queue", name, known.queues)
        case ToFlow(name):
            found = _unknown((), "flow", name, known.flows)
        case _:
            return ""
    return next((reason for _, reason in found), "")


def _unknown(loc: Path, what: str, name: str, names: Collection[str] | None) -> Iterator[Fault]:
    if names is not None and name not in names:
        yield loc, f"there is no {what} '{name}'{did_you_mean(name, names)}"


def _prompts(node: NodeModel, draft: Draft, known: Known) -> Iterator[Fault]:
    for field, prompt in node.prompts():
        for position, part in enumerate(prompt):
            for name in part.references():
                if name not in draft.variables:
                    hint = did_you_mean(name, draft.variables)
                    yield (field, position, "text"), f"there is no variable '{name}'{hint}"
            for file in part.files():
                if known.files is not None and not known.files(file):
                    yield (field, position, "file"), f"there is no file '{file}'"


def _shape(draft: Draft) -> Iterator[Fault]:
    every, at_once = _ways(draft, waiting=True), _ways(draft, waiting=False)
    if draft.start in every:
        for node_id in graph.unreachable(every, draft.start):
            yield ("nodes", node_id), f"cannot be reached from '{draft.start}'"
    for loop in graph.loops(at_once):
        around = " → ".join((*loop, loop[0]))
        yield ("nodes", loop[0]), f"loop without input or wait: {around}"


def _ways(draft: Draft, *, waiting: bool) -> dict[str, list[str]]:
    ways: dict[str, list[str]] = {node_id: [] for node_id in draft.ids}
    for node_id, node in draft.nodes.items():
        ways[node_id] = [
            way.goes_to for way in node.exits() if way.goes_to in ways and waiting >= way.waits
        ]
    if waiting:
        for node_id, texts in draft.broken.items():
            ways[node_id] = [text for text in texts if text in ways]
    return ways


def variables_of(nodes: Mapping[str, Node]) -> set[str]:
    """The variables that the nodes set."""
    return {node.into for node in nodes.values() if isinstance(node, CollectNode)}
