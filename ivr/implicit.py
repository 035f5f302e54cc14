"""Flows that nobody wrote: of a number that leads straight to a queue, of a bare target."""

from ivr.flow import Flow, target_node
from ivr.schema import CalendarNode, QueueNode
from ivr.targets import Target, ToQueue


def implicit_flow(
    queue: str,
    *,
    priority: int = 0,
    on_timeout: Target | None = None,
    on_no_agents: Target | None = None,
) -> Flow:
    """A flow named `queue:NAME` with that one node.

    Without `on_timeout`, and without a fallback when the queue returns, a caller who has waited in
    vain hears an apology and is hung up on. Without `on_no_agents`, `on_timeout` serves.
    """
    start = str(ToQueue(queue))
    node = QueueNode(
        queue=queue,
        priority=priority,
        on_timeout=_text(on_timeout),
        on_no_agents=_text(on_no_agents),
    )
    return Flow(name=start, start=start, nodes={start: node})


def calendar_flow(
    calendar: str, *, work: Target, off: Target | None, pause: Target | None = None
) -> Flow:
    """A flow named `calendar:NAME` that leads on by the band of a calendar.

    A band without a target goes where working hours lead.
    """
    start = f"calendar:{calendar}"
    node = CalendarNode.model_validate(
        {
            "calendar": calendar,
            "work": str(work),
            "break": str(pause or off or work),
            "off": str(off or work),
        }
    )
    return Flow(name=f"{start}:{work}", start=start, nodes={start: node})


def target_flow(target: Target) -> Flow:
    """A flow named as the target is written, which does what it says."""
    name = str(target)
    return Flow(name=name, start=name, nodes={name: target_node(target)})


def _text(target: Target | None) -> str | None:
    return None if target is None else str(target)
