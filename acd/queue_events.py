"""What becomes of queues: one function for each event that concerns them."""

from acd.events import QueueAdded, QueueClosed, QueueReopened
from acd.floor import Floor


def queue_added(floor: Floor, event: QueueAdded) -> None:
    """The queue is empty, so nobody has to be matched yet."""
    floor.matching.add_queues((event.config,), floor.agents.values())


def queue_closed(floor: Floor, event: QueueClosed) -> None:
    """Those who wait stay or leave; who rings leaves when the ring comes to nothing."""
    queue = floor.matching.queue(event.queue)
    queue.closed = True
    if event.clear:
        queue.cleared = True
        for contact in sorted(queue.unanswered, key=lambda each: each.rank):
            if contact.offers:
                floor.leave_line(contact)
            else:
                floor.overflow(contact, "closed")


def queue_reopened(floor: Floor, event: QueueReopened) -> None:
    """A repeated one changes nothing."""
    queue = floor.matching.queue(event.queue)
    queue.closed = queue.cleared = False
