"""Requests inside a call's dialog that leave its session alone: INFO, MESSAGE, NOTIFY, REFER.

Each is answered here, at once; the application is told what it has a use for.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from sip.dialog import Dialog, DialogState
from sip.info import ACCEPTED_TYPES, InfoError, read_info
from sip.inspection import ALLOW
from sip.message import Request
from sip.refer import ReferError, Referral, parse_refer_to
from sip.transaction import ServerMachine

if TYPE_CHECKING:
    from sip.call import Call


def receive(call: "Call", request: Request, server: ServerMachine, dialog: Dialog) -> None:
    """Answer a request that came in order; the call is not over."""
    _BY_METHOD.get(request.method, _ask_alive)(call, request, server, dialog)


def _ask_alive(call: "Call", request: Request, server: ServerMachine, dialog: Dialog) -> None:
    """OPTIONS: the dialog is there (§11)."""
    call.core.respond(
        server, request, 200, headers=call.core.session_lines(dialog.route.local, dialog.secure)
    )


def _on_info(call: "Call", request: Request, server: ServerMachine, dialog: Dialog) -> None:
    core = call.core
    try:
        info = read_info(request)
    except InfoError as error:
        core.respond(server, request, error.code, headers=_INFO_REFUSALS.get(error.code, ""))
        return
    core.respond(server, request, 200)
    if info.key and call.handler is not None:
        core.run(call, call.handler.on_info, call, info)


def _on_message(call: "Call", request: Request, server: ServerMachine, dialog: Dialog) -> None:
    taken = None
    if call.handler is not None:
        taken = call.core.run(
            call, call.handler.on_message, call, request.content_type, request.body
        )
    call.core.respond(server, request, 200 if taken else 405, headers="" if taken else _ALLOW)


def _on_notify(call: "Call", request: Request, server: ServerMachine, dialog: Dialog) -> None:
    core = call.core
    event = (request.header("event") or "").partition(";")[0].strip().lower()
    if event == "refer":
        refer = dialog.sent_refer
        if refer is None:
            core.respond(server, request, 481)
        else:
            core.respond(server, request, 200)
            refer.on_notify(request)
        return
    taken = None
    if event and call.handler is not None:
        taken = core.run(
            call, call.handler.on_notify, call, event, request.content_type, request.body
        )
    core.respond(server, request, 200 if taken else 489, headers="" if taken else _EVENTS)


def _on_refer(call: "Call", request: Request, server: ServerMachine, dialog: Dialog) -> None:
    core = call.core
    values = request.headers.get("refer-to", ())
    if len(values) != 1:
        core.respond(server, request, 400, "Refer-To must be there exactly once")
        return
    try:
        to = parse_refer_to(values[0])
    except ReferError as error:
        core.respond(server, request, error.code)
        return
    if dialog.state is not DialogState.CONFIRMED or dialog.referral is not None:
        core.respond(server, request, 491)
        return
    referral = Referral(core, dialog, request, to)
    code = None
    if call.handler is not None:
        dialog.referral = referral
        code = core.run(call, call.handler.on_refer, call, referral)
    if code is None or not 200 <= code < 700:
        code = 603
    if code >= 300:
        dialog.referral = None
        core.respond(server, request, code)
        return
    lines = core.session_lines(dialog.route.local, dialog.secure)
    if not referral.subscribed:
        lines += "Refer-Sub: false\r\n"
    core.respond(server, request, 202, headers=lines)
    referral.begin()


def _on_subscribe(call: "Call", request: Request, server: ServerMachine, dialog: Dialog) -> None:
    """Nothing of a call can be subscribed to but a REFER, which does so by itself."""
    call.core.respond(server, request, 489, headers=_EVENTS)


_INFO_REFUSALS: Final = {
    415: f"Accept: {', '.join(ACCEPTED_TYPES)}\r\n",
    469: "Recv-Info: \r\n",
}
_ALLOW: Final = f"Allow: {ALLOW}\r\n"
_EVENTS: Final = "Allow-Events: refer\r\n"
_BY_METHOD: Final[Mapping[str, Callable[["Call", Request, ServerMachine, Dialog], None]]] = {
    "INFO": _on_info,
    "MESSAGE": _on_message,
    "NOTIFY": _on_notify,
    "REFER": _on_refer,
    "SUBSCRIBE": _on_subscribe,
}
