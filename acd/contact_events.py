"""What becomes of contacts and offers: one function for each event that concerns them."""

from acd.commands import Overflow, StepTaken
from acd.contact import Contact, Preference
from acd.deadlines import (
    AcwTimedOut,
    HoldBackLapsed,
    MaxWaitReached,
    PreferenceLapsed,
    RingTimedOut,
    StepDue,
)
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
from acd.media import VOICE
from acd.queue import Queue


def contact_queued(floor: Floor, event: ContactQueued) -> None:
    """A caller enters: an idle agent is offered them at once, else they wait.

    What is looked at, in this order (A-07): closed; whom the contact asks for; nobody signed in; an
    idle agent; all busy; full.
    """
    queue = floor.matching.queue(event.queue)
    if event.contact_id in floor.contacts:
        floor.ignore(event)
        return
    if queue.closed:
        floor.commands.append(Overflow(event.contact_id, queue.name, "closed"))
        return
    contact = _make_contact(floor, event, queue)
    config = queue.config
    if config.max_wait is not None and not event.patient:
        contact.overflow = floor.timetable.set(floor.now + config.max_wait, MaxWaitReached(contact))
    if config.steps:
        take_steps(floor, contact)
    floor.seek_agent(contact)
    if contact.waiting is None or contact.offers or event.head or event.patient:
        return
    if config.overflow_all_busy and contact.preference is None:
        floor.overflow(contact, "all_busy")
    elif config.max_length is not None and queue.waiting > config.max_length:
        floor.overflow(contact, "full")


def _make_contact(floor: Floor, event: ContactQueued, queue: Queue) -> Contact:
    enqueued_at = floor.now if event.enqueued_at is None else event.enqueued_at
    rank = queue.rank(enqueued_at, event.priority, floor.next_serial(), head=event.head)
    leaves = queue.config.overflow_no_agents or event.overflow_no_agents
    contact = Contact(event.contact_id, queue, rank, enqueued_at, leaves, entered_at=floor.now)
    if event.patient:
        contact.patient, contact.overflow_no_agents = True, False
    if event.preferred:
        contact.preference = Preference(event.preferred)
    contact.arrival = Place(contact)
    contact.arrival.enter(queue.unanswered, enqueued_at)
    floor.contacts[contact.contact_id] = contact
    return contact


def take_steps(floor: Floor, contact: Contact) -> None:
    """Takes all relaxation steps that are due, and sets the time of the next one."""
    queue, contact.next_step = contact.queue, None
    for step in queue.config.steps[contact.step :]:
        due = contact.enqueued_at + step.after
        if due > floor.now:
            contact.next_step = floor.timetable.set(due, StepDue(contact))
            return
        contact.step += 1
        floor.commands.append(StepTaken(contact.contact_id, queue.name, contact.step))


def contact_gone(floor: Floor, event: ContactLeft | ContactEnded) -> None:
    """The contact is gone from wherever it was, so that no agent stays behind with nobody.

    Both events are taken in every place: a caller may hang up in the moment of the answer. Only a
    talk leaves something to wrap up.
    """
    contact = floor.contacts.get(event.contact_id)
    if contact is None:
        floor.ignore(event)
        return
    offers, agent = contact.offers, contact.agent
    for offer in offers:
        floor.withdraw(offer, "caller_left")
    floor.forget(contact)
    if agent is not None:
        acw = contact.queue.config.acw
        if isinstance(event, ContactEnded) and contact.medium == VOICE:
            # A talk that the device's death ended goes back to the queue: nothing to wrap up yet.
            if acw > 0 and agent.device == "usable":
                agent.acw = floor.timetable.set(floor.now + acw, AcwTimedOut(agent))
            agent.engagement = event.engaged
        floor.free(agent)
    for offer in offers:
        floor.free(offer.agent, keeps_turn=True)


def offer_answering(floor: Floor, event: OfferAnswering) -> None:
    """The agent said yes: from now on it is the device that is waited for."""
    offer = floor.offer_of(event)
    if offer is not None:
        floor.limit_ring(offer, event.within, event.outcome)


def offer_accepted(floor: Floor, event: OfferAccepted) -> None:
    """Caller and agent are connected. After a withdrawal it is too late, and nothing happens."""
    offer = floor.offer_of(event)
    if offer is not None:
        floor.answer(offer)


def offer_refused(floor: Floor, event: OfferRefused) -> None:
    """The agent or their device did not take it."""
    offer = floor.offer_of(event)
    if offer is not None:
        floor.refuse(offer, event.outcome)


def ring_timed_out(floor: Floor, event: RingTimedOut) -> None:
    """Nobody answered in time (WZ-3.3.3b)."""
    floor.refuse(event.offer, event.outcome)


def max_wait_reached(floor: Floor, event: MaxWaitReached) -> None:
    """A ring in progress may finish (A-07); `return_to_queue` then sees that it is overdue."""
    if event.contact.offers:
        floor.leave_line(event.contact)
    else:
        floor.overflow(event.contact, "max_wait")


def hold_back_lapsed(floor: Floor, event: HoldBackLapsed) -> None:
    """Nobody else became free: the caller is offered to the same agent rather than to none."""
    contact: Contact = event.contact
    contact.held_back = tuple([each for each in contact.held_back if each.lapse.live])
    floor.return_to_queue(contact)


def preference_lapsed(floor: Floor, event: PreferenceLapsed) -> None:
    """The agent asked for did not become free in time."""
    floor.end_preference(event.contact)


def step_due(floor: Floor, event: StepDue) -> None:
    """More agents are looked for; one who waits for an agent by name goes on doing so."""
    contact: Contact = event.contact
    take_steps(floor, contact)
    if contact.preference is None:
        floor.return_to_queue(contact)
