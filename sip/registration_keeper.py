"""A registration of ours with a carrier, kept alive: RFC 3261 §10.2.4, RFC 5626 §4.5.

Refreshed well before it ends; after a failure tried again, each time after a longer pause of random
length, so that the lines of a carrier that comes back do not all ask at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sip.address import Address
from sip.core import Core, entry
from sip.deadlines import NEVER, Deadlines, Entry
from sip.registration import Registration, RegistrationClient

BASE_S = 30.0
"""The first pause after a failure is half to all of twice this."""
LONGEST_S = 1800.0
"""The longest pause, also when a carrier names a longer one in Retry-After."""
UNLOCATED_S = 2.0
"""How soon the registrar's address is asked for again when there is none."""
_EARLIEST, _SPREAD = 0.8, 0.1
"""A refresh comes after so much of what was granted, and a random part of so much more."""

State: TypeAlias = Literal["registering", "registered", "failed", "unregistered"]


@dataclass(frozen=True, slots=True)
class RegistrationStatus:
    """How a registration stands. `code` is the last attempt's answer, 0 before the first."""

    state: State
    code: int = 0
    objection: str = ""
    """Why the Service-Route of that answer is not followed; empty where it is, or there is none."""
    service_route: tuple[str, ...] = ()
    """The Route values of requests outside dialogs (RFC 3608), as long as it is registered."""


class RegistrationKeeper:
    """One registration, from `start` to `stop`; `on_status` is told when it changes.

    `on_granted` is told every time where it was taken, and for how many seconds.
    `locate` names the registrar's address for each attempt, given the failures so far, so that
    another one may be asked where the last has failed; None while it is not known.
    """

    def __init__(
        self,
        core: Core,
        registration: Registration,
        locate: Callable[[int], Address | None],
        deadlines: "Deadlines[RegistrationKeeper]",
        on_status: Callable[[RegistrationStatus], None],
        on_granted: Callable[[Address, int], None],
    ) -> None:
        self.core = core
        self.status = RegistrationStatus("unregistered")
        self.deadline = NEVER
        self.heap_entry: Entry | None = None
        self._client = RegistrationClient(core, registration, self._on_result)
        self._locate = locate
        self._deadlines = deadlines
        self._on_status = on_status
        self._on_granted = on_granted
        self._failures = 0
        self._stopping = False

    @property
    def registrar(self) -> Address | None:
        """Where the last attempt went, None before the first."""
        return self._client.registrar

    @property
    def service_route(self) -> tuple[str, ...]:
        """The Route values of requests outside dialogs (RFC 3608), as long as it is registered."""
        return self.status.service_route

    @entry
    def start(self) -> None:
        """Register, and stay registered."""
        self._set(RegistrationStatus("registering"))
        self._attempt()

    @entry
    def stop(self) -> None:
        """Take the registration back; `unregistered` is told when that was answered."""
        self._stopping = True
        self._wait(NEVER)
        if self.status.state == "registered":
            self._client.unregister()
        else:
            self._set(RegistrationStatus("unregistered"))

    @entry
    def recover(self) -> None:
        """The connection to the registrar was lost: register anew, soon."""
        if self.status.state == "registered" and not self._stopping:
            self._wait(UNLOCATED_S * self.core.jitter())

    def advance(self, now: float) -> None:
        """Register again."""
        self.deadline = NEVER
        self._attempt()

    def _attempt(self) -> None:
        registrar = self._locate(self._failures)
        if registrar is None:
            self._wait(UNLOCATED_S)
            return
        self._client.registrar = registrar
        try:
            self._client.refresh()
        except ValueError:  # no address of ours speaks that transport
            self._on_result(503, 0)

    def _on_result(self, code: int, granted: int) -> None:
        if self._stopping:
            self._set(RegistrationStatus("unregistered", code))
        elif code < 300 and granted:
            self._failures = 0
            if self.registrar is not None:
                self._on_granted(self.registrar, granted)
            self._wait(granted * (_EARLIEST + _SPREAD * self.core.jitter()))
            client = self._client
            status = RegistrationStatus("registered", code, client.objection, client.service_route)
            self._set(status)
        else:
            self._failures += 1
            self._wait(self._pause())
            self._set(RegistrationStatus("failed", code))

    def _pause(self) -> float:
        """RFC 5626 §4.5."""
        longest = min(LONGEST_S, BASE_S * 2.0 ** min(self._failures, 16))
        pause = longest * (0.5 + 0.5 * self.core.jitter())
        return max(pause, min(LONGEST_S, self._client.retry_after))

    def _wait(self, seconds: float) -> None:
        self.deadline = self.core.now + seconds
        self._deadlines.update(self)

    def _set(self, status: RegistrationStatus) -> None:
        if status != self.status:
            self.status = status
            self._on_status(status)
