"""Requests that belong to no dialog: what begins something, or asks.

Who sends one is found out first: a trunk by its address or the line it was registered for, a seat
by its password (RFC 3261 §22). Each is answered here; a call goes to the application.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar

from sip.authenticator import Authenticator, Verdict
from sip.carrier_lines import CarrierLines
from sip.core import Core
from sip.dialog import has_readable_route, has_target
from sip.extensions import SUPPORTED_LINE
from sip.fields import user_of
from sip.guard import Claim, Guard, asker
from sip.incoming_call import IncomingCall
from sip.inspection import ALLOW, session_objection
from sip.message import Request
from sip.message_waiting import MessageWaiting
from sip.multipart import ACCEPTED
from sip.registrar import Registrar
from sip.replaces import ReplacesError, find_replaced
from sip.shedding import Shedding
from sip.transaction import ServerMachine
from sip.trunk import Peer, SeatPeer, TrunkPeer, TrunkTable
from sip.user import CallState, EndpointUser

_OPTIONS_LINES = f"Allow: {ALLOW}\r\nAccept: {ACCEPTED}\r\n{SUPPORTED_LINE}"


class OutsideDialog:
    """The endpoint's answers to them."""

    def __init__(
        self,
        core: Core,
        user: EndpointUser,
        *,
        authenticator: Authenticator,
        guard: Guard,
        lines: CarrierLines,
        message_waiting: MessageWaiting,
        registrar: Registrar,
        shedding: Shedding,
        trunks: TrunkTable,
    ) -> None:
        self._core = core
        self._guard = guard
        self._lines = lines
        self._trunks = trunks
        self._user = user
        self._authenticator = authenticator
        self._message_waiting = message_waiting
        self._registrar = registrar
        self._shedding = shedding

    def receive(self, request: Request, server: ServerMachine) -> None:
        """Answer a request to which nobody objects so far."""
        self._BY_METHOD.get(request.method, OutsideDialog._on_lost)(self, request, server)

    def _on_invite(self, request: Request, server: ServerMachine) -> None:
        core = self._core
        try:
            from_user = user_of(request.from_.uri)
            _ = request.to
        except ValueError:
            core.answer_once(server, request, 400, "From or To cannot be read")
            return
        if not has_target(request):
            core.answer_once(server, request, 400, "Contact is missing")
            return
        if not has_readable_route(request):
            core.answer_once(server, request, 400, "Record-Route cannot be read")
            return
        peer = self._peer(request, server, from_user)
        if peer is None:
            return
        if len(core.calls) >= core.config.max_calls and not self._shedding.is_emergency(request):
            core.counters.overloaded += 1
            self._guard.journal.note("too many calls", "new calls", core.now)
            core.respond(server, request, 503, headers=self._shedding.retry_after())
            return
        refusal = session_objection(request, core.config)
        if refusal is not None:
            core.respond(server, request, refusal.code, headers=refusal.headers)
            return
        replaced = None
        if "replaces" in request.headers:
            try:
                replaced = find_replaced(core, request, peer, self._trunks)
            except ReplacesError as error:
                core.respond(server, request, error.code)
                return
        call = IncomingCall(core, request, server, server.source, peer)
        call.replaces = replaced
        core.run(call, self._user.on_call, call)
        if call.state is CallState.PROCEEDING:  # §17.2.1: no 100 where a better answer is ready
            core.respond(server, request, 100)

    def _peer(self, request: Request, server: ServerMachine, from_user: str) -> Peer | None:
        """Who calls; None when the request was answered here."""
        line = self._lines.trunk_of(request)
        if line is not None and self._user.password(from_user) is None:
            return line
        verdict = self._guard.judge(request, server.source, from_user, self._core.now)
        if isinstance(verdict, TrunkPeer):
            return verdict
        if verdict is Claim.STRANGER:
            self._core.counters.strangers += 1
            aloud = self._guard.answers_stranger(server.source, from_user, self._core.now)
            self._refuse(request, server, aloud)
            return None
        user = self._authenticate(request, server)
        if user is None:
            return None
        if user != from_user and self._user.password(from_user) is not None:
            self._core.respond(server, request, 403, "From is another seat")
            return None
        return SeatPeer(user)

    def _on_register(self, request: Request, server: ServerMachine) -> None:
        user = self._authenticate(request, server)
        if user is None:
            return
        try:
            aor = user_of(request.to.uri)
        except ValueError:
            aor = ""
        if aor != user:
            self._core.respond(server, request, 403)
            return
        edge = self._trunks.knows(server.source.host)
        outcome = self._registrar.register(
            user, request, server.source, server.route.local, self._core.now, edge=edge
        )
        lines = "".join([f"{name}: {value}\r\n" for name, value in outcome.headers])
        self._core.respond(server, request, outcome.code, headers=lines)

    def _authenticate(self, request: Request, server: ServerMachine) -> str | None:
        """The user whose password the request proves; None when it was answered here.

        An unknown user gets what a wrong password gets.
        """
        core = self._core
        values = request.headers.get("authorization", ())
        verdict, user = self._authenticator.check(request.method, request.uri, values, core.now)
        if verdict in (Verdict.WRONG, Verdict.RIGHT):
            source = asker(request, server.source, self._trunks)
            if verdict is Verdict.RIGHT and self._guard.believes(source, user, core.now):
                return user
            core.counters.wrong_passwords += 1
            self._refuse(request, server, self._guard.wrong_password(source, user, core.now))
            return None
        if verdict is Verdict.MISDIRECTED:
            self._guard.journal.note(
                "password for another number", server.source.host, core.now, user
            )
            core.answer_once(server, request, 400, "Authorization is for another Request-URI")
            return None
        core.counters.challenged += 1
        challenge = self._authenticator.challenge(core.now, stale=verdict is Verdict.STALE)
        core.answer_once(server, request, 401, headers=challenge)
        return None

    def _refuse(self, request: Request, server: ServerMachine, aloud: bool) -> None:
        """Whoever is refused for who they are gets the same answer, or none."""
        if aloud:
            self._core.answer_once(server, request, 403)
        else:
            self._core.layer.forget(server)

    def _on_options(self, request: Request, server: ServerMachine) -> None:
        """What an INVITE would get, so that a carrier sends its calls elsewhere in time (§11.2)."""
        code, more = 200, ""
        if not self._user.takes_calls():
            code, more = 503, self._shedding.retry_after()
        self._core.answer_once(server, request, code, headers=_OPTIONS_LINES + more)

    def _on_refer(self, request: Request, server: ServerMachine) -> None:
        """One that belongs to no call: nobody places calls through us this way."""
        self._core.answer_once(server, request, 403, "REFER only inside a call")

    def _on_message(self, request: Request, server: ServerMachine) -> None:
        """Pager mode (RFC 3428): from seats' phones, where the application has a use for it."""
        user = self._authenticate(request, server)
        if user is None:
            return
        if self._user.on_pager_message(user, request.content_type, request.body):
            self._core.respond(server, request, 200)
        else:
            self._core.respond(server, request, 405, headers=f"Allow: {ALLOW}\r\n")

    def _on_subscribe(self, request: Request, server: ServerMachine) -> None:
        user = self._authenticate(request, server)
        if user is not None:
            self._message_waiting.subscribe(user, request, server)

    def _on_lost(self, request: Request, server: ServerMachine) -> None:
        """A BYE, INFO or NOTIFY that belongs to no dialog."""
        self._core.answer_once(server, request, 481)

    _BY_METHOD: ClassVar[
        Mapping[str, Callable[["OutsideDialog", Request, ServerMachine], None]]
    ] = {
        "INVITE": _on_invite,
        "MESSAGE": _on_message,
        "OPTIONS": _on_options,
        "REFER": _on_refer,
        "REGISTER": _on_register,
        "SUBSCRIBE": _on_subscribe,
    }
