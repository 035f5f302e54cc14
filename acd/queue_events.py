"""What becomes of queues: one function for each event that concerns them."""

from acd.events import QueueAdded, QueueClosed, QueueReopened
from acd.floor import Floor


def queue_added(floor: Floor, event: QueueAdded) -> None:
    """The queue is empty, so nobody has to be matched yet."""
    floor.matching.add_queues((event.config,), floor.agents.values())


def queue_closed(floor: Floor, event: QueueClosed) -> None:
    """Those who wait stay or leave; who is refused by the agent they ring at waits on."""
    queue = floor.matching.queue(event.queue)
    queue.closed = True
    if event.clear:
        for contact in queue.unanswered:
            if not contact.offers:
                floor.overflow(contact, "closed")


def queue_reopened(floor: Floor, event: QueueReopened) -> None:
    """A repeated one changes nothing."""
    floor.matching.queue(event.queue).closed = False
