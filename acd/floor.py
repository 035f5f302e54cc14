"""The floor: who is here, who waits, what rings, and the few moves that change it.

Every event handler is made of these moves, so the rules that must never be broken live here once:
agent and contact are reserved together and released together, a change of an agent's state is
announced exactly once, and after every move whoever became free has looked for a match.
"""

from collections import Counter
from collections.abc import Callable
from functools import cmp_to_key
from typing import Protocol

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
from acd.deadlines import HoldBackLapsed, PreferenceLapsed, RingTimedOut, Timetable
from acd.events import RefusalOutcome
from acd.heap import Place
from acd.matching import Chance, Matching, stand_beside, stand_idle
from acd.media import INTERRUPTS, VOICE, Interrupts, may_take, place_of
from acd.offers import CONSEQUENCES, WZ_NO_ANSWER, LiveOffer
from acd.tally import Tally


class _OfAgent(Protocol):
    @property
    def agent_id(self) -> str: ...


class _OfOffer(Protocol):
    @property
    def offer_id(self) -> int: ...


class Floor:
    """All that the engine knows. `now` and `commands` belong to the input being handled."""

    def __init__(self, chance: Chance | None = None, interrupts: Interrupts = INTERRUPTS) -> None:
        self.interrupts = {medium: frozenset(media) for medium, media in interrupts.items()}
        self.now = 0.0
        self.commands: list[Command] = []
        self.agents: dict[str, Agent] = {}
        self.contacts: dict[str, Contact] = {}
        self.offers: dict[int, LiveOffer] = {}
        self.matching = Matching(chance)
        self.timetable = Timetable()
        self.tally = Tally()
        self.ignored = Counter[str]()
        """Inputs without effect, by kind."""
        self._serial = 0
        self._offer_id = 0

    def next_serial(self) -> int:
        """Numbers agents and contacts in the order of their coming: the last of all tie-breaks."""
        self._serial += 1
        return self._serial

    # Who is meant. What comes late, twice or for nobody known is counted and changes nothing.

    def ignore(self, event: object) -> None:
        """The input has no effect."""
        self.ignored[type(event).__name__] += 1

    def agent_of(self, event: "_OfAgent") -> Agent | None:
        """The agent whom the input is about; None, and counted, for one who is not here."""
        agent = self.agents.get(event.agent_id)
        if agent is None:
            self.ignore(event)
        return agent

    def offer_of(self, event: "_OfOffer") -> LiveOffer | None:
        """Likewise a live offer."""
        offer = self.offers.get(event.offer_id)
        if offer is None:
            self.ignore(event)
        return offer

    # Agents.

    def settle(self, agent: Agent, *, keeps_turn: bool = False) -> None:
        """Announces the agent's state if it changed. `keeps_turn`: idle again where they stood."""
        if agent.sides.places:
            self._step_aside(agent)
        state, reason, told = agent.state, agent.reason, agent.told
        if state == told.state and reason == told.reason:
            return
        self._count_time(agent)
        working = state == "acw" or agent.contact is not None
        agent.told = Told(state, reason, self.now, working)
        if state == "idle":
            if not keeps_turn:
                agent.turn.idle_since = self.now
        elif agent.place is not None:
            agent.place.leave()
            agent.place = None
        self.commands.append(AgentStateChanged(agent.agent_id, state, told.state, reason, self.now))

    def _count_time(self, agent: Agent) -> None:
        """Adds the time in the state that ends to what the strategies rank by."""
        told, turn = agent.told, agent.turn
        if told.state == "idle":
            turn.rested(self.now - told.since)
            if agent.offer is None:
                turn.earned += self.now - turn.idle_since
        elif told.working:
            turn.worked(self.now - told.since)
        elif told.state == "ringing" and agent.contact is None and agent.state != "idle":
            turn.earned += told.since - turn.idle_since

    def free(self, agent: Agent, *, keeps_turn: bool = False) -> None:
        """Announces the agent's state and, if they are idle now, gives them the next contact."""
        self.settle(agent, keeps_turn=keeps_turn)
        if self.matching.side_media:
            self._free_for_all(agent)
            return
        if agent.told.state != "idle" or agent.place is not None:
            return
        if not may_take(agent, VOICE, self.interrupts):
            return
        contact = self.matching.next_contact(agent, self.now)
        if contact is not None:
            self.offer(contact, agent)
            self.ring_more(contact)
        else:
            stand_idle(agent)

    def _free_for_all(self, agent: Agent) -> None:
        """Gives the agent the first contacts of all media, as many as they may have."""
        while True:
            free_for = [
                medium
                for medium in (VOICE, *self.matching.side_media)
                if place_of(agent, medium) is None and may_take(agent, medium, self.interrupts)
            ]
            best: Contact | None = None
            for medium in free_for:
                contact = self.matching.next_contact(agent, self.now, medium)
                if contact is not None and (best is None or contact.before(best, self.now)):
                    best = contact
            if best is None:
                break
            self.offer(best, agent)
            self.ring_more(best)
        for medium in free_for:
            if medium == VOICE:
                stand_idle(agent)
            else:
                stand_beside(agent, medium)

    def _step_aside(self, agent: Agent) -> None:
        """The agent stands no more for media of which they may have none now."""
        for medium, place in tuple(agent.sides.places.items()):
            if not may_take(agent, medium, self.interrupts):
                place.leave()
                del agent.sides.places[medium]

    def _weigh(self, agent: Agent) -> None:
        """What the agent has in hand beside voice is another than before."""
        allowed = self.interrupts.get(VOICE, frozenset())
        agent.sides.blocks_voice = not agent.sides.media() <= allowed

    # Contacts that look for an agent.

    def seek_agent(self, contact: Contact) -> None:
        """Offers the contact to whom it asks for, else to the next idle agent, or lets it wait."""
        if contact.preference is not None and self._prefer(contact):
            return
        if contact.overflow_no_agents and contact.queue.deserted and not contact.offers:
            self.overflow(contact, "no_agents")
            return
        if not contact.offers:
            agent = self._next_agent(contact)
            if agent is None:
                self._stand_waiting(contact)
                return
            self.offer(contact, agent)
        self.ring_more(contact)

    def _next_agent(self, contact: Contact) -> Agent | None:
        agent = self.matching.next_agent(contact)
        if agent is None:
            for agent_id in contact.queue.reach[contact.step].agents:
                named = self.agents.get(agent_id)
                if named is None or contact.barred(named):
                    continue
                if place_of(named, contact.medium) is not None:
                    return named
        return agent

    def ring_more(self, contact: Contact) -> None:
        """With `ring_all`: lets all idle agents ring that may, and those join who become idle."""
        at_once = contact.queue.ring_at_once
        if at_once == 1 or not contact.offers or contact.preference is not None:
            return
        if contact.overdue(self.now) or contact.queue.cleared:
            return
        while len(contact.offers) < at_once:
            agent = self._next_agent(contact)
            if agent is None:
                self._stand_joinable(contact)
                return
            self.offer(contact, agent)
        self.leave_line(contact)

    def _prefer(self, contact: Contact) -> bool:
        """Offers the contact to an agent whom it asks for, or lets it wait for one of them."""
        preference = contact.preference
        while preference is not None and preference.choices:
            choice = preference.choices[0]
            agent = self.agents.get(choice.agent_id)
            stands = agent is not None and place_of(agent, contact.medium) is not None
            if agent is not None and stands and not contact.barred(agent):
                self.offer(contact, agent)
                return True
            if preference.lapse is not None:  # their time is not over yet
                return True
            if agent is not None and choice.within > 0:
                self._stand_before(contact, choice.agent_id)
                lapse = self.timetable.set(self.now + choice.within, PreferenceLapsed(contact))
                preference.lapse = lapse
                return True
            preference.drop_first()
        contact.preference = None
        return False

    def _stand_before(self, contact: Contact, agent_id: str) -> None:
        """Lets the contact be found by this agent alone."""
        self.leave_line(contact)
        contact.waiting = Place(contact)
        self.matching.personal(agent_id, contact.medium).take_in(contact.waiting)

    def end_preference(self, contact: Contact) -> None:
        """The agent asked for cannot be had: on to the next one, or to anybody."""
        if contact.preference is not None:
            contact.preference.drop_first()
            self.leave_line(contact)
            self.seek_agent(contact)

    def _stand_waiting(self, contact: Contact) -> None:
        """Lets the contact be found by every agent in its reach; the reach may have grown."""
        self.leave_line(contact)
        place = contact.waiting = Place(contact)
        reach = contact.queue.reach[contact.step]
        for group in reach.groups:
            group.waiting.take_in(place)
        for agent_id in reach.agents:
            self.matching.personal(agent_id, contact.medium).take_in(place)

    def _stand_joinable(self, contact: Contact) -> None:
        self.leave_line(contact)
        place = contact.waiting = Place(contact)
        for group in contact.queue.reach[contact.step].groups:
            group.joinable.take_in(place)

    def leave_line(self, contact: Contact) -> None:
        """No agent who becomes free finds the contact."""
        if contact.waiting is not None:
            contact.waiting.leave()
            contact.waiting = None

    def rearrange(self, change: Callable[[], None]) -> None:
        """Changes who can serve whom; then whoever waits looks for an agent anew.

        An exception of `change` is let through before anything has moved for good.
        """
        idle = [agent for agent in self.agents.values() if agent.place is not None]
        idle.sort(key=lambda agent: agent.turn.standings)
        waiting = [
            contact
            for contact in self.contacts.values()
            if contact.waiting is not None and contact.preference is None
        ]
        beside = [
            (agent, medium) for agent in self.agents.values() for medium in agent.sides.places
        ]
        for agent, medium in beside:
            agent.sides.places[medium].leave()
        for agent in idle:
            assert agent.place is not None
            agent.place.leave()
        for contact in waiting:
            self.leave_line(contact)
        try:
            change()
        finally:
            for agent in idle:
                stand_idle(agent)
            for agent, medium in beside:
                stand_beside(agent, medium)

            for contact in self.contacts.values():
                if contact.waiting is not None and contact.preference is not None:
                    self._stand_before(contact, contact.preference.choices[0].agent_id)

            def order(one: Contact, other: Contact) -> int:
                return -1 if one.before(other, self.now) else 1

            for contact in sorted(waiting, key=cmp_to_key(order)):
                if contact.contact_id in self.contacts:
                    self.seek_agent(contact)

    # Offers.

    def offer(self, contact: Contact, agent: Agent) -> None:
        """Reserves agent and contact for each other and lets the device ring."""
        self.leave_line(contact)
        queue = contact.queue
        config = queue.config
        if contact.preference is not None:
            contact.preference.drop_first()
        if contact.held_back and queue.ring_at_once == 1:
            self.end_hold_back(contact)
        if not contact.offers:
            queue.ringing += 1
        self._offer_id += 1
        offer = LiveOffer(self._offer_id, contact, agent)
        self.limit_ring(offer, config.ring_timeout, "no_answer")
        self.offers[offer.offer_id] = offer
        if contact.medium == VOICE:
            agent.offer = offer
        else:
            agent.sides.offers[offer.offer_id] = offer
            self._weigh(agent)
        contact.offers = (*contact.offers, offer)
        queue.strategy.taken(agent)
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
        contact = offer.contact
        if contact.medium == VOICE:
            offer.agent.offer = None
        else:
            del offer.agent.sides.offers[offer.offer_id]
            self._weigh(offer.agent)
        contact.offers = tuple([each for each in contact.offers if each is not offer])
        if not contact.offers:
            self.leave_line(contact)
            contact.queue.ringing -= 1

    def withdraw(self, offer: LiveOffer, cause: WithdrawCause) -> None:
        """Closes an offer that nobody accepted."""
        self.close_offer(offer)
        self.commands.append(
            Withdraw(offer.offer_id, offer.contact.contact_id, offer.agent.agent_id, cause)
        )

    def refuse(self, offer: LiveOffer, outcome: RefusalOutcome) -> None:
        """The offer failed on the agent's side: the contact goes on to the next agent."""
        agent, contact = offer.agent, offer.contact
        config = contact.queue.config
        consequence = CONSEQUENCES[outcome]
        if outcome == "no_answer" and not config.busy_after_no_answer:
            consequence = WZ_NO_ANSWER
        self.withdraw(offer, outcome)
        agent.unanswered += consequence.counts
        if consequence.sets_busy:
            agent.request_busy(outcome)
        if consequence.breaks_device and agent.device == "usable" and contact.medium == VOICE:
            agent.device = "failed"
        self.settle(agent, keeps_turn=consequence.keeps_turn)
        if not consequence.keeps_turn:
            agent.turn.end_contact(self.now)
        if may_take(agent, contact.medium, self.interrupts):
            lapse = self.timetable.set(self.now + config.ring_timeout, HoldBackLapsed(contact))
            hold_back = HoldBack(agent, agent.turn.idle_since, lapse)
            contact.held_back = (*contact.held_back, hold_back)
        self.return_to_queue(contact)
        self.free(agent)

    def return_to_queue(self, contact: Contact) -> None:
        """Lets a contact whose offer failed wait on in its old place, or leave if it is overdue."""
        cleared = contact.queue.cleared
        if not cleared and not contact.overdue(self.now):
            self.seek_agent(contact)
        elif not contact.offers:
            self.overflow(contact, "closed" if cleared else "max_wait")

    def end_hold_back(self, contact: Contact) -> None:
        """Any agent may have the contact again."""
        for each in contact.held_back:
            each.lapse.cancel()
        contact.held_back = ()

    # Ends.

    def answer(self, winner: LiveOffer) -> None:
        """Caller and agent talk; the wait is over, and whoever else rings has lost the race."""
        contact, agent = winner.contact, winner.agent
        self.close_offer(winner)
        losers = contact.offers
        for offer in losers:
            self.withdraw(offer, "lost_race")
        self.leave_unanswered(contact)
        contact.queue.talking += 1
        contact.agent = agent
        if contact.medium == VOICE:
            agent.contact = contact
        else:
            agent.sides.contacts[contact.contact_id] = contact
            self._weigh(agent)
        agent.turn.contacts = self.tally.one_more(agent.turn.contacts)
        self.settle(agent)
        for offer in losers:
            self.free(offer.agent, keeps_turn=True)

    def overflow(self, contact: Contact, cause: OverflowCause) -> None:
        """Gives a contact that nobody is reserved for back to the application."""
        self.forget(contact)
        self.commands.append(Overflow(contact.contact_id, contact.queue.name, cause))

    def forget(self, contact: Contact) -> None:
        """Takes a contact that nobody is reserved for out of the engine."""
        del self.contacts[contact.contact_id]
        self.leave_unanswered(contact)
        self.leave_line(contact)
        if contact.agent is not None:
            contact.queue.talking -= 1
            if contact.medium == VOICE:
                contact.agent.contact = None
            else:
                del contact.agent.sides.contacts[contact.contact_id]
                self._weigh(contact.agent)
            contact.agent.turn.end_contact(self.now)
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
        if contact.next_step is not None:
            contact.next_step.cancel()
            contact.next_step = None
        if contact.preference is not None:
            contact.preference.end()
            contact.preference = None
