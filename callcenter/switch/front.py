"""What the SIP endpoint asks and tells: seats' passwords, their registrations, new calls."""

from collections.abc import Callable

import acd
import sip
from callcenter.routing.dispatcher import Dispatcher
from callcenter.switch.roster import Roster
from callcenter.voicemail.lamps import Lamps


class SipFront(sip.EndpointUser):
    """Stands between the endpoint and the switchboard, which needs the endpoint to be made."""

    def __init__(self, roster: Roster, dispatcher: Dispatcher, lamps: Lamps) -> None:
        self.admit: Callable[[sip.IncomingCall], None] = _not_yet
        """Takes a new call; the exchange sets it to the switchboard's."""
        self._roster = roster
        self._dispatcher = dispatcher
        self._lamps = lamps

    def on_call(self, call: sip.IncomingCall) -> None:
        """An INVITE that passed guard and authentication."""
        self.admit(call)

    def password(self, user: str) -> str | None:
        """The digest password of a seat's phone; None where there is no such seat."""
        seat = self._roster.seats.get(user)
        return None if seat is None else seat.password.get_secret_value()

    def on_binding_changed(self, user: str, binding: sip.Binding | None) -> None:
        """A seat's phone registered or is gone: whoever sits there can or cannot be rung."""
        sign_in = self._roster.at_seat(user)
        if sign_in is not None:
            self._dispatcher.post(acd.DeviceChanged(sign_in.agent_id, usable=binding is not None))
        if binding is not None:
            self._lamps.registered(user)

    def mailbox(self, user: str) -> sip.Mailbox | None:
        """What waits for a seat."""
        return self._lamps.mailbox(user)


def _not_yet(call: sip.IncomingCall) -> None:
    call.reject(503)
