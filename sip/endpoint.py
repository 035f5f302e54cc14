"""The whole user agent without I/O: bytes and time in, bytes and callbacks out."""

from collections import Counter
from collections.abc import Callable, Iterable

from sip.address import Address, Route, Send
from sip.authenticator import Authenticator
from sip.binding import Binding
from sip.build import build_refusal, build_response
from sip.carrier_lines import CarrierLines
from sip.core import Core, Sighting, log
from sip.deadlines import NEVER, Alarm
from sip.guard import Guard, OverloadControl
from sip.inspection import objection
from sip.message import MessageError, Request, parse
from sip.message_waiting import MessageWaiting
from sip.multipart import unwrap
from sip.outgoing_call import OutgoingCall
from sip.outside_dialog import OutsideDialog
from sip.ping import OutgoingPing, Ping, Pong
from sip.registrar import Registrar
from sip.registration import Registration, RegistrationClient
from sip.shedding import Shedding
from sip.transaction import ServerMachine
from sip.transaction.layer import response_destination
from sip.trunk import TrunkTable
from sip.user import (
    CallHandler,
    CallState,
    EndpointConfig,
    EndpointUser,
    OutgoingInvite,
    SipCounters,
)

_STUN = b"\x21\x12\xa4\x42"
"""In STUN messages (RFC 8489 §5), by which phones keep address translation open, too."""
TRUST_MARGIN_S = 60
"""An address counts as a phone's so much longer than a registration from there can last."""


