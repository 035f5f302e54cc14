"""The client side of REGISTER (RFC 3261 §10.2): what a phone does, and a trunk that registers."""

from collections.abc import Callable
from dataclasses import dataclass

from sip.address import Address, Route
from sip.build import OutgoingRequest, check_line
from sip.client_auth import Login
from sip.core import Core, entry
from sip.digest import Credentials
from sip.fields import parameter, parse_name_addr, parse_uri
from sip.message import Response
from sip.service_route import ServiceRouteError, service_route_of
from sip.transaction import ClientMachine, Failure

_LONGEST_EXPIRES = 86_400
"""Seconds; a registrar that wants longer ones (423) is not followed."""


@dataclass(frozen=True, slots=True)
class Registration:
    """Who registers where. `aor` is the address of record, such as `sip:8001@127.0.0.1`."""

    aor: str
    registrar: Address | None
    """None where it has yet to be found."""
    credentials: Credentials
    expires: int = 300
    contact_user: str = ""
    """What our Contact says before the @; empty for the address of record's user."""
    routes: tuple[str, ...] = ()
    """Route values in order, for a proxy in front of the registrar."""


class RegistrationClient:
    """One phone's registration; `on_result(code, seconds)` is called after every attempt.

    `seconds` is what the registrar granted; refreshing before they are over is the caller's job
    (`RegistrationKeeper` does it).
    """

    def __init__(
        self, core: Core, registration: Registration, on_result: Callable[[int, int], None]
    ) -> None:
        self.core = core
        self.registrar = registration.registrar
        """Where the next attempt goes; to be set before it when it was None."""
        self.retry_after = 0
        """Seconds that the last failure asked us to wait."""
        self.service_route: tuple[str, ...] = ()
        """The Route values that the last answer wants later requests to carry (RFC 3608)."""
        self.objection = ""
        """Why its Service-Route is not followed; empty where there is nothing wrong with it."""
        self._registration = registration
        self._on_result = on_result
        self._call_id = core.ids()
        self._tag = core.ids()
        self._cseq = 0
        self._expires = registration.expires
        self._lengthened = False  # a 423 of this attempt was obeyed
        self._login: Login | None = None
        self._route: Route
        aor_user = parse_uri(check_line(registration.aor)).user
        self._user = check_line(registration.contact_user) or aor_user

    @entry
    def refresh(self) -> None:
        """Register, for the first time or again."""
        self._expires = self._registration.expires
        self._lengthened = False
        self._attempt()

    @entry
    def unregister(self) -> None:
        """Take the registration back."""
        self._expires = 0
        self._attempt()

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """Answer a challenge or a too short interval once, report everything else."""
        code = response.code
        if code < 200:
            return
        if self._login is not None and self._login.take(response):
            self._send()
            return
        longer = response.number("min-expires") or 0
        if code == 423 and self._expires < longer <= _LONGEST_EXPIRES and not self._lengthened:
            self._expires = longer
            self._lengthened = True
            self._attempt()
            return
        self.retry_after = response.retry_after
        self._take_service_route(response)
        self._on_result(code, self._granted(response) if code < 300 else 0)

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """The registrar does not answer."""
        self.retry_after = 0
        self.service_route, self.objection = (), ""
        self._on_result(408 if failure == "timeout" else 503, 0)

    @property
    def _registrar_uri(self) -> str:
        scheme, _, rest = self._registration.aor.partition(":")
        return f"{scheme}:{rest.rpartition('@')[2]}"

    def _attempt(self) -> None:
        """ValueError when it is not known where to, or no address of ours can send there."""
        if self.registrar is None:
            raise ValueError("the registrar's address is not known")
        self._login = self.core.login(self.registrar, self._registration.credentials)
        self._route = Route(self.registrar, self.core.own.for_(self.registrar))
        self._send()

    def _send(self) -> None:
        self._cseq += 1
        core, local = self.core, self._route.local
        login = self._login
        authorization = "" if login is None else login.lines("REGISTER", self._registrar_uri)
        contact = f"<sip:{self._user}@{local.host_port}{local.uri_parameter}>"
        request = OutgoingRequest(
            "REGISTER",
            self._registrar_uri,
            local.sent_by,
            core.branch(),
            f"<{self._registration.aor}>;tag={self._tag}",
            f"<{self._registration.aor}>",
            self._call_id,
            self._cseq,
            self._registration.routes,
            f"Contact: {contact}\r\nExpires: {self._expires}\r\n"
            f"User-Agent: {core.config.user_agent}\r\n{authorization}",
        )
        core.layer.start(request, self._route, self, core.now)

    def _take_service_route(self, response: Response) -> None:
        self.service_route, self.objection = (), ""
        if response.code < 300 and self._expires:
            try:
                self.service_route = service_route_of(response)
            except ServiceRouteError as error:
                self.objection = str(error)

    def _granted(self, response: Response) -> int:
        """The seconds granted to our own contact.

        It is known by its address, else by its user alone: a border controller may have written
        another address into it.
        """
        if not self._expires:
            return 0
        found: list[tuple[str, int]] = []
        for item in response.items("contact"):
            try:
                contact = parse_name_addr(item)
                user = parse_uri(contact.uri).user
            except ValueError:
                continue
            seconds = parameter(contact.params, "expires") or ""
            if user == self._user and seconds.isascii() and seconds.isdigit():
                found.append((contact.uri, int(seconds[:10])))
        own = f"sip:{self._user}@{self._route.local.host_port}"
        ours = [seconds for uri, seconds in found if uri.startswith(own)]
        if ours or found:
            return ours[0] if ours else min((each for _, each in found if each), default=0)
        return response.number("expires") or self._expires
