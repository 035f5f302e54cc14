"""The client side of REGISTER (RFC 3261 §10.2): what a phone does."""

from collections.abc import Callable
from dataclasses import dataclass

from sip.address import Address, Route
from sip.build import OutgoingRequest, check_line
from sip.client_auth import Login
from sip.core import Core, entry
from sip.digest import Credentials
from sip.fields import parameter, parse_uri
from sip.message import Response
from sip.transaction import ClientMachine, Failure


@dataclass(frozen=True, slots=True)
class Registration:
    """Who registers where. `aor` is the address of record, such as `sip:8001@127.0.0.1`."""

    aor: str
    registrar: Address
    credentials: Credentials
    expires: int = 300


class RegistrationClient:
    """One phone's registration; `on_result(code, seconds)` is called after every attempt.

    `seconds` is what the registrar granted; refreshing before they are over is the caller's job.
    """

    def __init__(
        self, core: Core, registration: Registration, on_result: Callable[[int, int], None]
    ) -> None:
        self.core = core
        self._registration = registration
        self._on_result = on_result
        self._call_id = core.ids()
        self._tag = core.ids()
        self._cseq = 0
        self._expires = registration.expires
        self._login = self._new_login()
        self._user = parse_uri(check_line(registration.aor)).user

    @entry
    def refresh(self) -> None:
        """Register, for the first time or again."""
        self._expires = self._registration.expires
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
        if code in (401, 407) and self._login.take(response):
            self._send()
            return
        longer = response.number("min-expires") or 0
        if code == 423 and longer > self._expires:
            self._expires = longer
            self._attempt()
            return
        self._on_result(code, self._granted(response) if code < 300 else 0)

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """The registrar does not answer."""
        self._on_result(408 if failure == "timeout" else 503, 0)

    @property
    def _registrar_uri(self) -> str:
        scheme, _, rest = self._registration.aor.partition(":")
        return f"{scheme}:{rest.rpartition('@')[2]}"

    def _attempt(self) -> None:
        self._login = self._new_login()
        self._send()

    def _new_login(self) -> Login:
        registration = self._registration
        return self.core.login(registration.registrar, registration.credentials)

    def _send(self) -> None:
        self._cseq += 1
        core = self.core
        destination = self._registration.registrar
        local = core.local_for(destination)
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
            (),
            f"Contact: {contact}\r\nExpires: {self._expires}\r\n"
            f"User-Agent: {core.config.user_agent}\r\n"
            + self._login.lines("REGISTER", self._registrar_uri),
        )
        core.layer.start(request, Route(destination, local), self, core.now)

    def _granted(self, response: Response) -> int:
        """The seconds granted to our own contact."""
        local = self.core.local_for(self._registration.registrar)
        own = f"sip:{self._user}@{local.host_port}"
        for contact in response.items("contact"):
            seconds = parameter(contact[contact.rfind(">") + 1 :], "expires")
            if own in contact and seconds is not None and seconds.isdigit():
                return int(seconds)
        return (response.number("expires") or self._expires) if self._expires else 0
