"""Flow files: read, checked in one go, every mistake reported as `FILE:LINE: REASON`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import BaseModel, ValidationError

from ivr.checks import GIVEN_VARIABLES, Draft, Fault, Known, faults, variables_of
from ivr.flow import Flow
from ivr.problems import FlowError, Problem, did_you_mean, reason_of
from ivr.prompts import PromptPart
from ivr.schema import KINDS, MAX_NODES, FlowFile, Node
from ivr.tree import MAX_BYTES, Path, Tree, TreeError, read_tree

SUFFIX = ".yaml"

_ANYTHING = Known()


def shipped_flows() -> Traversable:
    """The folder of flows that come with the program."""
    return files("ivr") / "flows"


def load_flows(folder: Traversable | None = None, known: Known = _ANYTHING) -> dict[str, Flow]:
    """Every `NAME.yaml` of `folder`, by default the shipped ones, by name.

    `known.flows` is taken from the folder where it is None. Raises `FlowError` with the mistakes of
    all files; `OSError` when the folder or a file cannot be read.
    """
    paths = sorted(
        (path for path in (folder or shipped_flows()).iterdir() if path.name.endswith(SUFFIX)),
        key=lambda path: path.name,
    )
    if known.flows is None:
        known = replace(known, flows={_name(path) for path in paths})
    flows: dict[str, Flow] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            flows[_name(path)] = load_flow(path, known)
        except FlowError as error:
            problems.extend(error.problems)
    if problems:
        raise FlowError(problems)
    return flows


def load_flow(path: Traversable, known: Known = _ANYTHING) -> Flow:
    """The flow of one file. Raises `FlowError`; `OSError` when the file cannot be read."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    return parse_flow(content, name=_name(path), file=str(path), known=known)


def parse_flow(content: bytes, *, name: str, file: str, known: Known = _ANYTHING) -> Flow:
    """The flow that a file's content says; `file` stands in messages. Raises `FlowError`."""
    try:
        tree = read_tree(content)
    except TreeError as error:
        raise FlowError([Problem(file, error.line, error.reason)]) from None
    reading = _Reading(tree)
    flow = reading.flow(name, known)
    if flow is None:
        problems = {Problem(file, line, reason) for line, reason in reading.faults()}
        raise FlowError(sorted(problems, key=lambda problem: (problem.line, problem.reason)))
    return flow


def _name(path: Traversable) -> str:
    return path.name.removesuffix(SUFFIX)


class _Reading:
    """One file on its way from data to flow, gathering faults."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._faults: list[Fault] = []

    def faults(self) -> Iterator[tuple[int, str]]:
        """Line and reason of each fault."""
        for path, reason in self._faults:
            yield self._tree.find(path)[1], _told(path, reason)
        for path, line, first in self._tree.duplicates:
            yield line, _told(path, f"is written twice; first on line {first}")

    def flow(self, name: str, known: Known) -> Flow | None:
        """The flow, or None when there are faults."""
        data = self._tree.data
        if not isinstance(data, dict):
            self._faults.append(((), "must be a mapping with start and nodes"))
            return None
        head = self._head(data)
        raw_nodes = data.get("nodes")
        written = raw_nodes if isinstance(raw_nodes, dict) else {}
        if len(written) > MAX_NODES:
            return None
        nodes = dict(self._nodes(written))
        for path, reason in faults(_draft(data, written, nodes), known):
            self._faults.append((self._tree.find(path)[0], reason))
        if head is None or self._faults or self._tree.duplicates:
            return None
        return Flow(name, head.start, nodes, head.language, head.variables)

    def _head(self, data: Mapping[str, Any]) -> FlowFile | None:
        try:
            return FlowFile.model_validate(data)
        except ValidationError as error:
            self._add((), error, FlowFile)
            return None

    def _nodes(self, written: Mapping[str, Any]) -> Iterator[tuple[str, Node]]:
        for node_id, fields in written.items():
            path: Path = ("nodes", node_id)
            model = self._model(path, fields)
            if model is None:
                continue
            try:
                yield node_id, model.model_validate(fields)
            except ValidationError as error:
                self._add(path, error, model)

    def _model(self, path: Path, fields: Any) -> type[Node] | None:
        kinds = ", ".join(KINDS)
        if not isinstance(fields, dict):
            reason = "must be a mapping with a kind"
        elif "kind" not in fields:
            reason = f"has no kind; choose {kinds}"
        elif not isinstance(fields["kind"], str) or fields["kind"] not in KINDS:
            path = (*path, "kind")
            hint = did_you_mean(str(fields["kind"]), KINDS) or f"; choose {kinds}"
            reason = f"'{fields['kind']}' is not a kind{hint}"
        else:
            return KINDS[fields["kind"]]
        self._faults.append((path, reason))
        return None

    def _add(self, path: Path, error: ValidationError, model: type[BaseModel]) -> None:
        for detail in error.errors(include_url=False):
            loc = detail["loc"]
            found, _ = self._tree.find(path + loc)
            if detail["type"] == "missing":
                found, reason = (*found, loc[-1]), "is required"
            elif detail["type"] == "extra_forbidden":
                known = model.model_fields if len(loc) == 1 else PromptPart.model_fields
                reason = f"is not a known field{did_you_mean(str(loc[-1]), known)}"
            else:
                reason = reason_of(detail)
            self._faults.append((found, reason))


def _told(path: Path, reason: str) -> str:
    """`reason` with what it is about: `node 'main', prompt 2 text: …`, elements from 1."""
    subject = []
    if path[:1] == ("nodes",) and len(path) > 1:
        subject, path = [f"node '{path[1]}'"], path[2:]
    if path:
        subject.append(" ".join(str(p + 1) if isinstance(p, int) else p for p in path))
    return f"{', '.join(subject)}: {reason}" if subject else reason


def _draft(data: Mapping[str, Any], written: Mapping[str, Any], nodes: dict[str, Node]) -> Draft:
    start, variables = data.get("start"), data.get("variables")
    broken = {
        node_id: frozenset(_texts(fields))
        for node_id, fields in written.items()
        if node_id not in nodes
    }
    named = {
        fields["into"]
        for node_id, fields in written.items()
        if node_id in broken and isinstance(fields, dict) and isinstance(fields.get("into"), str)
    }
    declared = variables if isinstance(variables, dict) else ()
    return Draft(
        start=start if isinstance(start, str) else None,
        nodes=nodes,
        broken=broken,
        ids=tuple(written),
        variables={*GIVEN_VARIABLES, *declared, *named, *variables_of(nodes)},
    )


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)
