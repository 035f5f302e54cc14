"""The other side changes the session by re-INVITE (§14.2) or UPDATE (RFC 3311 §5.2)."""

from typing import TYPE_CHECKING

from sip.dialog import Dialog
from sip.message import Request
from sip.session_timer import too_short
from sip.transaction import ServerMachine
from sip.user import CallState

if TYPE_CHECKING:
    from sip.call import Call


def on_reinvite(call: "Call", request: Request, server: ServerMachine, dialog: Dialog) -> None:
    """Answer a re-INVITE that came in order."""
    if dialog is not call.dialog and call.dialog is not None:
        call.core.respond(server, request, 481)
    elif call.state is not CallState.CONFIRMED and not call.awaits_ack:
        call.not_now(request, server)
    elif call.offer_under_way:
        # Glare (§14.2), or a 2xx of ours that still waits for its ACK.
        call.core.respond(server, request, 491)
    elif (answer := changed(call, request, server, dialog)) is not None:
        call.accept(server, request, answer, request.content_type or "application/sdp")


def on_update(call: "Call", request: Request, server: ServerMachine, dialog: Dialog) -> None:
    """Answer an UPDATE; without a body it only refreshes session timer and target."""
    if request.body and (call.offers or call.awaits_ack):
        call.core.respond(server, request, 491)
    elif request.body and not call.settled_with(dialog):
        call.not_now(request, server)
    elif (answer := changed(call, request, server, dialog)) is not None:
        lines = call.core.session_lines(server.route.local, dialog.secure)
        if call.state is CallState.CONFIRMED:
            lines += call.begin_timer(request)
            call.reschedule()
        call.core.respond(
            server,
            request,
            200,
            headers=lines,
            body=answer,
            content_type=request.content_type or "application/sdp",
        )


def changed(call: "Call", request: Request, server: ServerMachine, dialog: Dialog) -> bytes | None:
    """The answer to a changed session; None when the request was refused here."""
    core = call.core
    if "session-expires" in request.headers and too_short(request, core.config):
        core.respond(server, request, 422, headers=f"Min-SE: {core.config.min_se}\r\n")
        return None
    dialog.refresh_target(request)
    if not request.body and request.method != "INVITE":
        return b""
    answer = None
    if call.handler is not None:
        answer = core.run(call, call.handler.on_offer, call, request.body)
    if call.end is not None:
        core.respond(server, request, 487)
    elif answer is None:
        core.respond(server, request, 488)
    else:
        call.session_changed(dialog, request.body)
        return answer
    return None
