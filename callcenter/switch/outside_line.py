"""A call to an outside number: over whichever trunk takes it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal, TypeAlias

import sip
from callcenter.routing.trunking import Way
from callcenter.switch.leg import MISFIT, Headers, Leg
from callcenter.switch.leg_events import tell_leg
from callcenter.switch.line_ear import LineEar
from callcenter.switch.redirection import elsewhere
from callcenter.switch.secrecy import secrecy
from callcenter.switch.services import Services
from callcenter.switch.trunk_invite import OutsideCall, trunk_codecs, trunk_invite

State: TypeAlias = Literal["trying", "answered", "over"]

_NO_ROUTE = (404, "No Route")
_NO_GATEWAY = (503, "No Gateway")
_NO_MEDIA_PORT = (503, "No Media Port")
_CALLEE_REFUSES = frozenset((486, 487, 600, 603))
"""Whoever is called for help and answers so is there; anything else may be the carrier's doing."""
_NO_TRANSPORT = (503, "No Transport")


def _nothing(*_: object) -> None:
    return None


class OutsideLine:
    """From the first attempt to the end of the call; `leg` is that of the trunk tried now.

    The owner sets the callbacks and calls `start`, which may call them before it returns. Told are
    `ringing` any number of times; then either `failed`, or `answered` and later `ended`; nothing
    after `hang_up`. Who takes the leg over may set its `ended` for themselves: the trunk's channel
    is given back when the leg closes, whoever closes it.

    A gateway that is dead, full or failing (no sign of life, 408, 5xx), or does not take the voice
    that it is offered (415, 488, 606), costs the next attempt; a callee who is busy or absent
    (other 4xx, 6xx) costs the call. Every attempt is a new call with a leg of its own. Once early
    media or an answer has been passed on there is no other. A call for help goes on after all but a
    busy or declining callee.
    """

    def __init__(self, services: Services, call: OutsideCall) -> None:
        self.call = call
        self.leg: Leg | None = None
        self.state: State = "trying"
        self.ringing: Callable[[int, bytes], None] = _nothing
        """The status code (180, 183 …) and the early media's SDP, if any."""
        self.answered: Callable[[], None] = _nothing
        self.failed: Callable[[int, str], None] = _nothing
        """The final status code and its phrase; 404 without a route, 503 without a free trunk."""
        self.ended: Callable[[sip.CallEnd], None] = _nothing
        self._services = services
        self._ways: Iterator[Way] = iter(())
        self._way: Way | None = None
        self._left = 0
        """How many more attempts may be made."""
        self._verdict = _NO_GATEWAY
        self._heard: Literal["nothing", "ringing", "media"] = "nothing"
        """By the other party, of the attempt now made."""
        self._no_answer: asyncio.TimerHandle | None = None
        self._ear: LineEar | None = None

    @property
    def trunk(self) -> str:
        """The trunk tried now, or that the call went over; empty before the first."""
        return self._way.trunk.name if self._way is not None else ""

    def start(self) -> None:
        """Makes the first attempt."""
        trunking, now = self._services.trunking, self._services.clock.now()
        ways = trunking.ways(self.call.number, now, self.call.trunks)
        if ways is None:
            self._fail(_NO_ROUTE)
            return
        avoid = self.call.avoid
        self._ways = (way for way in ways if way.trunk.name not in avoid)
        self._left = trunking.settings.attempts
        self._try_next()

    def hang_up(self, headers: Headers = ()) -> None:
        """Ends the call, or stops trying; nothing more is told. Harmless when it is over."""
        self._over()
        if self.leg is not None:
            self.leg.hang_up(headers)

    def _try_next(self) -> None:
        """Makes the next attempt that can be made at all, else gives up."""
        while self._left > 0:
            way = next(self._ways, None)
            if way is None:
                break
            if self._try(way):
                return
        self._fail(self._verdict)

    def _try(self, way: Way) -> bool:
        """Takes a channel and a port and calls; False when one of the three cannot be had."""
        services = self._services
        trunking, name = services.trunking, way.trunk.name
        now = services.clock.now()
        urgent = trunking.is_emergency(self.call.number)
        if refusal := trunking.capacity.seize(name, now, urgent=urgent):
            self._verdict = 503, refusal
            return False
        self._left -= 1
        try:
            codecs = trunk_codecs(way.trunk, self.call.codec)
            policy = secrecy(services, way.gateway.address.transport, way.trunk.srtp)
            leg = Leg.open(
                services.plane,
                services.new_session_id(),
                codecs,
                policy,
                comfort_noise=self.call.comfort_noise,
            )
        except OSError as error:
            trunking.capacity.release(name)
            services.logger.error("no port for a call out", error=str(error))
            self._verdict = _NO_MEDIA_PORT
            return False
        leg.at_close(partial(trunking.capacity.release, name))
        return self._invite(way, leg)

    def _invite(self, way: Way, leg: Leg) -> bool:
        services = self._services
        self.leg, self._way, self._heard = leg, way, "nothing"
        leg.ringing = self._leg_rings
        leg.answered = self._leg_answered
        leg.ended = self._attempt_ended
        leg.redirected = partial(self._elsewhere, way.trunk.name)
        try:
            invite = trunk_invite(self.call, way, leg.sdp.offer(), services)
            leg.session = services.sip.endpoint.invite(invite, leg)
        except ValueError as error:  # no listener of that transport, or a line break in a header
            leg.hang_up()
            services.logger.error(
                "a call out cannot be made", trunk=way.trunk.name, error=str(error)
            )
            self._verdict = _NO_TRANSPORT
            return False
        self._ear = None
        if (way.progress or self.call.heard is not None) and not leg.opaque:
            self._ear = LineEar(services, self.call, way.trunk.name, leg)
        if self.call.call_id:
            tell_leg(services, self.call.call_id, f"trunk {way.trunk.name}", leg)
        self._no_answer = asyncio.get_running_loop().call_later(
            services.trunking.settings.first_answer, self._nothing_heard
        )
        return True

    def _elsewhere(
        self, trunk: str, invite: sip.OutgoingInvite, targets: Sequence[str]
    ) -> sip.OutgoingInvite | None:
        return elsewhere(invite, targets, trunk, self._services.sip.endpoint.trunks)

    def _nothing_heard(self) -> None:
        """Not even a 100: nobody is there. 32 s would be too long for whoever waits."""
        leg = self.leg
        assert leg is not None
        if leg.session is not None and leg.session.state is sip.CallState.CALLING:
            leg.hang_up()
            self._attempt_ended(sip.CallEnd("timeout", "remote", 408, "No Response"))

    def _leg_rings(self, code: int, body: bytes) -> None:
        if self._heard != "media":
            self._heard = "media" if body else "ringing"
        self.ringing(code, body)

    def _leg_answered(self) -> None:
        self._stop_waiting()
        assert self._way is not None
        assert self.leg is not None
        self._services.trunking.gateways.worked(self._way.gateway)
        self.state = "answered"
        self.leg.ended = self._leg_ended
        if self._ear is not None:
            self._ear.answered()
        answered = self.answered
        # What can come no more holds us, through those who wanted to be told.
        self.ringing = self.answered = self.failed = _nothing
        answered()

    def _attempt_ended(self, end: sip.CallEnd) -> None:
        self._stop_waiting()
        assert self._way is not None
        way, services = self._way, self._services
        self._judge(way, end)
        services.logger.info(
            "attempt failed",
            trunk=way.trunk.name,
            gateway=str(way.gateway.address),
            called=way.number,
            code=end.code,
            reason=end.phrase,
        )
        self._verdict = end.code, end.phrase
        if self._may_go_on(end):
            self._try_next()
        else:
            self._fail(self._verdict)

    def _judge(self, way: Way, end: sip.CallEnd) -> None:
        """What the attempt tells about the gateway's health."""
        gateways = self._services.trunking.gateways
        if end.by == "local":
            return
        if end.cause in ("timeout", "transport") or end.code == 503:
            gateways.failed(way.gateway, self._services.clock.now(), end.retry_after)
        else:
            gateways.worked(way.gateway)

    def _may_go_on(self, end: sip.CallEnd) -> bool:
        """Whether the gateway failed rather than the callee, and nobody has heard the callee.

        Who rang is there: nobody has their phone ring again, whatever it or its network said then.
        """
        if end.by == "local" or self._heard == "media":
            return False
        if self._services.trunking.is_emergency(self.call.number):
            return end.code not in _CALLEE_REFUSES
        if end.code == 408 or end.code in MISFIT:
            return self._heard == "nothing"
        return 500 <= end.code < 600

    def _leg_ended(self, end: sip.CallEnd) -> None:
        ended = self.ended
        self._over()
        ended(end)

    def _fail(self, verdict: tuple[int, str]) -> None:
        failed = self.failed
        self._over()
        failed(*verdict)

    def _over(self) -> None:
        self.state = "over"
        self._stop_waiting()
        # Our owner holds us, too: whoever is told nothing more is let go.
        self.ringing = self.answered = self.failed = self.ended = _nothing

    def _stop_waiting(self) -> None:
        if self._no_answer is not None:
            self._no_answer.cancel()
            self._no_answer = None
