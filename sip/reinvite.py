"""One re-INVITE or UPDATE of ours: digest answer, ACK, and the retry after glare (§14.1)."""

from collections.abc import Callable
from typing import Protocol

from sip.core import Core
from sip.deadlines import NEVER
from sip.dialog import Dialog
from sip.digest import Credentials
from sip.message import Response
from sip.transaction import ClientMachine, Failure

_MAX_GLARES = 3
_MAX_PAUSE = 10


class ReinviteOwner(Protocol):
    """The call that changes its session."""

    @property
    def credentials(self) -> Credentials | None:
        """What a challenge is answered with."""

    @property
    def timer_lines(self) -> str:
        """The header lines about the session's timer."""

    def reinvite_done(self, code: int, response: Response | None) -> None:
        """The final result; no response when nobody answered."""

    def reschedule(self) -> None:
        """`retry_at` has changed."""


class Reinvite:
    """A client user that lives until the request has a result that stands.

    `on_result` is the application's; None for a refresh that it does not know of.
    """

    METHOD = "INVITE"

    def __init__(
        self,
        core: Core,
        dialog: Dialog,
        body: bytes,
        content_type: str,
        on_result: Callable[[int, bytes], None] | None,
        owner: ReinviteOwner,
    ) -> None:
        self.on_result = on_result
        self.retry_at = NEVER
        self.dialog = dialog
        self._core = core
        self._body = body
        self._content_type = content_type
        self._owner = owner
        self._login = core.login_within(dialog, owner.credentials)
        self._glares = 0
        self._ack = b""

    @property
    def offers(self) -> bool:
        """Whether an offer is under way until the result: an INVITE without one asks for one."""
        return self.METHOD == "INVITE" or bool(self._body)

    def send(self) -> None:
        """Send it, now or again."""
        self.retry_at = NEVER
        lines = (
            self._core.session_lines(self.dialog.route.local, self.dialog.secure)
            + self._owner.timer_lines
        )
        if self._login is not None:
            lines += self._login.lines(self.METHOD, self.dialog.remote_target)
        self._core.request(
            self.dialog,
            self.METHOD,
            self,
            headers=lines,
            body=self._body,
            content_type=self._content_type,
        )

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """Acknowledge a 2xx, answer a challenge, wait after glare, report the rest."""
        code = response.code
        if code < 200:
            return
        if code < 300:
            self._on_success(response)
        elif self._login is not None and self._login.take(response):
            self.send()
        elif self._glares < _MAX_GLARES and (pause := self._pause(response)) is not None:
            self._glares += 1
            self.retry_at = self._core.now + pause
            self._owner.reschedule()
        else:
            self._owner.reinvite_done(code, response)

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """No answer at all."""
        self._owner.reinvite_done(408, None)

    def _on_success(self, response: Response) -> None:
        if self._ack:
            self._core.transmit(self._ack, self.dialog.route)
            return
        self.dialog.refresh_target(response)
        if self.METHOD == "INVITE":
            self._ack = self._core.acknowledge(self.dialog, response.cseq)
        self._owner.reinvite_done(response.code, response)

    def _pause(self, response: Response) -> float | None:
        """Seconds to wait before the next attempt; None where there is to be none.

        After glare 2.1–4 s for the side that chose the Call-ID, 0–2 s for the other (§14.1); a
        500 with Retry-After says itself when the other side will be done with its own (RFC 3311
        §5.2).
        """
        if response.code == 491:
            jitter = self._core.jitter()
            return 2.1 + 1.9 * jitter if self.dialog.owns_call_id else 2.0 * jitter
        if response.code != 500 or "retry-after" not in response.headers:
            return None
        after = response.retry_after
        return float(after) if after <= _MAX_PAUSE else None


class Update(Reinvite):
    """The same by UPDATE (RFC 3311): also before the answer, and without ACK."""

    METHOD = "UPDATE"


def ask(
    core: Core,
    dialog: Dialog,
    credentials: Credentials | None,
    method: str,
    headers: str,
    body: bytes = b"",
    content_type: str = "",
) -> None:
    """Send a request whose outcome changes nothing; a challenge is answered if it can be."""
    if credentials is None and dialog.referral is None:
        core.request(dialog, method, headers=headers, body=body, content_type=content_type)
    else:
        Authorized(core, dialog, method, credentials, headers, body, content_type).send()


class Authorized:
    """A request inside a dialog whose outcome changes nothing, but whose challenge is answered.

    A BYE that a later NOTIFY has overtaken is out of order (500, §12.2.2) and is sent once more.
    """

    def __init__(
        self,
        core: Core,
        dialog: Dialog,
        method: str,
        credentials: Credentials | None,
        headers: str,
        body: bytes,
        content_type: str,
    ) -> None:
        self._core = core
        self._dialog = dialog
        self._method = method
        self._login = core.login_within(dialog, credentials)
        self._may_be_overtaken = method == "BYE" and dialog.referral is not None
        self._headers = headers
        self._body = body
        self._content_type = content_type

    def send(self) -> None:
        """Send it, now or again."""
        headers = self._headers
        if self._login is not None:
            headers += self._login.lines(self._method, self._dialog.remote_target)
        self._core.request(
            self._dialog,
            self._method,
            self,
            headers=headers,
            body=self._body,
            content_type=self._content_type,
        )

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """Answer a challenge, or come back in order."""
        if response.code == 500 and self._may_be_overtaken:
            self._may_be_overtaken = False
            self.send()
        elif response.code >= 300 and self._login is not None and self._login.take(response):
            self.send()

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """Nobody is there."""
