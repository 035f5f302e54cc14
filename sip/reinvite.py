"""One re-INVITE of ours, with its digest answer, its ACK and the retry after glare (§14.1)."""

from collections.abc import Callable
from typing import Protocol

from sip.core import Core
from sip.deadlines import NEVER
from sip.dialog import Dialog
from sip.digest import Credentials
from sip.message import Response
from sip.transaction import ClientMachine, Failure

_MAX_GLARES = 3


class ReinviteOwner(Protocol):
    """The call that changes its session."""

    def reinvite_done(self, code: int, body: bytes) -> None:
        """The final result."""

    def reschedule(self) -> None:
        """`retry_at` has changed."""


class Reinvite:
    """A client user that lives until the re-INVITE has a result that stands."""

    def __init__(
        self,
        core: Core,
        dialog: Dialog,
        body: bytes,
        content_type: str,
        on_result: Callable[[int, bytes], None] | None,
        owner: ReinviteOwner,
        credentials: Credentials | None,
    ) -> None:
        self.on_result = on_result
        self.retry_at = NEVER
        self._core = core
        self._dialog = dialog
        self._body = body
        self._content_type = content_type
        self._owner = owner
        self._login = core.login(dialog.route.destination, credentials) if credentials else None
        self._glares = 0
        self._ack = b""

    def send(self) -> None:
        """Send it, now or again."""
        self.retry_at = NEVER
        lines = self._core.session_lines(self._dialog.route.local)
        if self._login is not None:
            lines += self._login.lines("INVITE", self._dialog.remote_target)
        self._core.request(
            self._dialog,
            "INVITE",
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
        elif code == 491 and self._glares < _MAX_GLARES:
            self._glares += 1
            self.retry_at = self._core.now + self._pause()
            self._owner.reschedule()
        else:
            self._owner.reinvite_done(code, b"")

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """No answer at all."""
        self._owner.reinvite_done(408, b"")

    def _on_success(self, response: Response) -> None:
        if self._ack:
            self._core.transmit(self._ack, self._dialog.route)
            return
        self._dialog.refresh_target(response)
        self._ack = self._core.acknowledge(self._dialog, response.cseq)
        self._owner.reinvite_done(response.code, response.body)

    def _pause(self) -> float:
        """2.1–4 s for the side that chose the Call-ID, 0–2 s for the other (§14.1)."""
        jitter = self._core.jitter()
        return 2.1 + 1.9 * jitter if self._dialog.owns_call_id else 2.0 * jitter
