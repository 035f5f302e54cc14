"""The figures of the moment: a few counters for each queue, whatever the number of contacts."""

from dataclasses import dataclass

from acd.matching import Group


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """One queue at one moment."""

    name: str
    waiting: int
    """Contacts that no agent is reserved for."""
    ringing: int
    talking: int
    waiting_since: float | None
    """When the longest unanswered wait (waiting or ringing) began; None when nobody waits."""
    idle: int
    """Idle agents who qualify."""
    signed_in: int
    """Agents who qualify, in whatever state."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The engine at one moment."""

    queues: tuple[QueueSnapshot, ...]
    """In the order of their opening."""
    agents: int
    """Signed in."""
    contacts: int
    """Waiting, ringing or talking."""


def queue_snapshot(group: Group) -> QueueSnapshot:
    """The figures of one group's queue."""
    queue = group.queue
    longest = queue.unanswered.first()
    return QueueSnapshot(
        name=queue.name,
        waiting=queue.waiting,
        ringing=queue.ringing,
        talking=queue.talking,
        waiting_since=longest.item.enqueued_at if longest is not None else None,
        idle=len(group.idle),
        signed_in=group.signed_in,
    )
