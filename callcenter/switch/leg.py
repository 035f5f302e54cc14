"""One party of a call: a SIP session and the media port behind it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self, TypeAlias

import sip
from callcenter.switch.keys import Keys
from callcenter.switch.vigil import Vigil
from media.plane import MediaPlane, Port
from media.sdp import PLAIN, Codec, Policy, SdpError, SdpSession, Stream, sends_media

if TYPE_CHECKING:
    from callcenter.switch.call import Call
    from callcenter.switch.party import Party

Redirected: TypeAlias = Callable[[sip.OutgoingInvite, Sequence[str]], sip.OutgoingInvite | None]
PickedUp: TypeAlias = "Callable[[Party], bool]"
Headers = Sequence[tuple[str, str]]
_RINGING = (sip.CallState.CALLING, sip.CallState.PROCEEDING, sip.CallState.EARLY)
INFO_GAP_S = 0.25
"""From one key that is sent by INFO to the next."""


MEDIA_FAILED = 500
"""The code of an end that a bug in our media has brought about."""
MISFIT = frozenset((415, 488, 606))
"""What a peer answers that does not take the voice it is offered."""


def _nothing(*_: object) -> None:
    return None


def _not_redirected(invite: sip.OutgoingInvite, targets: Sequence[str]) -> None:
    return None


def _not_picked_up(_: "Party") -> bool:
    return False


def _not_transferred(_: sip.Referral) -> int:
    return 603


class Leg(sip.CallHandler):
    """A SIP session joined to a media port; tells its owner by callbacks, each at most once.

    The owner sets `ringing`, `answered` and `ended`; `ended` comes exactly once for every leg
    whatever ended it, unless the owner has hung up first: then nothing more is told.
    """

    def __init__(self, port: Port, sdp: SdpSession) -> None:
        self.port = port
        self.sdp = sdp
        self.session: sip.Call | None = None
        self.ringing: Callable[[int, bytes], None] = _nothing
        """The status code and early media's SDP, if any."""
        self.answered: Callable[[], None] = _nothing
        self._ended: Callable[[sip.CallEnd], None] = _nothing
        self.held: Callable[[], None] = _nothing
        """The stream was agreed anew: `on_hold` may have changed."""
        self.referred: Callable[[sip.Referral], int] = _not_transferred
        """The peer asks to be replaced (REFER); the status code of the answer."""
        self.redirected: Redirected = _not_redirected
        """Asked where to call instead, when a 3xx names these URIs."""
        self.picked_up: PickedUp = _not_picked_up
        """Somebody at another seat answers what rings here (RFC 3891); False where that is not
        possible."""
        self.replaced: Callable[[], None] = _nothing
        """`session` is another one from now on; told once for each."""
        self.seat_no = ""
        """The seat whose phone was called; empty for every other leg."""
        self.placed: Call | None = None
        """The live call whose caller's leg this is."""
        port.on_failed = self.media_failed
        self._at_close: list[Callable[[], None]] = []
        self._vigil: Vigil | None = None
        self._keys: Keys | None = None
        self._keys_by_info = False
        """Whether the peer has sent keys by INFO: then it takes them so, too."""
        self._over = False
        self._offered = False
        """Whether the ACK to come holds the answer to an offer of ours."""

    @classmethod
    def open(
        cls,
        plane: MediaPlane,
        session_id: int,
        codecs: Sequence[Codec],
        policy: Policy = PLAIN,
        *,
        comfort_noise: bool = False,
    ) -> Self:
        """A leg with a port of its own. Raises `OSError` when the port range is exhausted."""
        port = plane.open_port()
        address = (port.address, port.rtp_port)
        sdp = SdpSession(
            *address, session_id, codecs=codecs, policy=policy, comfort_noise=comfort_noise
        )
        return cls(port, sdp)

    @property
    def over(self) -> bool:
        """Whether the session has ended, by either side."""
        return self._over

    @property
    def ended(self) -> Callable[[sip.CallEnd], None]:
        """Told once when the session ends, unless by us. Once it is over nobody is kept here."""
        return self._ended

    @ended.setter
    def ended(self, told: Callable[[sip.CallEnd], None]) -> None:
        if not self._over:
            self._ended = told

    @property
    def stream(self) -> Stream | None:
        """What was agreed with the peer, None before."""
        return self.sdp.stream

    @property
    def opaque(self) -> bool:
        """Whether the peer's voice can only be passed on to one who speaks the same codec."""
        return self.sdp.opaque

    @property
    def on_hold(self) -> bool:
        """Whether the peer wants to hear nothing."""
        return self.stream is not None and not sends_media(self.stream.direction)

    def hang_up(self, headers: Headers = ()) -> None:
        """Ends the session by CANCEL, BYE or a refusal, as its state needs, and frees the port."""
        if self._over:
            return
        self.close()
        if self.session is not None:
            self.session.hangup(headers)

    def at_close(self, deed: Callable[[], None]) -> None:
        """Has this done once, just before the port is closed, whoever ends the session."""
        self._at_close.append(deed)

    def watch(self, rtp_timeout: float, dead: Callable[[], None]) -> None:
        """From now on tells when the peer's phone is dead: no voice and no answer (see `Vigil`)."""
        if self._over:
            return
        if self._vigil is not None:
            self._vigil.close()
        self._vigil = Vigil(self.port, rtp_timeout, self._probe, dead)

    def listen(self, pressed: Callable[[str], None], clock: Callable[[], float]) -> Keys | None:
        """From now on tells each key that the peer presses, by telephone event or INFO, once.

        Returns who was told before. Once the session is over there is nothing to tell.
        """
        before = self._keys
        if not self._over:
            self._keys = Keys(pressed, clock)
            self.port.on_digit = self._keys.by_event
        return before

    def stop_listening(self, before: Keys | None = None) -> None:
        """Keys are told again to who was told before; without anybody no longer."""
        self._keys = None if self._over else before
        self.port.on_digit = None if self._keys is None else self._keys.by_event

    @property
    def takes_keys(self) -> bool:
        """Whether keys can be sent: as tones they cannot where none are made."""
        events = self.stream is not None and self.stream.event_payload_type is not None
        return events or self._keys_by_info or not self.opaque

    def leave_talk(self) -> None:
        """Nobody talks with the peer any more: whom it holds, and to whom it gives its call on, is
        no talk's affair."""
        self.held = _nothing
        self.referred = _not_transferred

    def press(self, digits: str) -> None:
        """Lets the peer hear keys: telephone events, or tones where it takes none.

        A peer without telephone events that sends its own keys by INFO is sent them so.
        """
        events = self.stream is not None and self.stream.event_payload_type is not None
        if events or not self._keys_by_info or self.session is None:
            self.port.send_digits(digits)
            return
        loop = asyncio.get_running_loop()
        for position, key in enumerate(digits):
            # One after the other: INFOs that overtake each other would be refused.
            loop.call_later(position * INFO_GAP_S, self._inform, key)

    def _inform(self, key: str) -> None:
        if not self._over and self.session is not None:
            self.session.press(key)

    def take_offer(self, call: sip.IncomingCall) -> bytes:
        """Adopts an incoming session and answers its offer. Raises `SdpError` → 488."""
        self.session = call
        call.handler = self
        if not call.body:
            self._offered = True
            return self.sdp.offer()
        body = self.sdp.answer(call.body)
        self._configure()
        return body

    def replace(self, call: sip.IncomingCall, sdp: SdpSession) -> None:
        """Another session of the peer takes the place of this leg's (RFC 3891): the leg, its port
        and whoever owns it stay. A phone that only rang has answered by that.

        Raises `SdpError`, and has changed nothing then.
        """
        answer = sdp.answer(call.body) if call.body else sdp.offer()
        before, self.session, self.sdp = self.session, call, sdp
        assert before is not None
        rang = before.state in _RINGING
        self._offered = not call.body
        call.handler, before.handler = self, None
        call.answer(answer)
        before.hangup((sip.reason_header(sip.COMPLETED_ELSEWHERE),) if rang else ())
        self._configure()
        self.replaced()
        if rang:
            self.answered()

    def on_ringing(self, call: sip.Call, code: int, body: bytes) -> None:
        """The peer's phone rings; early media is heard by whoever listens to this leg.

        Each fork may send its own; the newest is heard, until the answer decides.
        """
        if self._over:
            return
        if body:
            self._accept(body)
        self.ringing(code, body)

    def on_answered(self, call: sip.Call, body: bytes) -> None:
        """The peer picked up; its SDP answer decides the stream, or what was agreed since."""
        if self._over:
            return
        error = self._accept(body) if body or self.stream is None else ""
        if error:
            self._fail(error)
        else:
            self.answered()

    def on_confirmed(self, call: sip.Call, body: bytes) -> None:
        """The ACK; it carries the SDP answer when we made the offer (late offer)."""
        if self._over or not self._offered:
            return
        self._offered = False
        error = self._accept(body)
        if error and self.stream is None:  # else what was agreed before holds
            self._fail(error)

    def on_offer_answered(self, call: sip.Call, body: bytes) -> None:
        """The answer to our offer in a 183, or in the refresh of the session."""
        if not self._over:
            self._offered = False
            self._accept(body)

    def on_offer(self, call: sip.Call, body: bytes) -> bytes | None:
        """The peer moves its media, holds us, or changes the codec. None refuses it with 488."""
        if self._over:
            return None
        if not body:
            self._offered = True
            return self.sdp.offer()
        try:
            answer = self.sdp.answer(body)
        except SdpError:
            return None
        self._configure()
        return answer

    def on_info(self, call: sip.Call, info: sip.Info) -> None:
        """A key or a hook flash by INFO."""
        self._keys_by_info = True
        if self._keys is not None:
            self._keys.by_info(info.key)

    def on_redirect(self, call: sip.Call, targets: Sequence[str]) -> sip.OutgoingInvite | None:
        """The peer is elsewhere."""
        if self._over or not isinstance(call, sip.OutgoingCall):
            return None
        return self.redirected(call.invite, targets)

    def on_refer(self, call: sip.Call, referral: sip.Referral) -> int:
        """The peer asks us to call somebody in its place."""
        return 481 if self._over else self.referred(referral)

    def on_ended(self, call: sip.Call, end: sip.CallEnd) -> None:
        """The session is over."""
        if self._over:
            return
        ended = self.ended
        self.close()
        ended(end)

    def close(self) -> None:
        """It is over and tells nothing more; the session is somebody else's to end."""
        self._over = True
        if self._vigil is not None:
            self._vigil.close()
            self._vigil = None
        self._keys = None
        # Our owners hold us, too: whoever is told nothing more is let go.
        self.ringing = self.answered = self._ended = self.held = _nothing
        self.referred = _not_transferred
        self.redirected = _not_redirected
        self.picked_up = _not_picked_up
        self.replaced = _nothing
        self.placed = None
        deeds, self._at_close = self._at_close, []
        for deed in deeds:
            deed()
        self._give_port_back()

    def _give_port_back(self) -> None:
        self.port.close()

    def _probe(self, on_result: Callable[[bool], None]) -> bool:
        """Asks whether the phone is there; False while nobody expects it to speak (hold)."""
        speaks = self.stream is not None and self.stream.direction == "sendrecv"
        return speaks and self.session is not None and self.session.probe(on_result)

    def _accept(self, answer: bytes) -> str:
        """Applies the answer to our offer; returns why that cannot be, or nothing."""
        try:
            self.sdp.accept(answer)
        except SdpError as error:
            return str(error)
        self._configure()
        return ""

    def _configure(self) -> None:
        if self.stream is not None:
            self.port.configure(self.stream)
            self.held()

    def media_failed(self, why: str) -> None:
        """The port carries no voice any more."""
        if not self._over:
            self._fail(why, MEDIA_FAILED)

    def _fail(self, why: str, code: int = 488) -> None:
        ended = self.ended
        self.hang_up()
        ended(sip.CallEnd("failed", "local", code, why))