class Endpoint:
    """Registrar, trunks and calls behind one or more addresses.

    The shell feeds `receive`, calls `advance` when the `alarm` is due and drains `outgoing`; it
    sets `on_output` to be told when there is something to drain. `ids` yields unguessable tokens
    of letters and digits. `receive` never raises for what came from the network.
    """

    def __init__(
        self, user: EndpointUser, *, config: EndpointConfig, ids: Callable[[], str]
    ) -> None:
        self.core = Core(self, config, ids)
        self.alarm: Alarm = self.core.deadlines.alarm
        """Of all timers."""
        self.registrar = Registrar(config.expiry, user.on_binding_changed, self.alarm)
        self._user = user
        self.authenticator = Authenticator(
            config.realm,
            config.nonce_secret or "".join(ids() for _ in range(4)).encode(),
            user.password,
            algorithms=config.digest_algorithms,
            lifetime=config.nonce_lifetime,
            epoch=config.epoch,
        )
        self.message_waiting = MessageWaiting(
            self.core, config.expiry, config.max_subscriptions, user.mailbox
        )
        self.outgoing: list[Send] = self.core.outgoing
        """What is to be sent; the shell takes it out."""
        self.trunks = TrunkTable(config.trunks)
        self.guard = Guard(
            config.guard,
            self.trunks,
            self.registrar,
            lambda name: user.password(name) is not None,
            trusted_for=config.expiry.maximum + TRUST_MARGIN_S,
            alarm=self.alarm,
        )
        self.lines = CarrierLines(self.core, self.guard.trust)
        self.overload = OverloadControl(config.guard.max_lag)
        self.core.counters.guard = self.guard.counters
        self.core.on_led_away = self._on_led_away
        self.core.is_trunk = self.trunks.knows
        self._shedding = Shedding(self.core, self.overload, self.guard.counters)
        self._outside_dialog = OutsideDialog(
            self.core,
            user,
            authenticator=self.authenticator,
            guard=self.guard,
            lines=self.lines,
            message_waiting=self.message_waiting,
            registrar=self.registrar,
            shedding=self._shedding,
            trunks=self.trunks,
        )

    @property
    def counters(self) -> SipCounters:
        """What happened so far."""
        return self.core.counters

    @property
    def call_count(self) -> int:
        """Calls that have not ended."""
        return len(self.core.calls)

    @property
    def transaction_count(self) -> int:
        """Transactions, client and server, that are not yet forgotten."""
        return len(self.core.layer)

    def calls_by_state(self) -> dict[CallState, int]:
        """How many calls are in each state that any is in."""
        return dict(Counter(call.state for call in self.core.calls))

    @property
    def tap(self) -> Callable[[Sighting], None] | None:
        """Shown every message as it is on the wire, malformed ones too; must only keep it."""
        return self.core.tap

    @tap.setter
    def tap(self, tap: Callable[[Sighting], None] | None) -> None:
        self.core.tap = tap

    @property
    def on_output(self) -> Callable[[], None] | None:
        """Called at the end of every entry: drain `outgoing`, set the timer to the `alarm`."""
        return self.core.on_output

    @on_output.setter
    def on_output(self, callback: Callable[[], None] | None) -> None:
        self.core.on_output = callback

    @property
    def on_withdrawn(self) -> Callable[[Send], None] | None:
        """Called with what was put out before and is not to be sent if it still waits."""
        return self.core.on_withdrawn

    @on_withdrawn.setter
    def on_withdrawn(self, callback: Callable[[Send], None] | None) -> None:
        self.core.on_withdrawn = callback

    def bind(self, local: Address, *, ipv6: bool | None = None) -> None:
        """Make known an address that messages can be sent from, as `OwnAddresses.bind` says."""
        self.core.own.bind(local, ipv6=ipv6)

    def receive(self, data: bytes, source: Address, local: Address, now: float) -> None:
        """Take in a datagram, or one message of a stream."""
        if not self.guard.admits(source.host, now):
            return
        if self.overload.is_deep(now) and self.guard.is_stranger(source.host, now):
            self.guard.counters.shed += 1
            return
        core = self.core
        core.enter(now)
        try:
            core.counters.received += 1
            if len(data) <= 4 and not data.strip(b"\r\n\0"):
                core.counters.keep_alives += 1
                return
            if core.tap is not None:
                core.tap((now, data, source, local, False))
            message = parse(data)
            core.counters.messages.received(message)
            if message.body:
                unwrap(message)
            if isinstance(message, Request):
                core.layer.receive_request(message, source, local, now)
            elif not core.layer.receive_response(message, now):
                core.counters.stray_responses += 1
        except MessageError as error:
            if data[4:8] == _STUN:
                core.counters.keep_alives += 1
            else:
                self._refuse_malformed(error, source, local)
        except Exception:
            core.counters.internal_errors += 1
            log.exception("a message from %s could not be handled", source)
        finally:
            core.leave()

    def advance(self, now: float) -> None:
        """Do what is due."""
        core = self.core
        core.enter(now)
        try:
            core.layer.advance(now)
            for call in core.deadlines.due(now):
                call.advance(now)
            self.lines.advance(now)
            self.registrar.advance(now)
            self.message_waiting.advance(now)
            self.guard.journal.advance(now)
            self.alarm.set_anew()
        finally:
            core.leave()

    def restore(
        self, bindings: Iterable[Binding], nonces: Iterable[tuple[str, int]], now: float
    ) -> None:
        """Go on where an endpoint with the same nonce secret has stopped.

        Bindings at addresses that are not ours any more are left out.
        """
        core = self.core
        core.enter(now)
        try:
            self.registrar.restore((b for b in bindings if b.local in core.own), now)
            self.authenticator.restore(nonces, now)
            for binding in self.registrar.all(now):
                self.guard.trust(binding.source.host, binding.expires_at)
        finally:
            core.leave()

    def next_deadline(self) -> float | None:
        """When the alarm is due, None for never.

        It may turn out that there is nothing to do yet (see `Alarm`).
        """
        return None if self.alarm.at == NEVER else self.alarm.at

    def connection_lost(self, source: Address, now: float) -> None:
        """A TCP connection to that remote address closed, or could not be opened."""
        core = self.core
        core.enter(now)
        try:
            core.layer.connection_lost(source, now)
            for call in core.on_streams.at(source):
                call.on_connection_lost()
            self.registrar.connection_lost(source)
            self.lines.connection_lost(source)
        finally:
            core.leave()

    def invite(
        self, invite: OutgoingInvite, handler: CallHandler, now: float | None = None
    ) -> OutgoingCall:
        """Make a call. ValueError for a line break in a header, or a transport not bound."""
        self.core.enter(now)
        try:
            return OutgoingCall(self.core, invite, handler)
        finally:
            self.core.leave()

    def ping(self, ping: OutgoingPing, told: Callable[[Pong], None]) -> None:
        """Ask a server by OPTIONS whether it is there; `told` is called once.

        ValueError for a line break in a URI, or a transport not bound.
        """
        self.core.enter()
        try:
            Ping(self.core, ping, told)
        finally:
            self.core.leave()

    def speaks(self, transport: str, *, ipv6: bool = False) -> bool:
        """Whether we can send to such addresses."""
        return self.core.own.speaks(transport, ipv6)

    def mailbox_changed(self, user: str, now: float | None = None) -> None:
        """Tell the seat's phones what `EndpointUser.mailbox` now says of it."""
        core = self.core
        core.enter(now)
        try:
            self.message_waiting.changed(user, self.registrar.bindings(user, core.now))
        finally:
            core.leave()

    def register(
        self, registration: Registration, on_result: Callable[[int, int], None]
    ) -> RegistrationClient:
        """Register as a phone does, and keep the client for refreshes."""
        client = RegistrationClient(self.core, registration, on_result)
        client.refresh()
        return client

    # The transaction layer reports here.

    def on_request(self, request: Request, server: ServerMachine, merged: bool) -> None:
        """A new request, of any kind but ACK."""
        try:
            dialog = (request.call_id, request.to_tag, request.from_tag)
            in_call = request.to_tag and dialog in self.core.dialogs
            if in_call or self.guard.hears(request, server.source, self.core.now):
                self._dispatch(request, server, merged)
            else:
                self.core.layer.forget(server)
        except Exception:
            self.core.counters.internal_errors += 1
            log.exception("%s from %s could not be handled", ascii(request.method), server.source)
            self.core.respond(server, request, 500)

    def on_ack(self, request: Request) -> None:
        """The ACK of a 2xx, or a stray one."""
        call = self.core.dialogs.get((request.call_id, request.to_tag, request.from_tag))
        if call is None:
            self.core.counters.stray_acks += 1
        else:
            call.on_ack(request)

    def on_overload(self, request: Request, route: Route) -> None:
        """No room for another transaction: refuse without keeping anything."""
        core = self.core
        core.counters.overloaded += 1
        self.guard.journal.note("no room", "new calls", core.now)
        headers = self._shedding.retry_after()
        core.transmit(build_response(request, 503, to_tag=core.ids(), headers=headers), route)

    def sheds(self, request: Request, source: Address, filled: float) -> bool:
        """Whether a new request is refused at once."""
        return self._shedding.sheds(request, filled)

    def _on_led_away(self, began: str, there: str) -> None:
        self.guard.led_away(began, there, self.core.now)

    def _dispatch(self, request: Request, server: ServerMachine, merged: bool) -> None:
        refusal = objection(request, merged)
        if refusal is not None:
            self.core.answer_once(server, request, refusal.code, headers=refusal.headers)
        elif request.method == "CANCEL":
            self._on_cancel(request, server)
        elif request.to_tag:
            call = self.core.dialogs.get((request.call_id, request.to_tag, request.from_tag))
            if call is not None:
                call.receive(request, server)
            elif request.method != "SUBSCRIBE" or not self.message_waiting.refresh(request, server):
                self.core.answer_once(server, request, 481)
        else:
            self._outside_dialog.receive(request, server)

    def _on_cancel(self, request: Request, server: ServerMachine) -> None:
        """§9.2: the CANCEL is answered whatever becomes of the INVITE."""
        invite = self.core.layer.find_invite(request)
        if invite is None or invite.source.host != server.source.host:
            # A stranger who has seen or guessed the branch must not end the call.
            self.core.answer_once(server, request, 481)
            return
        call = invite.user
        # The same To tag as the INVITE's answers: peers may take it for the dialog's.
        self.core.respond(server, request, 200, to_tag=call.local_tag if call is not None else "")
        if call is not None:
            call.on_cancel(request)

    def _refuse_malformed(self, error: MessageError, source: Address, local: Address) -> None:
        core = self.core
        core.counters.malformed += 1
        request = error.request
        if self.guard.malformed(source, error.reason, core.now) and request is not None:
            route = Route(response_destination(request, source), local)
            request.stamp(source.host, source.port)
            phrase = error.reason if error.status == 400 and error.reason.isascii() else ""
            core.transmit(build_refusal(request, error.status, phrase, to_tag=core.ids()), route)
