"""Checks the call flows that a site can run, so that one check tells all mistakes of all files."""

from collections.abc import Iterator
from pathlib import Path

from callcenter.settings.problems import Problem
from callcenter.settings.site import TARGET_KEYS, Draft, understood
from callcenter.settings.telephony import target_or_none
from ivr import Flow, FlowError, Known, load_flow
from ivr.schema import FlowNode
from ivr.targets import ToFlow


def flow_problems(draft: Draft) -> list[Problem]:
    """The mistakes in all flows of the site's own folder or in those of the shipped ones it uses.

    A shipped flow that the site never enters may name queues that the site does not have.
    """
    if draft.ivr is None:
        return []
    names = draft.flow_names()
    known = Known(draft.queue_names(), names, draft.calendar_names(), draft.has_prompt)
    waiting = list(names if draft.ivr.flows else _entered(draft))
    problems: dict[str, list[Problem]] = {}
    while waiting:
        name = waiting.pop()
        if name in names and name not in problems:
            problems[name], then = _check(draft.ivr.flows_folder / f"{name}.yaml", known)
            waiting += then
    return [problem for name in sorted(problems) for problem in problems[name]]


def _check(file: Path, known: Known) -> tuple[list[Problem], list[str]]:
    """A flow file's mistakes, and the flows it leads to."""
    try:
        return [], list(_leads_to(load_flow(file, known)))
    except OSError as error:
        return [Problem(str(file), None, "file", f"cannot be read: {error.strerror}")], []
    except FlowError as error:
        return [Problem(each.file, each.line, "flow", each.reason) for each in error.problems], []


def _entered(draft: Draft) -> Iterator[str]:
    """The flows that numbers, queues and seats name."""
    for number in draft.number:
        yield str(number.raw.get("flow"))
    for table, keys in TARGET_KEYS.items():
        for row in getattr(draft, table):
            for key in keys:
                if isinstance(target := target_or_none(row.raw.get(key)), ToFlow):
                    yield target.flow
    for _, queue in understood(draft.queue):
        yield from (to.flow for to in queue.keys.values() if isinstance(to, ToFlow))


def _leads_to(flow: Flow) -> Iterator[str]:
    for node in flow.nodes.values():
        if isinstance(node, FlowNode):
            yield node.flow
        for way in node.exits():
            if isinstance(target := target_or_none(way.goes_to), ToFlow):
                yield target.flow
