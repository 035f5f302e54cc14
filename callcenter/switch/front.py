"""What the SIP endpoint asks and tells: seats' passwords, their registrations, new calls."""

from collections.abc import Callable
from typing import Protocol

import sip
from callcenter.switch.roster import Roster, SignIn
from callcenter.voicemail.lamps import Lamps


class BindingChanged(Protocol):
    """Told that a phone of an agent's seat has registered, or that none is any more."""

    def __call__(self, sign_in: SignIn, *, registered: bool) -> None: ...


class SipFront(sip.EndpointUser):
    """Stands between the endpoint and the switchboard, which needs the endpoint to be made."""

    def __init__(self, roster: Roster, lamps: Lamps) -> None:
        self.admit: Callable[[sip.IncomingCall], None] = _not_yet
        """Takes a new call; the exchange sets it to the switchboard's."""
        self.admits: Callable[[], bool] = lambda: False
        """Whether any call is taken now; likewise."""
        self.binding_changed: BindingChanged = _nobody
        """Likewise the devices'."""
        self._roster = roster
        self._lamps = lamps

    def on_call(self, call: sip.IncomingCall) -> None:
        """An INVITE that passed guard and authentication."""
        self.admit(call)

    def takes_calls(self) -> bool:
        """Not before everything is there, and not while calls drain."""
        return self.admits()

    def password(self, user: str) -> str | None:
        """The digest password of a seat's phone; None where there is no such seat."""
        seat = self._roster.seats.get(user)
        if seat is None or seat.password is None:
            return None
        return seat.password.get_secret_value()

    def on_binding_changed(self, user: str, binding: sip.Binding | None) -> None:
        """A seat's phone registered or is gone: whoever sits there can or cannot be rung."""
        sign_in = self._roster.at_seat(user)
        if sign_in is not None:
            self.binding_changed(sign_in, registered=binding is not None)
        if binding is not None:
            self._lamps.registered(user)

    def mailbox(self, user: str) -> sip.Mailbox | None:
        """What waits for a seat."""
        return self._lamps.mailbox(user)


def _nobody(sign_in: SignIn, *, registered: bool) -> None:
    return None


def _not_yet(call: sip.IncomingCall) -> None:
    call.reject(503)
