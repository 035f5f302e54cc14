"""An incoming call: the server side of an INVITE session (RFC 3261 §13.3, RFC 3262 §3)."""

from collections.abc import Sequence

from sip import fields, offered
from sip.address import Address
from sip.build import MAX_FORWARDS, check_line, header_lines, phrase_of
from sip.call import UNANSWERED, Call
from sip.core import Core, entry
from sip.deadlines import NEVER
from sip.dialog import Dialog, record_route_lines
from sip.diversion import Diversion, read_diversions
from sip.extensions import requires, supports
from sip.message import Request
from sip.reliable import ReliableResponses
from sip.transaction import ServerMachine
from sip.trunk import Peer, TrunkPeer
from sip.user import CallState, Cause, Reliability

_REPEAT_PROVISIONAL = 60.0
"""Seconds after which a provisional response is repeated, so that no proxy gives up (§13.3.1.1)."""
_EARLY_MEDIA = "P-Early-Media: sendrecv\r\n"
"""For networks that let no early media pass, and ring themselves, without it (RFC 5009 §8)."""


class _Over:
    """The user of an INVITE's transaction whose call is over: what a late CANCEL is answered with.

    The transaction lasts half a minute (timer L), and the call and its INVITE need not.
    """

    __slots__ = ("local_tag",)

    def __init__(self, local_tag: str) -> None:
        self.local_tag = local_tag

    def on_cancel(self, request: Request) -> None:
        """There is nothing to cancel."""


