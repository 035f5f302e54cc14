"""One offer of a caller to one agent: the desk rings, and the phone as the seat has it."""

import asyncio
from collections.abc import Callable
from typing import Literal, TypeAlias

import acd
from callcenter import events
from callcenter.switch.leg import Leg
from callcenter.switch.roster import SignIn
from callcenter.switch.seat_phones import PORT_WAIT_S, SeatPhones
from callcenter.switch.services import Services
from media.sdp import Codec

AUTO_ANSWER_LIMIT = 3.0
"""Seconds a phone has to obey the auto-answer headers (agent protocol, answer mode `protocol`)."""

State: TypeAlias = Literal["ringing", "answering", "answered", "over"]


class AnswerFailedError(Exception):
    """The phone did not answer although the agent did: `media_failed`."""


class Ring:
    """From the first ring to the outcome.

    Must not own: who is offered (the ACD) and what happens after the answer (`Bridge`).
    """

    def __init__(
        self,
        services: Services,
        offer: acd.Offer,
        sign_in: SignIn,
        ani: str,
        picked_up: Callable[["Ring"], None],
    ) -> None:
        self.offer = offer
        self.sign_in = sign_in
        self.leg: Leg | None = None
        """To the phone that was picked up."""
        self.state: State = "ringing"
        self.since = services.clock.now()
        """When `state` became what it is: ringing or answered."""
        self._services = services
        self._ani = ani
        self._codecs: tuple[Codec, ...] = ()
        self._begun = False
        self._picked_up = picked_up
        self._answer: asyncio.Future[None] | None = None
        self._by_desk = sign_in.seat.answers_at_desk
        self._phones = SeatPhones(services, sign_in.seat_no, offer.contact_id)
        self._phones.ringing = self._phone_rings
        self._phones.answered = self._phone_answered
        self._phones.refused = self.refuse
        self._pick_up = False
        """Whether the agent has answered already, and a phone picks up as soon as it rings."""

    def start(self, codecs: tuple[Codec, ...], *, comfort_noise: bool = False) -> None:
        """Rings, with the caller's codec first: then the engine relays without touching a sample.

        A phone that cannot be reached refuses at once.

        Until then the desk alone knows: who is to be called back may have to be reached first.
        """
        self._begun, self._codecs, self._phones.comfort_noise = True, codecs, comfort_noise
        if not self._by_desk:
            self._invite((("Allow-Events", "talk"),))  # it may obey our NOTIFY, RFC 6665 §8.2.2
        elif self._pick_up:
            self._connect()
        else:
            self._phones.alert()

    async def answer(self) -> None:
        """The agent answers from the desk (`call.answer`).

        In mode `phone` the ringing phone is asked to pick up and this returns at once; in the other
        modes the phone is called now, if it is not nailed up, and this returns when it has
        answered, else raises `AnswerFailedError`. Before `start` it returns at once.
        """
        if not self._begun:
            self._pick_up = True
        elif not self._by_desk:
            self._pick_up = not self._ask_to_pick_up()
        else:
            await asyncio.shield(self._connect())

    def _connect(self) -> asyncio.Future[None]:
        """Calls a phone that is to answer by itself."""
        self.state = "answering"
        self._services.dispatcher.post(acd.OfferAnswering(self.offer.offer_id, AUTO_ANSWER_LIMIT))
        answer = self._answer = asyncio.get_running_loop().create_future()
        # Too late for the limit is too late for the agent, who is not to blame for a lack of ports.
        self._invite(auto_answer(self._services.settings.sip.domain), AUTO_ANSWER_LIMIT - 0.5)
        return answer

    def refuse(self, outcome: acd.RefusalOutcome = "rejected") -> None:
        """The agent or the phone declines; the ACD answers by `withdraw`."""
        if self.state in ("ringing", "answering"):
            self._services.dispatcher.post(acd.OfferRefused(self.offer.offer_id, outcome))

    def withdraw(self, cause: events.OfferOutcome) -> None:
        """The ACD takes the offer back, or the caller left as the agent picked up.

        Harmless when the ring is over.
        """
        if self.state != "over":
            self._end(cause)

    def joined(self) -> None:
        """Whoever picked up is now talking with the caller."""
        self._emit("accepted")

    def _invite(self, headers: tuple[tuple[str, str], ...], port_wait: float = PORT_WAIT_S) -> None:
        self._phones.ring(self._ani, self._codecs, headers, port_wait=port_wait)

    def _ask_to_pick_up(self) -> bool:
        return self._phones.ask_to_pick_up()

    def _phone_rings(self) -> None:
        if self._pick_up:
            self._pick_up = not self._ask_to_pick_up()

    def _phone_answered(self, leg: Leg) -> None:
        if self.state not in ("ringing", "answering"):
            return
        self.leg = leg
        if not self._services.dispatcher.accept(self.offer):
            self._end("lost_race")
            return
        self.state = "answered"
        self.since = self._services.clock.now()
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(None)
        picked_up, self._picked_up = self._picked_up, _nobody  # who holds us is let go of
        picked_up(self)

    def _end(self, outcome: events.OfferOutcome) -> None:
        self.state = "over"
        self._picked_up = _nobody
        # Not kept: an error holds the frames that it has passed through, and they hold this.
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(AnswerFailedError(f"the offer ended: {outcome}"))
            answer.exception()
        self._phones.hang_up()
        self._emit(outcome)

    def _emit(self, outcome: events.OfferOutcome) -> None:
        offer, seat_no = self.offer, self.sign_in.seat_no
        call_id, queue, agent_id = offer.contact_id, offer.queue, offer.agent_id
        now, emit = self._services.clock.now(), self._services.stream.emit
        emit(events.OfferEnded(now, call_id, queue, agent_id, seat_no, outcome))
        if outcome == "no_answer":
            emit(events.NoAnswerRecorded(now, agent_id, seat_no, call_id, queue, outcome))


def auto_answer(domain: str) -> tuple[tuple[str, str], ...]:
    """What has a phone answer by itself (agent protocol, answer mode `protocol`)."""
    return (
        ("Call-Info", f"<sip:{domain}>;answer-after=0"),
        ("Alert-Info", f"<http://{domain}>;info=alert-autoanswer"),
    )


def _nobody(ring: Ring) -> None:
    return None
