"""The floor: who is here, who waits, what rings, and the few moves that change it.

Every event handler is made of these moves, so the rules that must never be broken live here once:
agent and contact are reserved together and released together, a change of an agent's state is
announced exactly once, and after every move whoever became free has looked for a match.
"""

from acd.agent import Agent, Told
from acd.commands import (
    AgentStateChanged,
    Command,
    Offer,
    Overflow,
    OverflowCause,
    Withdraw,
    WithdrawCause,
)
from acd.contact import Contact, HoldBack
from acd.deadlines import HoldBackLapsed, RingTimedOut, Timetable
from acd.events import RefusalOutcome
from acd.matching import Matching, stand_idle, stand_waiting
from acd.offers import CONSEQUENCES, WZ_NO_ANSWER, LiveOffer


class Floor:
    """All that the engine knows. `now` and `commands` belong to the input being handled."""

    def __init__(self) -> None:
        self.now = 0.0
        self.commands: list[Command] = []
        self.agents: dict[str, Agent] = {}
        self.contacts: dict[str, Contact] = {}
        self.offers: dict[int, LiveOffer] = {}
        self.matching = Matching()
        self.timetable = Timetable()
        self._serial = 0
        self._offer_id = 0

    def next_serial(self) -> int:
        """Numbers agents and contacts in the order of their coming: the last of all tie-breaks."""
        self._serial += 1
        return self._serial

    def settle(self, agent: Agent, *, keeps_turn: bool = False) -> None:
        """Announces the agent's state if it changed. `keeps_turn`: idle again where they stood."""
        state, reason, told = agent.state, agent.reason, agent.told
        if state == told.state and reason == told.reason:
            return
        agent.told = Told(state, reason, self.now)
        if state == "idle":
            if not keeps_turn:
                agent.idle_since = self.now
        elif agent.place is not None:
            agent.place.leave()
            agent.place = None
        self.commands.append(AgentStateChanged(agent.agent_id, state, told.state, reason, self.now))

    def free(self, agent: Agent, *, keeps_turn: bool = False) -> None:
        """Announces the agent's state and, if they are idle now, gives them the next contact."""
        self.settle(agent, keeps_turn=keeps_turn)
        if agent.told.state != "idle" or agent.place is not None:
            return
        contact = agent.profile.next_contact(agent)
        if contact is not None:
            self.offer(contact, agent)
        else:
            stand_idle(agent)

    def seek_agent(self, contact: Contact) -> None:
        """Offers the contact to the next idle agent, or lets it wait for one."""
        agent = contact.group.next_agent()
        if agent is not None:
            self.offer(contact, agent)
        elif contact.waiting is None:
            stand_waiting(contact)

    def offer(self, contact: Contact, agent: Agent) -> None:
        """Reserves agent and contact for each other and lets the device ring."""
        if contact.waiting is not None:
            contact.waiting.leave()
            contact.waiting = None
        self.end_hold_back(contact)
        config = contact.group.queue.config
        self._offer_id += 1
        offer = LiveOffer(self._offer_id, contact, agent)
        self.limit_ring(offer, config.ring_timeout, "no_answer")
        self.offers[offer.offer_id] = offer
        agent.offer = contact.offer = offer
        contact.group.queue.ringing += 1
        self.commands.append(
            Offer(
                offer.offer_id,
                contact.contact_id,
                agent.agent_id,
                config.name,
                config.ring_timeout,
            )
        )
        self.settle(agent)

    def limit_ring(self, offer: LiveOffer, within: float, outcome: RefusalOutcome) -> None:
        """Lets the offer fail in this way unless it is accepted within so many seconds."""
        if offer.timeout is not None:
            offer.timeout.cancel()
        offer.timeout = self.timetable.set(self.now + within, RingTimedOut(offer, outcome))

    def close_offer(self, offer: LiveOffer) -> None:
        """Releases both from the offer, without yet saying what becomes of them."""
        del self.offers[offer.offer_id]
        if offer.timeout is not None:
            offer.timeout.cancel()
            offer.timeout = None
        offer.agent.offer = offer.contact.offer = None
        offer.contact.group.queue.ringing -= 1

    def withdraw(self, offer: LiveOffer, cause: WithdrawCause) -> None:
        """Closes an offer that nobody accepted."""
        self.close_offer(offer)
        self.commands.append(
            Withdraw(offer.offer_id, offer.contact.contact_id, offer.agent.agent_id, cause)
        )

    def refuse(self, offer: LiveOffer, outcome: RefusalOutcome) -> None:
        """The offer failed on the agent's side: the contact goes on to the next agent."""
        agent, contact = offer.agent, offer.contact
        config = contact.group.queue.config
        consequence = CONSEQUENCES[outcome]
        if outcome == "no_answer" and not config.busy_after_no_answer:
            consequence = WZ_NO_ANSWER
        self.withdraw(offer, outcome)
        agent.unanswered += consequence.counts
        if consequence.sets_busy:
            agent.request_busy(outcome)
        if consequence.breaks_device and agent.device == "usable":
            agent.device = "failed"
        self.settle(agent, keeps_turn=consequence.keeps_turn)
        if agent.told.state == "idle":
            lapse = self.timetable.set(self.now + config.ring_timeout, HoldBackLapsed(contact))
            contact.held_back = HoldBack(agent, agent.idle_since, lapse)
        self.return_to_queue(contact)
        self.free(agent)

    def return_to_queue(self, contact: Contact) -> None:
        """Lets a contact whose offer failed wait on in its old place, or leave if it is overdue."""
        if contact.overdue(self.now):
            self.overflow(contact, "max_wait")
        else:
            self.seek_agent(contact)

    def end_hold_back(self, contact: Contact) -> None:
        """Any agent may have the contact again."""
        if contact.held_back is not None:
            contact.held_back.lapse.cancel()
            contact.held_back = None

    def answer(self, contact: Contact, agent: Agent) -> None:
        """Caller and agent talk; the wait is over."""
        self.leave_unanswered(contact)
        contact.group.queue.talking += 1
        contact.agent, agent.contact = agent, contact
        self.settle(agent)

    def overflow(self, contact: Contact, cause: OverflowCause) -> None:
        """Gives a contact that nobody is reserved for back to the application."""
        self.forget(contact)
        self.commands.append(Overflow(contact.contact_id, contact.group.queue.name, cause))

    def forget(self, contact: Contact) -> None:
        """Takes a contact that nobody is reserved for out of the engine."""
        del self.contacts[contact.contact_id]
        self.leave_unanswered(contact)
        if contact.waiting is not None:
            contact.waiting.leave()
            contact.waiting = None
        if contact.agent is not None:
            contact.group.queue.talking -= 1
            contact.agent.contact = None
            contact.agent = None

    def leave_unanswered(self, contact: Contact) -> None:
        """Ends what runs while a caller waits or rings; once ended, nothing happens."""
        self.end_hold_back(contact)
        if contact.arrival is not None:
            contact.arrival.leave()
            contact.arrival = None
        if contact.overflow is not None:
            contact.overflow.cancel()
            contact.overflow = None