class IncomingCall(Call):
    """A call from a trunk or a seat. Methods do nothing once the call has moved on or ended."""

    def __init__(
        self, core: Core, request: Request, server: ServerMachine, source: Address, peer: Peer
    ) -> None:
        super().__init__(core, request.call_id, CallState.PROCEEDING)
        self.request = request
        self.source = source
        self.peer = peer
        self.remote_body = request.body
        self.replaces: Call | None = None
        """Our call that this one is to take the place of (RFC 3891): answer it and hang that up."""
        dialog = Dialog.as_server(request, core.ids(), source, server.route.local)
        self.dialog = dialog
        self._reliable: ReliableResponses | None = None
        self._answer: tuple[bytes, str] | None = None
        """What is to go out in the 200 as soon as the PRACK is there."""
        self._server = server
        self._repeat_at = NEVER
        self._expire_at = NEVER
        self._progress_code = 180
        if must_be_reliable(request, core.config.reliable):
            self._reliable = ReliableResponses(core, server)
        server.user = self
        core.dialogs[dialog.id] = self
        core.calls.add(self)
        core.on_streams.add(dialog.route.destination, self)
        core.follow(dialog, source)
        if "expires" in request.headers and (seconds := request.number("expires")) is not None:
            self._expire_at = core.now + seconds
            self._schedule()

    @property
    def local_tag(self) -> str:
        """The To tag of our answers."""
        assert self.dialog is not None
        return self.dialog.local_tag

    @property
    def body(self) -> bytes:
        """The INVITE's body: the offer, or nothing when the caller wants ours."""
        return self.request.body

    @property
    def content_type(self) -> str:
        """The media type of `body`."""
        return self.request.content_type

    @property
    def from_user(self) -> str:
        """The calling user or number as the From field states it; empty when it states none."""
        return fields.user_of(self.request.from_.uri)

    @property
    def from_name(self) -> str:
        """The calling party's display name."""
        return fields.readable(self.request.from_.name)

    @property
    def to_user(self) -> str:
        """The called user or number: the Request-URI's, the To field's on a registered line."""
        called = fields.user_of(self.request.uri)
        if isinstance(self.peer, TrunkPeer) and self.peer.line and called == self.peer.line:
            try:
                return fields.user_of(self.request.to.uri)
            except ValueError:
                return ""
        return called

    def header(self, name: str) -> str | None:
        """The first value of a header field of the INVITE."""
        value = self.request.header(name)
        return None if value is None else fields.readable(value)

    @property
    def max_forwards(self) -> int:
        """What is left for calls made on behalf of this one: one hop fewer (RFC 7332 §4)."""
        told = self.request.number("max-forwards")
        return (MAX_FORWARDS if told is None else min(told, MAX_FORWARDS)) - 1

    @property
    def takes_early_media(self) -> bool:
        """Whether `progress` with a body reaches the caller's ear.

        Not where the INVITE had no offer, unless ours can go reliably (RFC 3262 §5).
        """
        return bool(self.request.body) or (
            self._reliable is not None or supports(self.request, "100rel")
        )

    @property
    def diversions(self) -> tuple[Diversion, ...]:
        """By whom the call was diverted before it came here, the last one first."""
        headers = self.request.headers
        if "diversion" not in headers and "history-info" not in headers:
            return ()
        return read_diversions(self.request)

    @property
    def diversion(self) -> Diversion | None:
        """The last diversion, None when the call was placed to us."""
        return next(iter(self.diversions), None)

    @entry
    def ring(self, body: bytes = b"") -> None:
        """Send 180; a body makes early media: the answer, or the offer when the INVITE had none."""
        self._progress(180, body)

    @entry
    def progress(self, body: bytes = b"") -> None:
        """Send 183; a body makes early media, as in `ring`."""
        self._progress(183, body)

    @entry
    def answer(self, body: bytes, content_type: str = "application/sdp") -> None:
        """Send 200 with the answer, or with the offer when the INVITE had none.

        It waits for the PRACK of a session description that is under way (RFC 3262 §3).
        """
        if self.state not in UNANSWERED:
            return
        reliable = self._reliable
        if reliable is not None:
            if reliable.session_under_way:
                self._answer = body, content_type
                return
            reliable.stop()
            if reliable.settled:
                body = b""  # the session is agreed; a 2xx could only repeat it (RFC 6337 §3.1.1)
        self.state = CallState.ACCEPTED
        route = record_route_lines(self.request)
        self.accept(self._server, self.request, body, content_type, route)

    @entry
    def reject(
        self, code: int, phrase: str | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Refuse with a final failure (300–699). ValueError for any other code."""
        if not 300 <= code < 700:
            raise ValueError(f"{code} does not refuse a call")
        if self.state in UNANSWERED:
            self._refuse(code, phrase or "", header_lines(headers), "rejected")

    def on_cancel(self, request: Request) -> None:
        """The caller gave up (§9.2)."""
        if self.state in UNANSWERED:
            self._respond(487)
            self._finish("cancelled", "remote", 487, phrase_of(487), message=request)

    def advance(self, now: float) -> None:
        """Also repeat the provisional response, and end a call that nobody answers in time."""
        if self._expire_at <= now and self.state in UNANSWERED:
            self._respond(487)  # §13.3.1: the caller wanted to wait so long
            self._finish("cancelled", "remote", 487, phrase_of(487))
        if self._repeat_at <= now and self.state in UNANSWERED:
            self._progress(self._progress_code, b"")
        reliable = self._reliable
        if reliable is not None and not reliable.advance(now) and self.state in UNANSWERED:
            self._refuse(504, "", "", "timeout")  # RFC 3262 §3: nobody has ever confirmed it
        super().advance(now)

    def _progress(self, code: int, body: bytes) -> None:
        if self.state not in UNANSWERED:
            return
        self.state = CallState.EARLY
        self._progress_code = code
        self._repeat_at = self.core.now + _REPEAT_PROVISIONAL
        offers = not self.request.body
        if offers and body and self._reliable is None and supports(self.request, "100rel"):
            self._reliable = ReliableResponses(self.core, self._server)
        if self._reliable is not None:
            self._progress_reliably(self._reliable, code, body)
        else:
            self._respond(code, body=b"" if offers else body)  # an offer has to be reliable
        self._schedule()

    def _progress_reliably(self, reliable: ReliableResponses, code: int, body: bytes) -> None:
        if not self.request.body and not body and not reliable.settled:
            return  # the first reliable response would have to hold our offer (RFC 3262 §5)
        if reliable.settled:
            body = b""
        lines = reliable.next_line(code, body)
        if lines is not None:
            reliable.sent(self._respond(code, headers=lines, body=body), bool(body))

    def settled_with(self, dialog: Dialog) -> bool:
        early = self._reliable is not None and self._reliable.settled
        return (early and self.state in UNANSWERED) or super().settled_with(dialog)

    def _on_prack(self, request: Request, server: ServerMachine, dialog: Dialog) -> None:
        reliable = self._reliable
        had_session = reliable is not None and reliable.settled
        if reliable is None or not reliable.acknowledge(request, self.request):
            self.core.respond(server, request, 481)
            return
        body = b""
        if had_session or self.request.body:
            if request.body:  # a further offer
                answer = offered.changed(self, request, server, dialog)
                if answer is None:
                    return
                body = answer
        elif not request.body:
            reliable.settled = False  # the answer is missing: the 200 offers once more
        elif self.handler is not None:
            self.remote_body = request.body
            self.core.run(self, self.handler.on_offer_answered, self, request.body)
        self.core.respond(
            server,
            request,
            200,
            headers=self.core.session_lines(server.route.local, dialog.secure),
            body=body,
            content_type=request.content_type or "application/sdp",
        )
        self._go_on(reliable)

    def _go_on(self, reliable: ReliableResponses) -> None:
        """Send what had to wait for the PRACK."""
        waiting, answer = reliable.take_waiting(), self._answer
        self._answer = None
        if answer is not None:
            self.answer(*answer)
        elif waiting is not None:
            self._progress(*waiting)
        else:
            self._schedule()

    def _hang_up(self, headers: str, cause: Cause, code: int, phrase: str) -> None:
        if self.state not in UNANSWERED:
            super()._hang_up(headers, cause, code, phrase)
        elif cause == "failed":
            self._refuse(code, phrase, headers, cause)
        else:
            self._refuse(480, "", headers, "rejected")

    def _on_bye(self, dialog: Dialog, request: Request) -> None:
        if self.state in UNANSWERED:
            self._respond(487)  # §15.1.2: a BYE in an early dialog ends the INVITE too
        super()._on_bye(dialog, request)

    def _refuse(self, code: int, phrase: str, headers: str, cause: Cause) -> None:
        phrase = check_line(phrase) or phrase_of(code)
        self._respond(code, phrase, headers)
        self._finish(cause, "local", code, phrase)

    def _respond(self, code: int, phrase: str = "", headers: str = "", body: bytes = b"") -> bytes:
        if code < 200:
            secure = self.dialog is not None and self.dialog.secure
            lines = self.core.session_lines(self._server.route.local, secure)
            headers += record_route_lines(self.request) + lines
            if body and "p-early-media" in self.request.headers:
                headers += _EARLY_MEDIA
        elif self._reliable is not None:
            self._reliable.stop()
        return self.core.respond(
            self._server,
            self.request,
            code,
            phrase,
            to_tag=self.local_tag,
            headers=headers,
            body=body,
            content_type="application/sdp",
        )

    def _close(self) -> None:
        super()._close()
        if self._reliable is not None:
            self._reliable.stop()
        self._server.user = _Over(self.local_tag)

    def _schedule(self) -> None:
        due = min(self._repeat_at, self._expire_at)
        if self._reliable is not None:
            due = min(due, self._reliable.deadline)
        self._unanswered_until = due
        super()._schedule()


def must_be_reliable(request: Request, policy: Reliability) -> bool:
    """Whether all 18x to an INVITE have to be sent reliably."""
    if policy == "on_demand":
        return requires(request, "100rel")
    return supports(request, "100rel")
