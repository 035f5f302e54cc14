"""A call: what incoming and outgoing ones share once there is a dialog (RFC 3261 §13–15).

The 2xx is repeated from here until its ACK, on any transport; re-INVITEs and UPDATEs go both ways;
a session that has a timer is refreshed, or ended when the other side does not; a BYE that is due
before the ACK waits for it. Answer and offer bodies are bytes that nobody here reads.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from sip import in_dialog, offered
from sip.build import header_lines
from sip.core import Core, entry
from sip.deadlines import NEVER, Entry
from sip.dialog import Dialog, DialogState
from sip.digest import Credentials
from sip.message import Message, Request, Response
from sip.probe import Probe
from sip.reason import Reason, parse_reasons
from sip.refer import Progress, SentRefer, refer_headers
from sip.reinvite import Reinvite, Update, ask
from sip.replaces import Replaces
from sip.session_timer import SessionTimer, granted, taken
from sip.transaction import ServerMachine
from sip.unacknowledged import Unacknowledged
from sip.user import CallEnd, CallHandler, CallState, Cause

UNANSWERED = (CallState.CALLING, CallState.PROCEEDING, CallState.EARLY)
"""The states of a call before its answer, of either kind."""


class Call:
    """One call. `state`, `end`, `remote_body` (their last session description) may be read."""

    def __init__(self, core: Core, sip_call_id: str, state: CallState) -> None:
        self.core = core
        self.sip_call_id = sip_call_id
        self.state = state
        self.handler: CallHandler | None = None
        self.end: CallEnd | None = None
        self.remote_body = b""
        self.dialog: Dialog | None = None
        self.deadline = NEVER
        self.heap_entry: Entry | None = None
        self.credentials: Credentials | None = None
        """What challenges to our requests are answered with."""
        self._unacknowledged: Unacknowledged | None = None
        self._reinvite: Reinvite | None = None
        self._timer: SessionTimer | None = None
        self._bye_headers = ""
        self._unanswered_until = NEVER
        """When something has to be done about a call that is not answered yet."""

    # What the application may do.

    @entry
    def hangup(self, headers: Sequence[tuple[str, str]] = ()) -> None:
        """End the call in the way its state asks for; does nothing when it is over."""
        if self.state is not CallState.ENDED:
            self._hang_up(header_lines(headers), "bye", 200, "OK")

    @entry
    def reinvite(
        self,
        body: bytes,
        on_result: Callable[[int, bytes], None] | None = None,
        content_type: str = "application/sdp",
    ) -> bool:
        """Offer a changed session; `on_result(code, answer)` is called once unless the call ends.

        False when that is not possible now: not confirmed, or an offer is under way. Glare (491)
        is retried as §14.1 says.
        """
        if self.state is not CallState.CONFIRMED or self.offer_under_way or self.dialog is None:
            return False
        self._change(Reinvite, self.dialog, body, content_type, on_result)
        return True

    @entry
    def update(
        self,
        body: bytes,
        on_result: Callable[[int, bytes], None] | None,
        content_type: str = "application/sdp",
    ) -> bool:
        """Offer a changed session by UPDATE (RFC 3311), which works before the answer too.

        Like `reinvite`; also False while the INVITE's own offer has no answer that is sure to have
        arrived. Whether the other side takes UPDATE is in its Allow; one that does not says 405.
        """
        dialog = self._any_dialog()
        if dialog is None or self.offer_under_way or not self.settled_with(dialog):
            return False
        self._change(Update, dialog, body, content_type, on_result)
        return True

    @entry
    def notify(self, event: str, body: bytes = b"", content_type: str = "") -> bool:
        """Send a NOTIFY (such as `talk`: pick up) inside the dialog, also an early one.

        False when there is no dialog yet: the other side has not rung.
        """
        dialog = self._any_dialog()
        if dialog is None or self.state is CallState.ENDED:
            return False
        headers = header_lines([("Event", event), ("Subscription-State", "active")])
        lines = self.core.session_lines(dialog.route.local, dialog.secure)
        self._ask(dialog, "NOTIFY", headers + lines, body, content_type)
        return True

    @entry
    def press(self, key: str) -> bool:
        """Send a key by INFO (application/dtmf-relay), for a side without telephone events.

        False while the call is not confirmed.
        """
        dialog = self.dialog
        if self.state is not CallState.CONFIRMED or dialog is None:
            return False
        lines = self.core.session_lines(dialog.route.local, dialog.secure)
        body = f"Signal={key}\r\nDuration=160\r\n".encode()
        self._ask(dialog, "INFO", lines, body, "application/dtmf-relay")
        return True

    @entry
    def probe(self, on_result: Callable[[bool], None]) -> bool:
        """Ask by OPTIONS whether the other side still knows the call; ends nothing by itself.

        `on_result` is called once unless the call ends: False when there is no answer (after
        64 T1), or one that says that the call is gone there. False when there is nobody to ask
        yet: the call is not confirmed.
        """
        if self.state is not CallState.CONFIRMED or self.dialog is None:
            return False
        lines = (
            self.core.session_lines(self.dialog.route.local, self.dialog.secure)
            + "Accept: application/sdp\r\n"
        )
        self.core.request(self.dialog, "OPTIONS", Probe(self, on_result), headers=lines)
        return True

    @entry
    def refer(
        self,
        target: str,
        on_progress: Progress,
        *,
        replaces: "Call | None" = None,
        referred_by: str = "",
    ) -> bool:
        """Ask the other side to call `target` (a bare URI), in `replaces`'s stead if given.

        `on_progress(code, phrase)` is told what the other side reports; one final status, of the
        new call or of its refusal, ends it. False when that is not possible now: not confirmed,
        or one is under way.
        """
        dialog = self.dialog
        if self.state is not CallState.CONFIRMED or dialog is None or dialog.sent_refer is not None:
            return False
        replaced = None if replaces is None else replaces.as_replaced
        headers = refer_headers(target, replaced, referred_by)
        dialog.sent_refer = SentRefer(
            self.core, dialog, headers, self.credentials, on_progress, self
        )
        dialog.sent_refer.send()
        return True

    @property
    def as_replaced(self) -> Replaces | None:
        """How the other side of this call is told to replace it: the tags as that side sees them.

        None without a dialog.
        """
        dialog = self._any_dialog()
        if dialog is None:
            return None
        return Replaces(dialog.call_id, dialog.remote_tag, dialog.local_tag)

    @property
    def remote_host(self) -> str:
        """The address that the other side's messages come from; empty before it was heard."""
        dialog = self._any_dialog()
        return "" if dialog is None else dialog.route.destination.host

    # What the endpoint reports.

    def receive(self, request: Request, server: ServerMachine) -> None:
        """A request inside the dialog, other than ACK and CANCEL."""
        dialog = self._dialog_of(request)
        if dialog is None or (self.state is CallState.ENDED and request.method != "BYE"):
            self.core.respond(server, request, 481)
        elif not dialog.accept_cseq(request):
            self.core.respond(server, request, 500)  # out of order, §12.2.2
        elif request.method == "BYE":
            self.core.respond(server, request, 200)
            self._on_bye(dialog, request)
        elif request.method == "INVITE":
            offered.on_reinvite(self, request, server, dialog)
        elif request.method == "UPDATE":
            offered.on_update(self, request, server, dialog)
        elif request.method == "PRACK":
            self._on_prack(request, server, dialog)
        else:
            in_dialog.receive(self, request, server, dialog)

    def on_ack(self, request: Request) -> None:
        """The ACK of our 2xx; a repeated one does nothing."""
        waiting = self._unacknowledged
        if waiting is None or request.cseq != waiting.cseq:
            self.core.counters.stray_acks += 1
            return
        self._unacknowledged = None
        self._schedule()
        if self.state is CallState.ENDED:
            self._send_bye()
            return
        self.state = CallState.CONFIRMED
        if request.body:
            self.remote_body = request.body
        if self.handler is not None:
            self.core.run(self, self.handler.on_confirmed, self, request.body)

    def on_connection_lost(self) -> None:
        """The connection of the dialog closed: call back by address, or give the call up."""
        dialog, on_streams = self.dialog, self.core.on_streams
        if dialog is not None:
            on_streams.discard(dialog.route.destination, self)
        up = self.state in (CallState.ACCEPTED, CallState.CONFIRMED)
        if not up or dialog is None or not dialog.reroute():
            self._unacknowledged = None  # there is nobody to hear it
            if self.state is CallState.ENDED:  # by another call's end just now; its BYE waited
                self._close()
                self._schedule()
            self._finish("transport", "remote", 503, "Connection lost")
            return
        on_streams.add(dialog.route.destination, self)
        if self._unacknowledged is not None:
            self._unacknowledged.route = dialog.route

    def fail(self) -> None:
        """The application raised: end the call with 500."""
        if self.state is not CallState.ENDED:
            self._hang_up("", "failed", 500, "Server Internal Error")

    def advance(self, now: float) -> None:
        """Repeat the 2xx, give up waiting for its ACK, retry a re-INVITE."""
        waiting = self._unacknowledged
        if waiting is not None and not waiting.advance(self.core, now):
            self._unacknowledged = None
            self._send_bye()
            self._finish("timeout", "remote", 408, "No ACK")
        if self._reinvite is not None and self._reinvite.retry_at <= now:
            self._reinvite.send()
        if self._timer is not None and self._timer.due_at <= now:
            self._keep_session(self._timer, now)
        self._schedule()

    def reinvite_done(self, code: int, response: Response | None) -> None:
        """Our re-INVITE or UPDATE has its result; after 408 and 481 there is no dialog (§14.1)."""
        reinvite, self._reinvite = self._reinvite, None
        if self.state is CallState.ENDED:
            return
        if code in (408, 481):
            self._hang_up("", "failed", code, "Session change failed")
            return
        body = b"" if response is None or code >= 300 else response.body
        if reinvite is not None:
            self.session_changed(reinvite.dialog, body)
        if response is not None:
            self._time_anew(code, response)
        if reinvite is not None and reinvite.on_result is not None:
            self.core.run(self, reinvite.on_result, code, body)

    def session_changed(self, dialog: Dialog, body: bytes) -> None:
        """The other side's session description has become this one; empty: it stays as it is."""
        self.remote_body = body or self.remote_body

    def probe_done(self, on_result: Callable[[bool], None], alive: bool) -> None:
        """Our OPTIONS has its result."""
        if self.state is not CallState.ENDED:
            self.core.run(self, on_result, alive)

    def refer_progress(self, on_progress: Progress, code: int, phrase: str) -> None:
        """Our REFER: how it goes there."""
        if self.state is not CallState.ENDED:
            self.core.run(self, on_progress, code, phrase)

    def reschedule(self) -> None:
        """The re-INVITE's retry time changed."""
        self._schedule()

    # For the two kinds of calls.

    @property
    def timer_lines(self) -> str:
        """The header lines about the session's timer in requests that refresh it."""
        return "" if self._timer is None else self._timer.request_lines

    @property
    def awaits_ack(self) -> bool:
        """Whether a 2xx of ours waits for its ACK."""
        return self._unacknowledged is not None

    @property
    def offers(self) -> bool:
        """Whether an offer of ours has no answer yet."""
        return self._reinvite is not None and self._reinvite.offers

    @property
    def offer_under_way(self) -> bool:
        """Whether neither side may offer now."""
        return self._unacknowledged is not None or self._reinvite is not None

    def settled_with(self, dialog: Dialog) -> bool:
        """Whether the INVITE's own offer has its answer, and surely so."""
        return self.state is CallState.CONFIRMED and dialog is self.dialog

    def _change(
        self,
        kind: type[Reinvite],
        dialog: Dialog,
        body: bytes,
        content_type: str,
        on_result: Callable[[int, bytes], None] | None,
    ) -> None:
        self._reinvite = kind(self.core, dialog, body, content_type, on_result, self)
        self._reinvite.send()

    def _ask(
        self, dialog: Dialog, method: str, headers: str, body: bytes = b"", content_type: str = ""
    ) -> None:
        ask(self.core, dialog, self.credentials, method, headers, body, content_type)

    def _any_dialog(self) -> Dialog | None:
        return self.dialog

    def _dialog_of(self, request: Request) -> Dialog | None:
        return self.dialog

    def _hang_up(self, headers: str, cause: Cause, code: int, phrase: str) -> None:
        """End a call that has a confirmed dialog."""
        self._bye_headers = headers
        if self._unacknowledged is None:
            self._send_bye()
        # else the BYE has to wait for the ACK or its time-out (§15)
        self._finish(cause, "local", code, phrase)

    def _on_bye(self, dialog: Dialog, request: Request) -> None:
        if dialog is not self.dialog:
            self.core.dialogs.pop(dialog.id, None)  # a fork that did not become the call
            return
        self._unacknowledged = None
        if self.state is CallState.ENDED:
            self._close()
        self._finish("bye", "remote", 200, "OK", message=request)

    def _on_prack(self, request: Request, server: ServerMachine, dialog: Dialog) -> None:
        """Nothing was sent reliably (RFC 3262 §3)."""
        self.core.respond(server, request, 481)

    def not_now(self, request: Request, server: ServerMachine) -> None:
        """Refuse an offer: the other side's own has no answer yet (§14.2, RFC 3311 §5.2)."""
        retry = f"Retry-After: {int(10 * self.core.jitter())}\r\n"
        self.core.respond(server, request, 500, headers=retry)

    def accept(
        self,
        server: ServerMachine,
        request: Request,
        body: bytes,
        content_type: str,
        headers: str = "",
    ) -> None:
        """Send a 200 and keep sending it until its ACK."""
        dialog = self.dialog
        assert dialog is not None
        dialog.state = DialogState.CONFIRMED
        core = self.core
        lines = core.session_lines(server.route.local, dialog.secure)
        data = core.respond(
            server,
            request,
            200,
            to_tag=dialog.local_tag,
            headers=headers + lines + self.begin_timer(request),
            body=body,
            content_type=content_type,
        )
        self._unacknowledged = Unacknowledged(core, data, server.route, request.cseq)
        self._schedule()

    def _send_bye(self) -> None:
        if self.dialog is not None and self.dialog.state is not DialogState.TERMINATED:
            self._ask(self.dialog, "BYE", self._bye_headers)
        self._close()

    def _finish(
        self,
        cause: Cause,
        by: Literal["local", "remote"],
        code: int,
        phrase: str,
        retry_after: int = 0,
        message: Message | None = None,
    ) -> None:
        """The call is over; `message` of the other side has ended it."""
        if self.state is CallState.ENDED:
            return
        self.state = CallState.ENDED
        reasons: tuple[Reason, ...] = ()
        if message is not None and "reason" in message.headers:
            reasons = parse_reasons(message.headers["reason"])
        self.end = CallEnd(cause, by, code, phrase, retry_after, reasons)
        self.core.calls.discard(self)
        if self.dialog is not None:
            self.core.on_streams.discard(self.dialog.route.destination, self)
        self._reinvite = self._timer = None
        if self._unacknowledged is None:
            self._close()
        self._schedule()
        # Nothing more is told: let go of the handler, which holds us, too.
        handler, self.handler = self.handler, None
        if handler is not None:
            self.core.run(self, handler.on_ended, self, self.end)

    def _close(self) -> None:
        """Take the dialog, and with it the call, out of the endpoint's reach."""
        if self.dialog is not None:
            self.dialog.state = DialogState.TERMINATED
            self.dialog.referral = None  # which holds the dialog, as long as there is more to tell
            self.core.dialogs.pop(self.dialog.id, None)

    def _schedule(self) -> None:
        deadline = self._unanswered_until if self.state in UNANSWERED else NEVER
        if self._unacknowledged is not None:
            deadline = self._unacknowledged.due_at
        if self._reinvite is not None:
            deadline = min(deadline, self._reinvite.retry_at)
        if self._timer is not None:
            deadline = min(deadline, self._timer.due_at)
        self.deadline = deadline
        self.core.deadlines.update(self)

    # The session's timer (RFC 4028).

    def begin_timer(self, request: Request) -> str:
        """Begin the timer with our 2xx to a request; returns the 2xx's header lines about it."""
        self._timer, lines = granted(request, self.core.config)
        if self._timer is not None:
            self._timer.restart(self.core.now)
        return lines

    def _time_anew(self, code: int, response: Response) -> None:
        """A request of ours that refreshes the session was answered."""
        timer, core = self._timer, self.core
        if code < 300 and self.state is CallState.CONFIRMED:
            self._take_timer(response, 0 if timer is None else timer.min_se)
        elif timer is None:
            return
        elif code == 422 and timer.obey(response):
            timer.due_at = core.now
        elif timer.by_update and code in (405, 501):
            timer.allow = ()
            timer.due_at = core.now
        elif timer.due_at == timer.expires_at:
            timer.failed(core.now)
        self._schedule()

    def _take_timer(self, response: Response, min_se: int) -> None:
        """Begin the timer that a 2xx to a request of ours agrees to."""
        self._timer = taken(response, self.core.config, min_se)
        if self._timer is not None:
            self._timer.restart(self.core.now)

    def _keep_session(self, timer: SessionTimer, now: float) -> None:
        """Refresh the session, or end it: the other side should have."""
        if now >= timer.expires_at or not timer.refreshing:
            self._hang_up("", "timeout", 408, "Session expired")
        elif self.offer_under_way or self.dialog is None:
            timer.due_at = now + self.core.config.timers.t2  # what is under way may do it as well
        elif timer.by_update:
            timer.wait()
            self._change(Update, self.dialog, b"", "", None)
        else:
            timer.wait()
            self._refresh_by_offer(self.dialog)

    def _refresh_by_offer(self, dialog: Dialog) -> None:
        """By re-INVITE with the application's own offer, whose answer it is given."""
        handler = self.handler
        offer = None
        if handler is not None:
            offer = self.core.run(self, handler.on_offer, self, b"")
        if handler is None or self.state is not CallState.CONFIRMED:
            return
        if offer is None:
            if self._timer is not None:
                self._timer.failed(self.core.now)
            return

        def answered(code: int, body: bytes) -> None:
            if code < 300:
                handler.on_offer_answered(self, body)

        self._change(Reinvite, dialog, offer, "application/sdp", answered)
