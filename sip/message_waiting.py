"""The message lamp: who asked to be told of a mailbox, and telling them (RFC 3842, RFC 6665).

A phone subscribes to `message-summary` and gets a NOTIFY at once and at each change. One that has
registered but not subscribed is told all the same, by a NOTIFY outside any dialog: many phones
wait for no more than that.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from sip import fields
from sip.address import Address, Route
from sip.binding import Binding
from sip.core import Core
from sip.deadlines import NEVER, Deadlines, Entry
from sip.dialog import Dialog, DialogId, DialogState, record_route_lines
from sip.message import Request, Response
from sip.registrar import Expiry
from sip.transaction import ClientMachine, Failure, ServerMachine

EVENT: Final = "message-summary"
SUMMARY: Final = "application/simple-message-summary"
MAX_OF_USER: Final = 8
"""Subscriptions of one user; the oldest gives way."""
_MAX_ID: Final = 64
_DEFAULT_EXPIRES: Final = 3600  # RFC 3842 §3.4


class Mailbox(NamedTuple):
    """What is in a mailbox: messages that nobody has heard, and those that somebody has."""

    new: int
    old: int = 0
    account: str = ""
    """The URI by which it is listened to; empty when there is none."""

    def summary(self) -> bytes:
        """The body of a NOTIFY (§5.2)."""
        lines = f"Messages-Waiting: {'yes' if self.new else 'no'}\r\n"
        if self.account:
            lines += f"Message-Account: {self.account}\r\n"
        return f"{lines}Voice-Message: {self.new}/{self.old} (0/0)\r\n".encode()


class _Subscription:
    """One phone's; `deadline` is its end."""

    def __init__(
        self, owner: "MessageWaiting", user: str, event: str, dialog: Dialog, source: Address
    ) -> None:
        self.user = user
        self.event = event
        self.dialog = dialog
        self.source = source
        self.deadline = NEVER
        self.heap_entry: Entry | None = None
        self.told: Mailbox | None = None
        self.telling = False
        self._owner = owner

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """A refusal ends the subscription (RFC 6665 §4.2.2)."""
        if response.code >= 200:
            self._owner.told(self, listens=response.code < 300)

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """Nobody is there."""
        self._owner.told(self, listens=False)


