"""A caller's visit to a queue: music, offers to agents, and in the end a conversation or not."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import acd
from callcenter import events
from callcenter.routing.dial_plan import Service
from callcenter.speech.phrases import sentence
from callcenter.switch.bridge import Bridge
from callcenter.switch.callbacks import Place
from callcenter.switch.called_back import AbsentCaller
from callcenter.switch.conversation import converse
from callcenter.switch.party import Party
from callcenter.switch.ring import Ring
from callcenter.switch.roster import SignIn
from callcenter.switch.successor import BACK_TO_QUEUE
from callcenter.switch.tones import play_ringback
from callcenter.switch.transfer import referred_while_waiting
from callcenter.switch.waiting import Waiting
from ivr.targets import Target
from lean import dataclass

if TYPE_CHECKING:
    from callcenter.switch.call import Call

_OUTCOMES: dict[acd.OverflowCause, events.QueueOutcome] = {
    "max_wait": "timeout",
    "no_agents": "no_agents",
    "all_busy": "all_busy",
    "full": "full",
    "closed": "closed",
}


RING_MARGIN_S = 2.0
"""How much longer an agent is kept than the customer's phone rings."""


@dataclass(frozen=True, slots=True)
class QueueWish:
    """What a caller asks a queue for."""

    queue: str
    priority: int = 0
    overflow_no_agents: bool = False
    """Come back at once while nobody is signed in for the queue."""
    preferred: tuple[acd.Preferred, ...] = ()
    """Agents to be asked before the caller's own and before all others."""
    place: Place | None = None
    """The caller's in the engine already, who has asked to be called back."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A wait that ended without an agent, and where the caller wants to go instead, if they do."""

    outcome: events.QueueOutcome
    target: Target | None = None


