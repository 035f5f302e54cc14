"""What becomes of contacts and offers: one function for each event that concerns them."""

from acd.contact import Contact
from acd.deadlines import AcwTimedOut, HoldBackLapsed, MaxWaitReached, RingTimedOut
from acd.events import (
    ContactEnded,
    ContactLeft,
    ContactQueued,
    OfferAccepted,
    OfferAnswering,
    OfferRefused,
)
from acd.floor import Floor
from acd.heap import Place


def contact_queued(floor: Floor, event: ContactQueued) -> None:
    """A caller enters: an idle agent is offered them at once, else they wait."""
    group = floor.matching.group(event.queue)
    if event.contact_id in floor.contacts:
        return
    config = group.queue.config
    enqueued_at = floor.now if event.enqueued_at is None else event.enqueued_at
    priority = config.priority + event.priority
    rank = (-priority, enqueued_at, floor.next_serial())
    leaves = config.overflow_no_agents or event.overflow_no_agents
    contact = Contact(event.contact_id, group, rank, enqueued_at, leaves)
    floor.contacts[contact.contact_id] = contact
    if leaves and not group.signed_in:
        floor.overflow(contact, "no_agents")
        return
    contact.arrival = Place(contact)
    contact.arrival.enter(group.queue.unanswered, enqueued_at)
    if config.max_wait is not None:
        contact.overflow = floor.timetable.set(floor.now + config.max_wait, MaxWaitReached(contact))
    floor.seek_agent(contact)


def contact_gone(floor: Floor, event: ContactLeft | ContactEnded) -> None:
    """The contact is gone from wherever it was, so that no agent stays behind with nobody.

    Both events are taken in every place: a caller may hang up in the moment of the answer. Only a
    talk leaves something to wrap up.
    """
    contact = floor.contacts.get(event.contact_id)
    if contact is None:
        return
    offer, agent = contact.offer, contact.agent
    if offer is not None:
        floor.withdraw(offer, "caller_left")
        floor.forget(contact)
        floor.free(offer.agent, keeps_turn=True)
        return
    floor.forget(contact)
    if agent is not None:
        acw = contact.group.queue.config.acw
        talked = isinstance(event, ContactEnded)
        # A talk that the device's death ended goes back to the queue: nothing to wrap up yet.
        if talked and acw > 0 and agent.device == "usable":
            agent.acw = floor.timetable.set(floor.now + acw, AcwTimedOut(agent))
        floor.free(agent)


def offer_answering(floor: Floor, event: OfferAnswering) -> None:
    """The agent said yes: from now on it is the device that is waited for."""
    offer = floor.offers.get(event.offer_id)
    if offer is not None:
        floor.limit_ring(offer, event.within, "device_failed")


def offer_accepted(floor: Floor, event: OfferAccepted) -> None:
    """Caller and agent are connected. After a withdrawal it is too late, and nothing happens."""
    offer = floor.offers.get(event.offer_id)
    if offer is not None:
        floor.close_offer(offer)
        floor.answer(offer.contact, offer.agent)


def offer_refused(floor: Floor, event: OfferRefused) -> None:
    """The agent or their device did not take it."""
    offer = floor.offers.get(event.offer_id)
    if offer is not None:
        floor.refuse(offer, event.outcome)


def ring_timed_out(floor: Floor, event: RingTimedOut) -> None:
    """Nobody answered in time (WZ-3.3.3b)."""
    floor.refuse(event.offer, event.outcome)


def max_wait_reached(floor: Floor, event: MaxWaitReached) -> None:
    """A ring in progress may finish (A-07); `return_to_queue` then sees that it is overdue."""
    if event.contact.offer is None:
        floor.overflow(event.contact, "max_wait")


def hold_back_lapsed(floor: Floor, event: HoldBackLapsed) -> None:
    """Nobody else became free: the caller is offered to the same agent rather than to none."""
    contact: Contact = event.contact
    contact.held_back = None
    floor.seek_agent(contact)
