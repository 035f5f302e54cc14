"""One call of a softphone: its SIP session, its RTP line, and what is heard on it."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import sip
from callcenter.demo import ears
from callcenter.demo.g711 import RATE, Law
from callcenter.demo.line import RtpLine
from callcenter.demo.pulse import Pulse
from callcenter.demo.rtp import PACKET_S, Hearing
from callcenter.demo.sdp import KEY_TYPE, Remote, describe, understand

Kind: TypeAlias = Literal["speech", "music", "silence"]

_WINDOW_S = {"tone": 0.3, "speech": 1.0, "music": 2.0, "silence": 0.5}
"""How much audio it takes to be sure of a sound."""
_STEP = RATE // 10
"""New samples after which it is judged again."""
_TOLERANCE_HZ = 5.0
_GRACE_S = 2.0
"""How long audio that is listened for may stay away."""


class CallFailedError(Exception):
    """The call ended before it came so far. `end.code` is SIP's; 200 for a plain BYE."""

    def __init__(self, end: sip.CallEnd) -> None:
        super().__init__(f"{end.code} {end.phrase} ({end.cause} by {end.by})")
        self.end = end


class NotHeardError(Exception):
    """What was expected did not come; the message says what was heard instead."""


class PhoneCall(sip.CallHandler):
    """A call, made or received. What waits raises TimeoutError, or CallFailedError at its end."""

    def __init__(
        self, host: str, laws: Sequence[Law], on_over: Callable[["PhoneCall"], None]
    ) -> None:
        self.end: sip.CallEnd | None = None
        self.progress = 0
        """The last provisional status: 180 while the other side rings, or our own phone."""
        self.is_answered = False
        self._on_over = on_over
        self._host = host
        self._laws = tuple(laws)
        self._version = 0
        self._pulse = Pulse()
        self._line = RtpLine(host, self._pulse.fire)
        self._session: sip.Call | None = None

    @property
    def session(self) -> sip.Call:
        """The SIP side of it."""
        assert self._session is not None, "the phone joins them before it hands the call out"
        return self._session

    @property
    def hearing(self) -> Hearing:
        """What was heard, with counters."""
        return self._line.hearing

    @property
    def remote(self) -> Remote | None:
        """Where the other side takes audio, None before it has said so."""
        return self._line.remote

    # Making and receiving.

    def offer(self) -> bytes:
        """Our offer, for an INVITE."""
        self._line.hearing.key_type = KEY_TYPE
        return self._describe(self._laws, KEY_TYPE)

    def join(self, session: sip.Call) -> None:
        """This is the call's SIP session."""
        self._session = session
        session.handler = self

    def abandon(self) -> None:
        """Gives the line up before there is a session."""
        self._line.close()
        self._on_over(self)

    @property
    def is_incoming(self) -> bool:
        """Whether the call was received, not made."""
        return isinstance(self._session, sip.IncomingCall)

    @property
    def caller(self) -> str:
        """The calling number of a call received."""
        return self._incoming.from_user

    def header(self, name: str) -> str | None:
        """A header field of the INVITE received."""
        return self._incoming.header(name)

    def ring(self) -> None:
        """180: our phone rings."""
        self.progress = 180
        self._incoming.ring()

    def answer(self) -> None:
        """200: our phone is picked up. A call whose offer does not fit is refused with 488."""
        incoming = self._incoming
        if self.end is not None or self.is_answered:
            return
        if not incoming.body:
            incoming.answer(self.offer())
            return
        reply = self._reply(incoming.body)
        if reply is None:
            incoming.reject(488)
        else:
            incoming.answer(reply)

    def reject(self, code: int = 486) -> None:
        """Refuses the call."""
        self._incoming.reject(code)

    def hang_up(self) -> None:
        """Ends the call in the way its state asks for; harmless when it is over."""
        self.session.hangup()

    # Waiting.

    async def ringing(self, within: float = 5.0) -> None:
        """Until the other side rings (180 or 183)."""
        await self._reached(lambda: self.progress >= 180 or self.is_answered, "ringing", within)

    async def answered(self, within: float = 10.0) -> None:
        """Until the call is up: answered, and for a received one the ACK has come."""
        await self._reached(lambda: self.is_answered, "answered", within)

    async def ended(self, within: float = 10.0) -> sip.CallEnd:
        """Until the call is over, for whatever reason."""
        await self._pulse.until(lambda: self.end is not None, within)
        if self.end is None:
            raise TimeoutError(f"the call had not ended after {within:g} s")
        return self.end

    async def _reached(self, condition: Callable[[], bool], what: str, within: float) -> None:
        await self._pulse.until(lambda: condition() or self.end is not None, within)
        if condition():
            return
        if self.end is not None:
            raise CallFailedError(self.end)
        raise TimeoutError(f"the call was not {what} after {within:g} s")

    # Speaking and hearing.

    def say(self, tone: int | None = None) -> None:
        """Says a tone of so many hertz from now on; without one, silence."""
        self._line.mouth.tone = tone

    @property
    def said(self) -> float:
        """Seconds of what it has sent so far."""
        return self._line.mouth.sent * PACKET_S

    async def press(self, keys: str) -> None:
        """Sends keys as RFC 4733 events; returns when the last has been sent."""
        mouth = self._line.mouth
        mouth.press(keys)
        await self._pulse.until(lambda: self.end is not None or not mouth.pressing, 60.0)

    async def hears(
        self, sound: Kind | None = None, *, tone: int | None = None, within: float = 5.0
    ) -> ears.Verdict:
        """Until that sound, or a tone of so many hertz, is heard from now on.

        Raises NotHeardError with what was heard instead.
        """
        listener = _Listener(self.hearing, sound, tone)
        await self._pulse.until(lambda: listener.recognises() or self.end is not None, within)
        if listener.recognised:
            return listener.verdict
        wanted = sound or f"a tone of {tone} Hz"
        end = self.end
        when = f"within {within:g} s"
        if end is not None:
            when = f"before the call ended ({end.cause} by {end.by}, {end.code} {end.phrase})"
        raise NotHeardError(f"expected {wanted} {when}, heard {listener.verdict}")

    async def listen(self, seconds: float) -> list[int]:
        """The next `seconds` of audio as 16-bit samples; NotHeardError when it stays away."""
        begin, wanted = self.hearing.samples, round(seconds * RATE)
        await self._pulse.until(lambda: self.hearing.samples - begin >= wanted, seconds + _GRACE_S)
        missing = wanted - (self.hearing.samples - begin)
        if missing > 0:
            raise NotHeardError(f"{missing / RATE:.2f} s of {seconds:g} s of audio stayed away")
        return self.hearing.since(begin)[:wanted]

    # What the SIP session reports.

    def on_ringing(self, call: sip.Call, code: int, body: bytes) -> None:
        """The other side rings; a body makes early media audible."""
        self.progress = code
        if body:
            self._connect(body)
        self._pulse.fire()

    def on_answered(self, call: sip.Call, body: bytes) -> None:
        """The other side picked up."""
        if (body or self.remote is None) and not self._connect(body):
            call.hangup()
            return
        self.is_answered = True
        self._pulse.fire()

    def on_confirmed(self, call: sip.Call, body: bytes) -> None:
        """The ACK; it holds the answer when the offer was ours."""
        if self.remote is None and not self._connect(body):
            call.hangup()
            return
        self.is_answered = True
        self._pulse.fire()

    def on_offer(self, call: sip.Call, body: bytes) -> bytes | None:
        """A re-INVITE: hold, retrieve, or another address."""
        return self._reply(body) if body else self.offer()

    def on_ended(self, call: sip.Call, end: sip.CallEnd) -> None:
        """The call is over; what was heard stays."""
        self.end = end
        self._line.close()
        self._on_over(self)
        self._pulse.fire()

    @property
    def _incoming(self) -> sip.IncomingCall:
        assert isinstance(self._session, sip.IncomingCall), "this call was not received but made"
        return self._session

    def _reply(self, offer: bytes) -> bytes | None:
        """Our answer to an offer; None when nothing in it fits."""
        if not self._connect(offer):
            return None
        remote = self._line.remote
        assert remote is not None
        self._line.hearing.key_type = remote.key_type
        return self._describe((remote.law,), remote.key_type)

    def _connect(self, body: bytes) -> bool:
        try:
            self._line.connect(understand(body, self._laws))
        except ValueError:
            return False
        return True

    def _describe(self, laws: Sequence[Law], key_type: int | None) -> bytes:
        self._version += 1
        return describe(self._host, self._line.port, laws, key_type=key_type, version=self._version)


class _Listener:
    """Judges the newest audio, ten times a second, until it is what is waited for."""

    def __init__(self, hearing: Hearing, sound: Kind | None, tone: int | None) -> None:
        self.verdict = ears.Verdict("nothing", -96.0)
        self.recognised = False
        self._hearing = hearing
        self._sound = sound
        self._tone = tone
        self._window = _WINDOW_S[sound or "tone"]
        self._begin = self._judged = hearing.samples

    def recognises(self) -> bool:
        """Whether it has been heard by now."""
        position = self._hearing.samples
        if position - self._judged >= _STEP and position - self._begin >= self._window * RATE:
            self._judged = position
            self.verdict = ears.judge(self._hearing.since(self._begin, self._window))
            self.recognised = self._fits()
        return self.recognised

    def _fits(self) -> bool:
        if self._tone is None:
            return self.verdict.sound == self._sound
        hz = self.verdict.hz
        return hz is not None and abs(hz - self._tone) <= _TOLERANCE_HZ