class QueueVisit:
    """The controller of a call while it waits; the dispatcher's `Contact`."""

    def __init__(self, call: "Call", wish: QueueWish) -> None:
        self.contact_id = call.call_id
        self.call = call
        self.queue = wish.queue
        self._rings: dict[int, Ring] = {}
        """By offer: one, or several with `ring_all`; those that are neither withdrawn nor over."""
        self._answered: Ring | None = None
        self._again = False
        """Whether the caller has had an agent and lost them."""
        self._services = call.services
        self._priority = wish.priority + call.services.customers.priority(call.ani)
        self._overflow_no_agents = wish.overflow_no_agents
        self._asked_for = wish.preferred
        self._place = wish.place
        self._stood: Place | None = None
        """To be told what came of it."""
        self._coming: asyncio.Task[bool] | None = None
        """An absent caller is being called."""
        self._entered = 0.0
        self._waited_before = 0.0
        self._waiting = Waiting(call, wish.queue)
        self._result: asyncio.Future[Ring | Unanswered] = asyncio.get_running_loop().create_future()

    async def run(self) -> Unanswered | Service | None:
        """Waits; on an answer talks to the end. Returns why there was no agent, or where the
        caller was transferred to; None after a talk.

        A talk in which the agent's phone dies does not end the visit, nor a transfer that reaches
        nobody: the caller waits on, ahead of all the others of no higher priority. Who goes from
        queue to queue keeps the time at which they began to wait.
        """
        call = self.call
        now = self._services.clock.now()
        if call.waiting_since is None:
            # Who was answered and given on keeps what they had waited before, or the place that
            # was kept for them.
            call.waiting_since = now - call.waited_s
            if call.place_since is not None:
                call.waiting_since = min(call.waiting_since, call.place_since)
                call.place_since = None
        self._entered = call.waiting_since
        self._waited_before = now - self._entered
        while isinstance(result := await self._wait(), Bridge):
            waited = self.waited(self._services.clock.now())
            after = await converse(call, result)
            if after is not BACK_TO_QUEUE:
                call.waiting_since, call.waited_s = None, waited
                return after
            self._rings.clear()
            self._answered, self._again, self._waited_before = None, True, 0.0
        return result

    async def _wait(self) -> Bridge | Unanswered:
        """One wait: to the talk that is to begin, or to the reason for which there is none."""
        services = self._services
        self._result = asyncio.get_running_loop().create_future()
        self.call.leg.referred = partial(referred_while_waiting, self.call)
        now = services.clock.now()
        services.stream.emit(
            events.QueueEntered(
                now, self.contact_id, self.queue, self._priority, self._waited_before
            )
        )
        outcome: events.QueueOutcome | None = None
        try:
            await self._begin()
            found = await self._result
            result = await self._join(found) if isinstance(found, Ring) else found
            outcome = "answered" if isinstance(result, Bridge) else result.outcome
        except Exception:
            outcome = "system_error"
            raise
        finally:
            self._leave(outcome or self._why_gone())
        return result

    async def _begin(self) -> None:
        """Into the line; or, for who stands there already, to the agent kept for them."""
        services, place = self._services, self._place
        self._place, self._stood = None, place
        if place is not None:
            services.dispatcher.adopt(self)
            if place.offer is not None:
                self.offered(place.offer)
            else:
                self._nobody_rings()
            return
        await self._waiting.begin(self._pressed)
        await self.call.known.wait(services.settings.screen_pop.customer_within)
        services.dispatcher.enqueue(self, self._wish())
        if not self._rings:
            services.forecast.entered(self.contact_id, self.queue)

    async def _join(self, ring: Ring) -> Bridge | Unanswered:
        """An agent has picked up: caller and agent are to be joined, if the caller is there."""
        call, leg, seat_no = self.call, ring.leg, ring.sign_in.seat_no
        assert leg is not None
        agent = Party(leg, seat_no, seat_no=seat_no)
        if isinstance(caller := call.caller, AbsentCaller):
            coming = self._coming = asyncio.create_task(caller.come(call, agent))
            leg.ended = self._agent_gone
            await play_ringback(call, agent)
            await asyncio.wait([coming])
            leg.port.stop_play()
            if leg.over or coming.cancelled():
                return Unanswered("unreached")
            if not coming.result():
                await caller.unreached.tell(call, agent)
                return Unanswered("unreached")
        call.answer()
        call.bridge = Bridge(call, agent, ring)
        return call.bridge

    def _agent_gone(self, _: object) -> None:
        if self._coming is not None:
            self._coming.cancel()

    def _why_gone(self) -> events.QueueOutcome:
        """What a wait that the call's end cut short counts as: what ends by us is no abandon."""
        by, cause = self.call.ended_by
        if by != "caller" and cause != "media_timeout":
            return "system_error"
        least = self._services.queues[self.queue].short_abandon
        waited = self.waited(self._services.clock.now())
        return "short_abandon" if waited < least else "abandoned"

    def _wish(self) -> acd.ContactQueued:
        return acd.ContactQueued(
            self.contact_id,
            self.queue,
            self._priority,
            enqueued_at=self._entered,
            overflow_no_agents=self._overflow_no_agents,
            preferred=() if self._again else self._preferred(),
            head=self._again,
        )

    def _preferred(self) -> tuple[acd.Preferred, ...]:
        """Whom the flow asks for, then the caller's own agent, then the last one; each once."""
        services, call = self._services, self.call
        queue = services.queues[self.queue]
        own = services.customers.preferred(call.ani, queue, services.clock.now())
        wishes: dict[str, acd.Preferred] = {}
        for wish in (*self._asked_for, *own):
            wishes.setdefault(wish.agent_id, wish)
        return tuple(wishes.values())

    def waited(self, now: float) -> float:
        """Seconds that the caller had waited at `now`."""
        return now - self._entered

    def offered(self, offer: acd.Offer) -> None:
        """The ACD reserved an agent: ring them, unless the caller has to be called first."""
        if self._coming is not None and not self._coming.done():
            self._keep(offer)
            return
        caller = self.call.caller
        callback = self._services.queues[self.queue].callback
        if isinstance(caller, AbsentCaller) and callback and callback.first == "customer":
            self._keep(offer)
            self._coming = asyncio.create_task(self._call_first(caller))
            return
        self._ring(self._tell(offer, offer.answer_within))

    def _keep(self, offer: acd.Offer) -> None:
        """The agent is told and waits, their phone not rung yet, while the caller is called."""
        callback = self._services.queues[self.queue].callback
        within = RING_MARGIN_S + (callback.ring if callback is not None else 0.0)
        self._services.dispatcher.post(acd.OfferAnswering(offer.offer_id, within, "withdrawn"))
        self._tell(offer, within + offer.answer_within)

    async def _call_first(self, caller: AbsentCaller) -> bool:
        if not await caller.come(self.call, caller):
            if not self._result.done():
                self._result.set_result(Unanswered("unreached"))
            return False
        await self._waiting.begin(self._pressed)
        for ring in tuple(self._rings.values()):
            within = ring.offer.answer_within
            post = self._services.dispatcher.post
            post(acd.OfferAnswering(ring.offer.offer_id, within, "no_answer"))
            self._ring(ring)
        return True

    def _ring(self, ring: Ring | None) -> None:
        call = self.call
        if ring is not None:
            ring.start(call.codecs, comfort_noise=call.comfort_noise)

    def _tell(self, offer: acd.Offer, within: float) -> Ring | None:
        """Lets the agent's desk know, who has so many seconds; None if they are gone."""
        services, call = self._services, self.call
        sign_in = services.roster.of_agent(offer.agent_id)
        if sign_in is None:
            services.dispatcher.post(acd.OfferRefused(offer.offer_id, "device_failed"))
            return None
        ring = Ring(services, offer, sign_in, call.ani, self._picked_up)
        self._rings[offer.offer_id] = ring
        now = services.clock.now()
        services.stream.emit(
            events.AgentOffered(
                now,
                self.contact_id,
                self.queue,
                offer.agent_id,
                sign_in.seat_no,
                call.ani,
                call.dnis,
                self.waited(now),
                within,
                call.data,
            )
        )
        return ring

    def withdrawn(self, offer: acd.Withdraw) -> None:
        """The ACD took the offer back."""
        ring = self._rings.pop(offer.offer_id, None)
        if ring is not None:
            ring.withdraw(offer.cause)
        if isinstance(self.call.caller, AbsentCaller):
            # The next agent, if there is one, is offered in the same breath.
            asyncio.get_running_loop().call_soon(self._nobody_rings)

    def _nobody_rings(self) -> None:
        """No agent can be had for an absent caller, who waits on without a call."""
        busy = self._rings or self._coming is not None
        absent = isinstance(self.call.caller, AbsentCaller)
        if absent and not busy and not self._result.done():
            self._result.set_result(Unanswered("callback"))

    def abandon(self) -> None:
        """Nobody is to be offered the call any more: its task is about to be cancelled."""
        self._services.dispatcher.leave(self)

    def overflowed(self, cause: acd.OverflowCause) -> None:
        """The ACD gave up."""
        if not self._result.done():
            self._result.set_result(Unanswered(_OUTCOMES[cause]))

    @property
    def waits(self) -> bool:
        """Whether a caller is on the line whom no agent has answered."""
        absent = isinstance(self.call.caller, AbsentCaller)
        return not absent and self._answered is None and not self._result.done()

    def send_on(self, target: Target) -> bool:
        """Takes the caller out of the line, and sends them there; False where nobody waits."""
        waits = self.waits
        if waits:
            self._result.set_result(Unanswered("transferred", target))
        return waits

    def _pressed(self, key: str) -> bool:
        """Whether the key is one of the queue's, by which the caller has left it now."""
        queue = self._services.queues[self.queue]
        if queue.callback is not None and key == queue.callback.key:
            self._ask_for_callback()
            return True
        target = queue.keys.get(key)
        if target is None:
            return False
        if self.waits:
            self._result.set_result(Unanswered("key_exit", target))
        return True

    def _ask_for_callback(self) -> None:
        """The caller goes, and their place is kept; or they wait on, and are told so."""
        if not self.waits:
            return
        call = self.call
        answer = self._services.callbacks.ask(
            call.ani,
            self.queue,
            dnis=call.dnis,
            language=call.language,
            priority=self._priority,
            waiting_since=self._entered,
            call_id=call.call_id,
        )
        if answer == "refused":
            self._waiting.interrupt([sentence("callback_refused", call.language)])
        else:
            self._result.set_result(Unanswered("callback"))

    def ring_of(self, sign_in: SignIn) -> Ring | None:
        """The ring at this agent, live or answered."""
        return next((each for each in self._rings.values() if each.sign_in is sign_in), None)

    def _picked_up(self, ring: Ring) -> None:
        self._answered = ring
        # A caller who leaves in this very moment has cancelled the result already.
        if not self._result.done():
            self._result.set_result(ring)

    def _leave(self, outcome: events.QueueOutcome) -> None:
        """Takes the caller out of the queue; an agent who has just picked up is let go again."""
        services, ring = self._services, self._answered
        self._waiting.end()
        if self._coming is not None:
            self._coming.cancel()
            self._coming = None
        if ring is not None:
            if outcome == "answered":
                ring.joined()
            else:
                ring.withdraw("caller_left")
                services.dispatcher.post(acd.ContactLeft(self.contact_id))
        elif outcome != "answered":
            services.dispatcher.leave(self)
        services.stream.emit(
            events.QueueLeft(services.clock.now(), self.contact_id, self.queue, outcome)
        )
        if self._stood is not None:
            stood, self._stood = self._stood, None
            stood.ended(outcome)
