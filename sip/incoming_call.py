"""An incoming call: the server side of an INVITE session (RFC 3261 §13.3)."""

from collections.abc import Sequence

from sip import fields
from sip.address import Address
from sip.build import check_line, header_lines, phrase_of
from sip.call import Call
from sip.core import Core, entry
from sip.deadlines import NEVER
from sip.dialog import Dialog
from sip.message import Request
from sip.transaction import ServerMachine
from sip.trunk import Peer
from sip.user import CallState, Cause

_REPEAT_PROVISIONAL = 60.0
"""Seconds after which a provisional response is repeated, so that no proxy gives up (§13.3.1.1)."""
_UNANSWERED = (CallState.PROCEEDING, CallState.EARLY)


class IncomingCall(Call):
    """A call from a trunk or a seat. Methods do nothing once the call has moved on or ended."""

    def __init__(
        self, core: Core, request: Request, server: ServerMachine, source: Address, peer: Peer
    ) -> None:
        super().__init__(core, request.call_id, CallState.PROCEEDING)
        self.request = request
        self.source = source
        self.peer = peer
        self.received_at = core.now
        self.remote_body = request.body
        dialog = Dialog.as_server(request, core.ids(), source, server.route.local)
        self.dialog = dialog
        self._server = server
        self._repeat_at = NEVER
        self._progress_code = 180
        server.user = self
        core.dialogs[dialog.id] = self
        core.calls.add(self)

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
        return user_of(self.request.from_.uri)

    @property
    def from_name(self) -> str:
        """The calling party's display name."""
        return fields.readable(self.request.from_.name)

    @property
    def to_user(self) -> str:
        """The called user or number: that of the Request-URI."""
        return user_of(self.request.uri)

    def header(self, name: str) -> str | None:
        """The first value of a header field of the INVITE."""
        value = self.request.header(name)
        return None if value is None else fields.readable(value)

    def trying(self) -> None:
        """Nothing to do: the 100 went out before the application heard of the call."""

    @entry
    def ring(self, body: bytes = b"") -> None:
        """Send 180; a body makes early media."""
        self._progress(180, body)

    @entry
    def progress(self, body: bytes = b"") -> None:
        """Send 183; a body makes early media."""
        self._progress(183, body)

    @entry
    def answer(self, body: bytes, content_type: str = "application/sdp") -> None:
        """Send 200 with the answer, or with the offer when the INVITE had none."""
        if self.state in _UNANSWERED:
            self.state = CallState.ACCEPTED
            self._repeat_at = NEVER
            self._accept(self._server, self.request, body, content_type)

    @entry
    def reject(
        self, code: int, phrase: str | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Refuse with a final failure (300–699). ValueError for any other code."""
        if not 300 <= code < 700:
            raise ValueError(f"{code} does not refuse a call")
        if self.state in _UNANSWERED:
            self._refuse(code, phrase or "", header_lines(headers), "rejected")

    def on_cancel(self) -> None:
        """The caller gave up (§9.2)."""
        if self.state in _UNANSWERED:
            self._respond(487)
            self._finish("cancelled", "remote", 487, phrase_of(487))

    def advance(self, now: float) -> None:
        """Also repeat the provisional response."""
        if self._repeat_at <= now:
            self._progress(self._progress_code, b"")
        super().advance(now)

    def _progress(self, code: int, body: bytes) -> None:
        if self.state in _UNANSWERED:
            self.state = CallState.EARLY
            self._progress_code = code
            self._repeat_at = self.core.now + _REPEAT_PROVISIONAL
            self._respond(code, body=body)
            self._schedule()

    def _hang_up(self, headers: str, cause: Cause, code: int, phrase: str) -> None:
        if self.state not in _UNANSWERED:
            super()._hang_up(headers, cause, code, phrase)
        elif cause == "failed":
            self._refuse(code, phrase, headers, cause)
        else:
            self._refuse(480, "", headers, "rejected")

    def _on_bye(self, dialog: Dialog) -> None:
        if self.state in _UNANSWERED:
            self._respond(487)  # §15.1.2: a BYE in an early dialog ends the INVITE too
        super()._on_bye(dialog)

    def _refuse(self, code: int, phrase: str, headers: str, cause: Cause) -> None:
        phrase = check_line(phrase) or phrase_of(code)
        self._respond(code, phrase, headers)
        self._finish(cause, "local", code, phrase)

    def _respond(self, code: int, phrase: str = "", headers: str = "", body: bytes = b"") -> None:
        if code < 200:
            headers += self.core.session_lines(self._server.route.local)
        self.core.respond(
            self._server,
            self.request,
            code,
            phrase,
            to_tag=self.local_tag,
            headers=headers,
            body=body,
            content_type="application/sdp",
        )

    def _schedule(self) -> None:
        if self.state not in _UNANSWERED:
            self._repeat_at = NEVER
        super()._schedule()
        if self._repeat_at < self.deadline:
            self.deadline = self._repeat_at
            self.core.deadlines.update(self)


def user_of(uri: str) -> str:
    """The user part or number of a URI; empty when it has none or is of a foreign kind."""
    try:
        return fields.readable(fields.parse_uri(uri).user)
    except ValueError:
        return ""
