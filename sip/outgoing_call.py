"""An outgoing call: the client side of an INVITE session (RFC 3261 §13.2, RFC 3262 §4)."""

from dataclasses import replace

from sip.address import Route
from sip.build import OutgoingRequest, check_line, header_lines
from sip.call import UNANSWERED, Call
from sip.client_auth import Login
from sip.core import NOBODY, Core
from sip.dialog import Dialog, DialogState, Opening, has_readable_route
from sip.fork import MAX_FORKS, Fork
from sip.late_answers import LateAnswers
from sip.message import Request, Response
from sip.redirect import targets_of
from sip.session_timer import demanded, wish_lines
from sip.transaction import ClientMachine, Failure, ServerMachine, State
from sip.user import CallHandler, CallState, Cause, OutgoingInvite

_MAX_ATTEMPTS = 4


class OutgoingCall(Call):
    """A call that we make. A proxy may fork it: the first to answer is it, the others get a BYE."""

    def __init__(self, core: Core, invite: OutgoingInvite, handler: CallHandler) -> None:
        super().__init__(core, core.ids(), CallState.CALLING)
        self.invite = invite
        self.handler = handler
        self.credentials = invite.credentials
        self._login: Login | None = None
        if invite.credentials is not None:
            self._login = core.login(invite.destination, invite.credentials)
        self._min_se = 0  # what 422s have demanded
        self._forks: dict[str, Fork] = {}
        self._changed: Fork | None = None
        """Whose session was changed by UPDATE since any fork told its description."""
        self._cancel: str | None = None  # header lines of a CANCEL that waits for the first 1xx
        self._unanswered_until = core.now + core.config.ring_limit
        self._local_tag = core.ids()
        route = Route(invite.destination, core.own.for_(invite.destination, invite.local))
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
        elif self.state in UNANSWERED and not self._try_again(response):
            retry = response.retry_after
            self._finish("rejected", "remote", code, response.phrase, retry, response)

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """Nobody answered the INVITE, or it could not be sent."""
        if failure == "timeout":
            self._finish("timeout", "remote", 408, "Request Timeout")
        else:
            self._finish("transport", "remote", 503, "Service Unavailable")

    def on_connection_lost(self) -> None:
        """Before the answer the INVITE's own transaction reports it."""
        if self.state not in UNANSWERED:
            super().on_connection_lost()

    def advance(self, now: float) -> None:
        """Also give up ringing."""
        if self.state in UNANSWERED and self._unanswered_until <= now:
            self._hang_up("", "timeout", 408, "No answer")
        super().advance(now)

    def _build(self, route: Route) -> OutgoingRequest:
        invite = self.invite
        name, to_uri, from_uri = invite.from_name, invite.to_uri, invite.from_uri
        check_line("".join((invite.request_uri, to_uri, from_uri, name, *invite.routes)))
        if name:
            escaped = name.replace("\\", "\\\\").replace('"', '\\"')
            name = f'"{escaped}" '
        local = route.local
        login = self._login
        authorization = "" if login is None else login.lines("INVITE", invite.request_uri)
        config = self.core.config
        lines = self.core.session_lines(local, invite.request_uri[:5].lower() == "sips:")
        if config.session_timer:
            min_se = max(config.min_se, self._min_se)
            lines += wish_lines(max(config.session_expires, min_se), min_se)
        return OutgoingRequest(
            "INVITE",
            invite.request_uri,
            local.sent_by,
            self.core.branch(),
            f"{name}<{from_uri}>;tag={self._local_tag}",
            f"<{to_uri}>",
            self.sip_call_id,
            1,
            tuple(invite.routes),
            lines + header_lines(invite.headers) + authorization,
            invite.body,
            invite.content_type,
            invite.max_forwards,
        )

    def _on_provisional(self, response: Response) -> None:
        if self._cancel is not None:
            self._send_cancel(self._cancel)
            return
        if self.state not in UNANSWERED:
            return
        if self.state is CallState.CALLING:
            self.state = CallState.PROCEEDING
        if response.code == 100 or not has_readable_route(response):
            return
        self.state = CallState.EARLY
        fork = self._fork(response) if response.to_tag else None
        if fork is not None and "rseq" in response.headers and not self._in_order(fork, response):
            return
        body = response.body
        if body and fork is not None and fork is self._changed:
            body = b""  # what it said before
        elif body:
            self._changed = None
        if body and (fork is None or not fork.settled):
            self.remote_body = body
            if fork is not None:
                fork.body = body
        if self.handler is not None:
            self.core.run(self, self.handler.on_ringing, self, response.code, body)

    def _in_order(self, fork: Fork, response: Response) -> bool:
        """Whether a response counts; a reliable one that does is acknowledged (RFC 3262 §4)."""
        reliable = fork.take_rseq(response)
        if not reliable:
            return reliable is None
        answer: bytes | None = b""
        if response.body and not fork.settled:
            fork.settled = True
            fork.body = self.remote_body = response.body
            if not self.invite.body:  # it is the offer
                answer = None
                if self.handler is not None:
                    answer = self.core.run(self, self.handler.on_offer, self, response.body)
                if self.end is not None:
                    return False
        rack = f"RAck: {fork.rseq} {self._request.cseq} INVITE\r\n"
        self._ask(fork.dialog, "PRACK", rack, answer or b"", self.invite.content_type)
        if answer is None:
            self._hang_up("", "failed", 488, "Not Acceptable Here")
        return answer is not None

    def _on_success(self, response: Response) -> None:
        reachable = has_readable_route(response)
        if not reachable:
            del response.headers["record-route"]  # what ends it goes straight to the Contact
        fork = self._fork(response)
        if fork is None:
            return
        if fork.ack:
            self.core.transmit(fork.ack, fork.dialog.route)
            return
        dialog = fork.dialog
        dialog.learn(response)
        self.core.follow(dialog, self.invite.destination)
        if self.state not in UNANSWERED or not reachable:
            # Another fork answered first, or the 200 crossed our CANCEL (§9.1, §13.2.2.4).
            self._late_answers().part(fork)
            self.core.dialogs.pop(dialog.id, None)
            if self.state in UNANSWERED:
                self._finish("failed", "local", 502, "Record-Route cannot be read")
            elif self.state is CallState.ENDED:
                self._close()
            return
        dialog.state = DialogState.CONFIRMED
        self.dialog = dialog
        self.core.on_streams.add(dialog.route.destination, self)
        self.state = CallState.CONFIRMED
        # The session description of the fork that answered: its 2xx need not repeat it.
        body = fork.body if fork.settled else response.body or fork.body
        self.remote_body = body
        if fork is self._changed:
            body = b""  # the application has it
        self._take_timer(response, self._min_se)
        self._schedule()
        if self.invite.body or fork.settled:
            self._acknowledge(fork)
        else:
            self._answer_late_offer(fork, body)
        if self.state is CallState.CONFIRMED and self.handler is not None:
            self.core.run(self, self.handler.on_answered, self, body)

    def _answer_late_offer(self, fork: Fork, offer: bytes) -> None:
        answer = None
        if self.handler is not None:
            answer = self.core.run(self, self.handler.on_offer, self, offer)
        if self.end is None:
            self._acknowledge(fork, answer or b"")
            if answer is None:
                self._hang_up("", "failed", 488, "Not Acceptable Here")

    def _fork(self, response: Response) -> Fork | None:
        """The side that sent this response; None past the limit."""
        fork = self._forks.get(response.to_tag)
        if fork is not None or len(self._forks) >= MAX_FORKS:
            return fork
        dialog = Dialog.as_client(self._opening, response, self._client.usual_route)
        self._forks[response.to_tag] = fork = Fork(dialog)
        self.core.follow(dialog, self.invite.destination)
        self.core.dialogs[dialog.id] = self
        return fork

    def settled_with(self, dialog: Dialog) -> bool:
        if self.state in UNANSWERED:
            fork = self._forks.get(dialog.remote_tag)
            return fork is not None and fork.settled
        return super().settled_with(dialog)

    def session_changed(self, dialog: Dialog, body: bytes) -> None:
        super().session_changed(dialog, body)
        fork = self._forks.get(dialog.remote_tag)
        if body and fork is not None and self.state in UNANSWERED:
            fork.body, self._changed = body, fork

    def not_now(self, request: Request, server: ServerMachine) -> None:
        """The offer that waits for its answer is our INVITE's: glare (RFC 3311 §5.2)."""
        self.core.respond(server, request, 491)

    def _acknowledge(self, fork: Fork, body: bytes = b"") -> None:
        fork.ack = self.core.acknowledge(
            fork.dialog,
            self._request.cseq,
            body,
            self.invite.content_type,
            self._authorization,
        )

    @property
    def _opening(self) -> Opening:
        request = self._request
        return Opening(request.from_, self._local_tag, request.cseq, request.uri)

    @property
    def _authorization(self) -> str:
        """What the ACK of a 2xx repeats of the INVITE (§22.1)."""
        return "" if self._login is None else self._login.given

    def _late_answers(self) -> LateAnswers:
        return LateAnswers(
            self.core, self._opening, self._forks, self.credentials, self._authorization
        )

    def _try_again(self, response: Response) -> bool:
        """Send the INVITE again with what the response asks for: digest, or a longer timer."""
        if self._cancel is not None:
            return False
        if 300 <= response.code < 400:
            return self._follow(response)
        if response.code == 422 and demanded(response) > self._min_se and self._asks_timer:
            self._min_se = demanded(response)
        elif self._login is None or not self._login.take(response):
            return False
        self._invite_again(self._client.usual_route)
        return True

    def _follow(self, response: Response) -> bool:
        """Call elsewhere, if the application says where and the bounds allow it (§8.1.3.4)."""
        tried = (*self.invite.redirected_from, self.invite.request_uri)
        targets = [uri for uri in targets_of(response) if uri not in tried]
        if not targets or self.handler is None or len(tried) > self.core.config.max_redirects:
            return False
        invite = self.core.run(self, self.handler.on_redirect, self, targets)
        if invite is None or invite.request_uri in tried or self.end is not None:
            return False
        try:
            local = self.core.own.for_(invite.destination, invite.local)
        except ValueError:  # a transport or an IP version that we do not speak
            return False
        for fork in self._forks.values():
            self.core.dialogs.pop(fork.dialog.id, None)
        self._forks.clear()
        self._changed = None
        self.state = CallState.PROCEEDING
        self.invite = replace(invite, redirected_from=tried)
        self.credentials = invite.credentials
        self._login = None
        if invite.credentials is not None:
            self._login = self.core.login(invite.destination, invite.credentials)
        self._invite_again(Route(invite.destination, local))
        return True

    def _invite_again(self, route: Route) -> None:
        cseq = self._request.cseq + 1
        self._request = self._build(route)
        self._request.cseq = cseq
        self._client = self.core.layer.start(self._request, route, self, self.core.now)

    @property
    def _asks_timer(self) -> bool:
        return self.core.config.session_timer and self._request.cseq <= _MAX_ATTEMPTS

    def _any_dialog(self) -> Dialog | None:
        if self.dialog is not None or not self._forks:
            return self.dialog
        return list(self._forks.values())[-1].dialog

    def _dialog_of(self, request: Request) -> Dialog | None:
        fork = self._forks.get(request.from_tag)
        return None if fork is None else fork.dialog

    def _hang_up(self, headers: str, cause: Cause, code: int, phrase: str) -> None:
        if self.state not in UNANSWERED:
            super()._hang_up(headers, cause, code, phrase)
            return
        if self.state is CallState.CALLING:
            self._cancel = headers  # §9.1: not before a provisional response
            self.core.layer.hush(self._client)  # whoever is dead need not hear of it, either
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
        for fork in self._forks.values():
            self.core.dialogs.pop(fork.dialog.id, None)
        if self._client.state is State.ACCEPTED and self._client.user is self:
            self._client.user = self._late_answers()
