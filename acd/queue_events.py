"""What becomes of queues: one function for each event that concerns them."""

from functools import partial

from acd.contact_events import take_steps
from acd.deadlines import MaxWaitReached
from acd.events import QueueAdded, QueueChanged, QueueClosed, QueueRemoved, QueueReopened
from acd.floor import Floor


def queue_added(floor: Floor, event: QueueAdded) -> None:
    """The queue is empty, so nobody has to be matched yet."""
    floor.matching.add_queues((event.config,), floor.agents.values())
    if event.config.medium in floor.matching.side_media:
        for agent in tuple(floor.agents.values()):
            floor.free(agent)  # to stand for a medium that is new


def queue_changed(floor: Floor, event: QueueChanged) -> None:
    """Deadlines of those who wait or ring are those of the new rules."""
    config = event.config
    queue = floor.matching.queue(config.name)

    def change() -> None:
        floor.matching.change_queue(config)
        for contact in list(queue.unanswered):
            if contact.overflow is not None:
                contact.overflow.cancel()
                contact.overflow = None
            if config.max_wait is not None and not contact.patient:
                due = max(contact.entered_at + config.max_wait, floor.now)
                contact.overflow = floor.timetable.set(due, MaxWaitReached(contact))
            if contact.next_step is not None:
                contact.next_step.cancel()
            contact.step = min(contact.step, len(config.steps))
            take_steps(floor, contact)
            contact.overflow_no_agents |= config.overflow_no_agents and not contact.patient

    floor.rearrange(change)


def queue_removed(floor: Floor, event: QueueRemoved) -> None:
    """A ring that comes to nothing leaves as those who wait do."""
    queue = floor.matching.queue(event.queue)
    floor.rearrange(partial(_remove, floor, event.queue))
    for contact in sorted(queue.unanswered, key=lambda each: each.rank):
        if not contact.offers:
            floor.overflow(contact, "closed")


def _remove(floor: Floor, name: str) -> None:
    queue = floor.matching.remove_queue(name)
    queue.closed = queue.cleared = True


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
