"""An outgoing call: the client side of an INVITE session (RFC 3261 §13.2)."""

from sip.address import Route
from sip.build import OutgoingRequest, check_line, header_lines
from sip.call import Call
from sip.client_auth import Login
from sip.core import NOBODY, Core
from sip.dialog import Dialog, DialogState
from sip.message import Request, Response
from sip.transaction import ClientMachine, Failure
from sip.user import CallHandler, CallState, Cause, OutgoingInvite

_MAX_FORKS = 16
_UNANSWERED = (CallState.CALLING, CallState.PROCEEDING, CallState.EARLY)


class OutgoingCall(Call):
    """A call that we make. A proxy may fork it: the first to answer is it, the others get a BYE."""

    def __init__(self, core: Core, invite: OutgoingInvite, handler: CallHandler) -> None:
        super().__init__(core, core.ids(), CallState.CALLING)
        self.invite = invite
        self.handler = handler
        self._credentials = invite.credentials
        self._login: Login | None = None
        if invite.credentials is not None:
            self._login = core.login(invite.destination, invite.credentials)
        self._early: dict[str, Dialog] = {}
        self._acks: dict[str, bytes] = {}
        self._cancel: str | None = None  # header lines of a CANCEL that waits for the first 1xx
        self._ring_until = core.now + core.config.ring_limit
        self._local_tag = core.ids()
        route = Route(invite.destination, core.local_for(invite.destination, invite.local))
        self._request = self._build(route)
        core.calls.add(self)
        self._client = core.layer.start(self._request, route, self, core.now)
        self._schedule()

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """Any response to the INVITE that is news, and every 2xx."""
        code = response.code
        if code < 200:
            self._on_provisional(response)
        elif code < 300:
            self._on_success(response)
        elif self.state in _UNANSWERED and not self._answer_challenge(response):
            phrase = response.phrase
            self._finish("rejected", "remote", code, phrase)

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """Nobody answered the INVITE, or it could not be sent."""
        if failure == "timeout":
            self._finish("timeout", "remote", 408, "Request Timeout")
        else:
            self._finish("transport", "remote", 503, "Service Unavailable")

    def on_connection_lost(self) -> None:
        """Before the answer the INVITE's own transaction reports it."""
        if self.state not in _UNANSWERED:
            super().on_connection_lost()

    def advance(self, now: float) -> None:
        """Also give up ringing."""
        if self.state in _UNANSWERED and self._ring_until <= now:
            self._hang_up("", "timeout", 408, "No answer")
        super().advance(now)

    def _build(self, route: Route) -> OutgoingRequest:
        invite = self.invite
        name = ""
        if invite.from_name:
            escaped = check_line(invite.from_name).replace("\\", "\\\\").replace('"', '\\"')
            name = f'"{escaped}" '
        local = route.local
        login = self._login
        authorization = "" if login is None else login.lines("INVITE", invite.request_uri)
        return OutgoingRequest(
            "INVITE",
            check_line(invite.request_uri),
            local.sent_by,
            self.core.branch(),
            f"{name}<{check_line(invite.from_uri)}>;tag={self._local_tag}",
            f"<{check_line(invite.to_uri)}>",
            self.sip_call_id,
            1,
            tuple(map(check_line, invite.routes)),
            self.core.session_lines(local) + header_lines(invite.headers) + authorization,
            invite.body,
            invite.content_type,
        )

    def _on_provisional(self, response: Response) -> None:
        if self._cancel is not None:
            self._send_cancel(self._cancel)
            return
        if self.state not in _UNANSWERED:
            return
        if self.state is CallState.CALLING:
            self.state = CallState.PROCEEDING
        if response.code == 100:
            return
        self.state = CallState.EARLY
        if response.to_tag:
            self._fork(response)
        if response.body:
            self.remote_body = response.body
        if self.handler is not None:
            self.core.run(self, self.handler.on_ringing, self, response.code, response.body)

    def _on_success(self, response: Response) -> None:
        ack = self._acks.get(response.to_tag)
        if ack is not None:
            self.core.transmit(ack, self._early[response.to_tag].route)
            return
        dialog = self._fork(response)
        if dialog is None:
            return
        dialog.learn(response)
        dialog.state = DialogState.CONFIRMED
        if self.state not in _UNANSWERED:
            # Another fork answered first, or the 200 crossed our CANCEL (§9.1, §13.2.2.4).
            self._acknowledge(dialog, response)
            self.core.request(dialog, "BYE", NOBODY)
            self.core.dialogs.pop(dialog.id, None)
            return
        self.dialog = dialog
        self.state = CallState.CONFIRMED
        self.remote_body = response.body
        self._schedule()
        if self.invite.body:
            self._acknowledge(dialog, response)
        else:
            self._answer_late_offer(dialog, response)
        if self.state is CallState.CONFIRMED and self.handler is not None:
            self.core.run(self, self.handler.on_answered, self, response.body)

    def _answer_late_offer(self, dialog: Dialog, response: Response) -> None:
        answer = None
        if self.handler is not None:
            answer = self.core.run(self, self.handler.on_offer, self, response.body)
        if self.end is None:
            self._acknowledge(dialog, response, answer or b"")
            if answer is None:
                self._hang_up("", "failed", 488, "Not Acceptable Here")

    def _fork(self, response: Response) -> Dialog | None:
        """The dialog with the side that sent this response; None past the limit."""
        dialog = self._early.get(response.to_tag)
        if dialog is not None or len(self._early) >= _MAX_FORKS:
            return dialog
        dialog = Dialog.as_client(self._request, self._local_tag, response, self._client.route)
        self._early[response.to_tag] = dialog
        self.core.dialogs[dialog.id] = self
        return dialog

    def _acknowledge(self, dialog: Dialog, response: Response, body: bytes = b"") -> None:
        self._acks[response.to_tag] = self.core.acknowledge(
            dialog,
            self._request.cseq,
            body,
            self.invite.content_type,
            "" if self._login is None else self._login.given,  # §22.1
        )

    def _answer_challenge(self, response: Response) -> bool:
        """Send the INVITE again with credentials, where that may help."""
        login = self._login
        if login is None or self._cancel is not None or not login.take(response):
            return False
        request, route = self._request, self._client.route
        self._request = self._build(route)
        self._request.cseq = request.cseq + 1
        self._client = self.core.layer.start(self._request, route, self, self.core.now)
        return True

    def _any_dialog(self) -> Dialog | None:
        if self.dialog is not None or not self._early:
            return self.dialog
        return list(self._early.values())[-1]

    def _dialog_of(self, request: Request) -> Dialog | None:
        return self._early.get(request.from_tag)

    def _hang_up(self, headers: str, cause: Cause, code: int, phrase: str) -> None:
        if self.state not in _UNANSWERED:
            super()._hang_up(headers, cause, code, phrase)
            return
        if self.state is CallState.CALLING:
            self._cancel = headers  # §9.1: not before a provisional response
        else:
            self._send_cancel(headers)
        if cause == "bye":
            cause, code, phrase = "cancelled", 487, "Request Terminated"
        self._finish(cause, "local", code, phrase)

    def _send_cancel(self, headers: str) -> None:
        self._cancel = None
        core = self.core
        core.layer.give_up_at(self._client, core.now + core.config.timers.give_up)
        cancel = self._request.hop_by_hop("CANCEL", headers=headers)
        core.layer.start(cancel, self._client.route, NOBODY, core.now)

    def _close(self) -> None:
        super()._close()
        for dialog in self._early.values():
            self.core.dialogs.pop(dialog.id, None)

    def _schedule(self) -> None:
        super()._schedule()
        if self.state in _UNANSWERED and self._ring_until < self.deadline:
            self.deadline = self._ring_until
            self.core.deadlines.update(self)
