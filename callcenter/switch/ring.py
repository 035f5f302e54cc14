"""One offer of a caller to one agent: the desk rings, and the phone as the seat has it."""

import asyncio
from collections.abc import Callable
from typing import Literal, TypeAlias

import acd
import sip
from callcenter import events
from callcenter.switch.leg import Leg
from callcenter.switch.leg_events import tell_leg
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.sip_uri import sip_uri
from media.sdp import Codec

AUTO_ANSWER_LIMIT = 3.0
"""Seconds a phone has to obey the auto-answer headers (agent protocol, answer mode `protocol`)."""

State: TypeAlias = Literal["ringing", "answering", "answered", "over"]

_OUTCOMES: dict[int, acd.RefusalOutcome] = {
    408: "no_answer",
    480: "no_answer",
    486: "device_busy",
    600: "device_busy",
    603: "rejected",
}
"""What a phone's refusal means for the agent (agent protocol, rule 12); the rest is a failure."""


class AnswerFailedError(Exception):
    """The phone did not answer although the agent did: `media_failed`."""


class Ring:
    """From the first ring to the outcome.

    Must not own: who is offered (the ACD) and what happens after the answer (`Talk`).
    """

    def __init__(
        self,
        services: Services,
        offer: acd.Offer,
        sign_in: SignIn,
        ani: str,
        codec: Codec | None,
        picked_up: Callable[["Ring"], None],
    ) -> None:
        self.offer = offer
        self.sign_in = sign_in
        self.leg: Leg | None = None
        self.state: State = "ringing"
        self.since = services.clock.now()
        """When `state` became what it is: ringing or answered."""
        self._services = services
        self._ani = ani
        self._codec = codec
        self._picked_up = picked_up
        self._answer: asyncio.Future[None] | None = None
        self._pick_up = False
        """Whether the phone is to be asked to pick up as soon as it rings."""

    def start(self) -> None:
        """Rings; a phone that cannot be reached refuses the offer at once."""
        if self.sign_in.seat.answer_mode == "phone":
            self._invite((("Allow-Events", "talk"),))  # it may obey our NOTIFY, RFC 6665 §8.2.2

    async def answer(self) -> None:
        """The agent answers from the desk (`call.answer`).

        In mode `phone` the ringing phone is asked to pick up and this returns at once; in mode
        `protocol` the phone is called now and this returns when it has answered, else raises
        `AnswerFailedError`.
        """
        if self.sign_in.seat.answer_mode == "phone":
            self._pick_up = not self._ask_to_pick_up()
            return
        self.state = "answering"
        self._services.dispatcher.post(acd.OfferAnswering(self.offer.offer_id, AUTO_ANSWER_LIMIT))
        domain = self._services.settings.sip.domain
        self._answer = asyncio.get_running_loop().create_future()
        self._invite(
            (
                ("Call-Info", f"<sip:{domain}>;answer-after=0"),
                ("Alert-Info", f"<http://{domain}>;info=alert-autoanswer"),
            )
        )
        await asyncio.shield(self._answer)

    def refuse(self, outcome: acd.RefusalOutcome) -> None:
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

    def _invite(self, headers: tuple[tuple[str, str], ...]) -> None:
        services = self._services
        now = services.clock.now()
        binding = services.sip.endpoint.registrar.lookup(self.sign_in.seat_no, now)
        if binding is None:
            self.refuse("device_failed")
            return
        try:
            leg = Leg.open(services.plane, services.new_session_id(), self._codecs())
        except OSError as error:
            services.logger.error("no port for the agent's phone", error=str(error))
            self.refuse("device_failed")
            return
        leg.ringing = self._phone_rings
        leg.answered = self._phone_answered
        leg.ended = self._phone_ended
        self.leg = leg
        domain = services.settings.sip.domain
        invite = sip.OutgoingInvite(
            request_uri=binding.contact_uri,
            destination=binding.source,
            local=binding.local,
            from_uri=sip_uri(self._ani or "anonymous", domain),
            from_name=self._ani,
            to_uri=sip_uri(self.sign_in.seat_no, domain),
            body=leg.sdp.offer(),
            headers=headers,
        )
        try:
            leg.session = services.sip.endpoint.invite(invite, leg)
        except ValueError as error:  # a binding of a transport that we do not speak (any more)
            services.logger.error("the agent's phone cannot be called", error=str(error))
            self.refuse("device_failed")
        else:
            tell_leg(services, self.offer.contact_id, f"seat {self.sign_in.seat_no}", leg)

    def _codecs(self) -> tuple[Codec, ...]:
        """The caller's codec first: then the engine relays without touching a sample."""
        if self._codec == "PCMU":
            return ("PCMU", "PCMA")
        return ("PCMA", "PCMU")

    def _ask_to_pick_up(self) -> bool:
        """The remote-answer NOTIFY; False while the phone has opened no early dialog for it."""
        session = self.leg.session if self.leg is not None else None
        return session is not None and session.notify("talk")

    def _phone_rings(self, code: int, body: bytes) -> None:
        if self._pick_up:
            self._pick_up = not self._ask_to_pick_up()

    def _phone_answered(self) -> None:
        if self.state not in ("ringing", "answering"):
            return
        if not self._services.dispatcher.accept(self.offer):
            self._end("lost_race")
            return
        self.state = "answered"
        self.since = self._services.clock.now()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)
        picked_up, self._picked_up = self._picked_up, _nobody  # who holds us is let go of
        picked_up(self)

    def _phone_ended(self, end: sip.CallEnd) -> None:
        self.refuse(_OUTCOMES.get(end.code, "device_failed"))

    def _end(self, outcome: events.OfferOutcome) -> None:
        self.state = "over"
        self._picked_up = _nobody
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(AnswerFailedError(f"the offer ended: {outcome}"))
            self._answer.exception()
        if self.leg is not None:
            self.leg.hang_up()
        self._emit(outcome)

    def _emit(self, outcome: events.OfferOutcome) -> None:
        offer, seat_no = self.offer, self.sign_in.seat_no
        call_id, queue, agent_id = offer.contact_id, offer.queue, offer.agent_id
        now, emit = self._services.clock.now(), self._services.stream.emit
        emit(events.OfferEnded(now, call_id, queue, agent_id, seat_no, outcome))
        if outcome == "no_answer":
            emit(events.NoAnswerRecorded(now, agent_id, seat_no, call_id, queue, outcome))


def _nobody(ring: Ring) -> None:
    return None