class MessageWaiting:
    """All subscriptions to mailboxes. `mailbox(user)` tells what is in a user's, None for none."""

    def __init__(
        self, core: Core, expiry: Expiry, limit: int, mailbox: Callable[[str], Mailbox | None]
    ) -> None:
        self._core = core
        self._expiry = expiry
        self._limit = limit
        self._mailbox = mailbox
        self._subscriptions: dict[DialogId, _Subscription] = {}
        self._of_user: dict[str, list[_Subscription]] = {}
        self._deadlines: Deadlines[_Subscription] = Deadlines(core.deadlines.alarm)

    def __len__(self) -> int:
        return len(self._subscriptions)

    def advance(self, now: float) -> None:
        """End the subscriptions that have expired."""
        for subscription in self._deadlines.due(now):
            self._end(subscription, "timeout")

    def subscribe(self, user: str, request: Request, server: ServerMachine) -> None:
        """A SUBSCRIBE outside a dialog by an authenticated user: to that user's mailbox."""
        core = self._core
        event = request.header("event") or ""
        if event.partition(";")[0].strip().lower() != EVENT:
            core.respond(server, request, 489, headers=f"Allow-Events: {EVENT}\r\n")
        elif request.contact is None:
            core.respond(server, request, 400, "Contact is missing")
        elif not _accepts_summary(request):
            core.respond(server, request, 406, headers=f"Accept: {SUMMARY}\r\n")
        elif self._mailbox(user) is None:
            core.respond(server, request, 404)
        elif len(self._subscriptions) >= self._limit:
            core.counters.overloaded += 1
            retry = f"Retry-After: {core.config.retry_after}\r\n"
            core.respond(server, request, 503, headers=retry)
        else:
            seconds = self._seconds(request, server)
            if seconds is not None:
                self._begin(user, event, request, server, seconds)

    def refresh(self, request: Request, server: ServerMachine) -> bool:
        """A SUBSCRIBE inside a dialog; False when it is not one of these."""
        key = (request.call_id, request.to_tag, request.from_tag)
        subscription = self._subscriptions.get(key)
        if subscription is None:
            return False
        if not subscription.dialog.accept_cseq(request):
            self._core.respond(server, request, 500)
            return True
        seconds = self._seconds(request, server)
        if seconds is not None:
            subscription.dialog.refresh_target(request)
            self._accept(subscription, request, server, seconds)
        return True

    def changed(self, user: str, bindings: Iterable[Binding]) -> None:
        """The user's mailbox changed, or their phone has just registered: tell the phones.

        Those at `bindings` that have not subscribed are told, too.
        """
        mailbox = self._mailbox(user)
        if mailbox is None:
            return
        subscriptions = self._of_user.get(user, [])
        for subscription in subscriptions:
            if subscription.told != mailbox:
                self._notify(subscription)
        told = {subscription.source for subscription in subscriptions}
        for binding in bindings:
            if binding.source not in told:
                self._notify_unasked(user, binding, mailbox)

    def told(self, subscription: _Subscription, *, listens: bool) -> None:
        """A NOTIFY has its answer."""
        subscription.telling = False
        if subscription.dialog.state is DialogState.TERMINATED:
            return
        if not listens:
            self._forget(subscription)
        elif subscription.told != self._mailbox(subscription.user):
            self._notify(subscription)  # it changed meanwhile

    def _begin(
        self, user: str, event: str, request: Request, server: ServerMachine, seconds: int
    ) -> None:
        core = self._core
        dialog = Dialog.as_server(request, core.ids(), server.source, server.route.local)
        dialog.state = DialogState.CONFIRMED
        identity = fields.parameter(event[len(event.partition(";")[0]) :], "id")
        name = EVENT if not identity else f"{EVENT};id={identity[:_MAX_ID]}"
        subscription = _Subscription(self, user, name, dialog, server.source)
        mine = self._of_user.setdefault(user, [])
        while len(mine) >= MAX_OF_USER:
            self._end(mine[0], "rejected")
        mine = self._of_user.setdefault(user, mine)
        mine.append(subscription)
        self._subscriptions[dialog.id] = subscription
        self._accept(subscription, request, server, seconds)

    def _accept(
        self, subscription: _Subscription, request: Request, server: ServerMachine, seconds: int
    ) -> None:
        core = self._core
        subscription.deadline = core.now + seconds
        self._deadlines.update(subscription)
        core.respond(
            server,
            request,
            200,
            to_tag=subscription.dialog.local_tag,
            headers=record_route_lines(request)
            + core.session_lines(server.route.local)
            + f"Expires: {seconds}\r\n",
        )
        if seconds:
            self._notify(subscription)
        else:
            self._end(subscription, "timeout")

    def _seconds(self, request: Request, server: ServerMachine) -> int | None:
        """How long it may last; None when the request was refused here."""
        asked = request.number("expires")
        seconds = min(_DEFAULT_EXPIRES if asked is None else asked, self._expiry.maximum)
        if 0 < seconds < self._expiry.minimum:
            lines = f"Min-Expires: {self._expiry.minimum}\r\n"
            self._core.respond(server, request, 423, headers=lines)
            return None
        return seconds

    def _notify(self, subscription: _Subscription, ended: str = "") -> None:
        if subscription.telling and not ended:
            return  # the answer to the one under way brings it out
        mailbox = self._mailbox(subscription.user)
        subscription.told = mailbox
        subscription.telling = True
        if ended:
            state = f"terminated;reason={ended}"
        else:
            state = f"active;expires={max(0, round(subscription.deadline - self._core.now))}"
        self._send(subscription.dialog, subscription.event, state, mailbox, subscription)

    def _notify_unasked(self, user: str, binding: Binding, mailbox: Mailbox) -> None:
        core = self._core
        us = f"<sip:{user}@{core.config.realm}>"
        tag = core.ids()
        route = Route(binding.source, binding.local)
        dialog = Dialog(core.ids(), tag, "", f"{us};tag={tag}", us, route)
        dialog.remote_target = binding.contact_uri
        dialog.route_set = binding.path
        self._send(dialog, EVENT, "terminated;reason=noresource", mailbox, None)

    def _send(
        self,
        dialog: Dialog,
        event: str,
        state: str,
        mailbox: Mailbox | None,
        user: _Subscription | None,
    ) -> None:
        core = self._core
        lines = f"Event: {event}\r\nSubscription-State: {state}\r\n"
        lines += core.session_lines(dialog.route.local, dialog.secure)
        body = b"" if mailbox is None else mailbox.summary()
        if user is None:
            core.request(dialog, "NOTIFY", headers=lines, body=body, content_type=SUMMARY)
        else:
            core.request(dialog, "NOTIFY", user, headers=lines, body=body, content_type=SUMMARY)

    def _end(self, subscription: _Subscription, reason: str) -> None:
        self._forget(subscription)
        self._notify(subscription, ended=reason)

    def _forget(self, subscription: _Subscription) -> None:
        subscription.dialog.state = DialogState.TERMINATED
        subscription.deadline = NEVER
        self._deadlines.update(subscription)
        self._subscriptions.pop(subscription.dialog.id, None)
        mine = self._of_user.get(subscription.user, [])
        if subscription in mine:
            mine.remove(subscription)
        if not mine:
            self._of_user.pop(subscription.user, None)


def _accepts_summary(request: Request) -> bool:
    if "accept" not in request.headers:
        return True
    kinds = {item.partition(";")[0].strip().lower() for item in request.items("accept")}
    return not kinds.isdisjoint((SUMMARY, "application/*", "*/*"))
