"""Nailed-up seats: devices connected once at login, in which calls come and go.

A station knows nothing of the kind of its device. Whoever has connected one has a `Leg`: a phone
that was called and has answered (`devices.py`), an outside telephone, a browser. How a further kind
plugs in, such as the WebRTC leg that `seat.offer` negotiates:

    leg = Leg(port, sdp)                     # no SIP session: `leg.session` stays None
    stations.connect(seat_no, leg)           # from now on the agent is offered calls
    ...
    stations.of(seat_no).dead()              # no consent any more: busy(device_failed)

`connect` at a seat that has a station lets that one go first, and with it the call that is in it;
what only moves the media (an ICE restart, a re-INVITE) keeps the leg and configures its port anew.
Of the leg a station needs `port`, `sdp` (for `stream`), `watch`, `listen` and `hang_up`, and it
takes over `ended`, `held` and `referred`. Nothing is sent to a device between two calls.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import acd
import sip
from callcenter.switch.keys import Keys
from callcenter.switch.leg import Headers, Leg

if TYPE_CHECKING:
    from callcenter.routing.dispatcher import Dispatcher
    from callcenter.switch.roster import Roster


class Turn(Leg):
    """One call's use of a station's device: a leg whose end leaves the device connected."""

    def __init__(self, station: "Station") -> None:
        super().__init__(station.leg.port, station.leg.sdp)
        self.session = station.leg.session
        self.dead: Callable[[], None] = _nothing
        self._station = station

    def hang_up(self, headers: Headers = ()) -> None:
        """The call leaves the device."""
        if not self.over:
            self.close()

    def watch(self, rtp_timeout: float, dead: Callable[[], None]) -> None:
        """The station watches its device all the time."""
        self.dead = dead

    def listen(self, pressed: Callable[[str], None], clock: Callable[[], float]) -> Keys | None:
        """Keys come to the device."""
        return self._station.leg.listen(pressed, clock)

    def stop_listening(self, before: Keys | None = None) -> None:
        """Keys are no longer told."""
        if not self.over:
            self._station.leg.stop_listening(before)

    def press(self, digits: str) -> None:
        """Keys for the device."""
        self._station.leg.press(digits)

    def media_failed(self, why: str) -> None:
        """The device's matter, also when this call is over."""
        self._station.leg.media_failed(why)

    def _give_port_back(self) -> None:
        self.dead = _nothing
        self._station.released(self)


class Station:
    """One seat's connected device, with the call that is in it."""

    def __init__(self, leg: Leg, rtp_timeout: float, gone: Callable[["Station"], None]) -> None:
        self.leg = leg
        self.turn: Turn | None = None
        """The call's."""
        self.gave_on = False
        """Whether its phone gave the newest call on: then it may hang up as if that were all."""
        self._gone = gone
        self._over = False
        leg.ended = self.lost
        leg.held = self._held
        leg.referred = self._referred
        leg.watch(rtp_timeout, self.dead)

    def take(self) -> Turn | None:
        """For a call; None while another one is in the device."""
        if self.turn is not None or self._over:
            return None
        self.quiet()
        self.gave_on = False
        self.turn = Turn(self)
        return self.turn

    def alert(self, audio: Sequence[int]) -> None:
        """The device sounds, so that an agent without a look at the screen hears a call come."""
        if self.turn is None and not self._over:
            self.leg.port.play_untold(audio, loop=True)

    def quiet(self) -> None:
        """It sounds no more."""
        if self.turn is None and not self._over:
            self.leg.port.stop_play()

    def released(self, turn: Turn) -> None:
        """The call has left the device, which hears nothing until the next one."""
        if self.turn is not turn:
            return
        self.turn = None
        if not self._over:
            self.leg.stop_listening()
            self.leg.port.stop_play()
            self.leg.port.hear({})

    def hang_up(self) -> None:
        """The shift is over."""
        self.lost(sip.CallEnd("bye", "local", 200, ""))
        self.leg.hang_up()

    def lost(self, end: sip.CallEnd) -> None:
        """The device has hung up or is gone; so is it for the call that is in it."""
        if self._end() and self.turn is not None:
            ended = self.turn.ended
            self.turn.close()
            ended(end)

    def dead(self) -> None:
        """The device gives no sign of life: neither voice nor answer."""
        turn, dead = self.turn, _nothing if self.turn is None else self.turn.dead
        if self._end():
            dead()
            self.leg.hang_up()
            if turn is not None:
                turn.close()

    def _end(self) -> bool:
        """Whoever is told of it first: no call may come to the device any more."""
        first, self._over = not self._over, True
        if first:
            self._gone(self)
        return first

    def _held(self) -> None:
        if self.turn is not None:
            self.turn.held()

    def _referred(self, referral: sip.Referral) -> int:
        code = 603 if self.turn is None else self.turn.referred(referral)
        self.gave_on = self.gave_on or code < 300
        return code


class Stations:
    """All of them, by seat."""

    def __init__(self, roster: "Roster", dispatcher: "Dispatcher", rtp_timeout: float) -> None:
        self._roster = roster
        self._dispatcher = dispatcher
        self._rtp_timeout = rtp_timeout
        self._live: dict[str, Station] = {}
        self.reconnect: Callable[[str], None] = _nobody
        """The phone at that seat has given its call on and hung up: it is to be called again."""

    def of(self, seat_no: str) -> Station | None:
        """The seat's, while its device is connected."""
        return self._live.get(seat_no)

    def in_call(self, leg: Leg) -> Leg:
        """What a device is in its call, for the leg by which it was connected; else the same."""
        station = self._connected_by(leg)
        return leg if station is None or station.turn is None else station.turn

    def gives_on(self, leg: Leg) -> None:
        """The phone that is connected by this leg gives its call on, by a REFER in another."""
        if station := self._connected_by(leg):
            station.gave_on = True

    def _connected_by(self, leg: Leg) -> Station | None:
        return next((each for each in self._live.values() if each.leg is leg), None)

    def connect(self, seat_no: str, leg: Leg) -> Station:
        """A device is there: whoever sits at the seat may be offered calls."""
        self.hang_up(seat_no)

        def gone(station: Station) -> None:
            if self._live.get(seat_no) is station:
                del self._live[seat_no]
                self._tell(seat_no, usable=False)
                if station.gave_on:
                    self.reconnect(seat_no)

        self._live[seat_no] = station = Station(leg, self._rtp_timeout, gone)
        if leg.over:  # since the answer
            station.lost(sip.CallEnd("bye", "remote", 200, ""))
        else:
            self._tell(seat_no, usable=True)
        return station

    def hang_up(self, seat_no: str) -> None:
        """The seat's device is let go; harmless when none is connected."""
        station = self._live.get(seat_no)
        if station is not None:
            station.hang_up()

    def _tell(self, seat_no: str, *, usable: bool) -> None:
        sign_in = self._roster.at_seat(seat_no)
        if sign_in is not None:
            self._dispatcher.post(acd.DeviceChanged(sign_in.agent_id, usable=usable))


def _nothing() -> None:
    return None


def _nobody(_: str) -> None:
    return None
