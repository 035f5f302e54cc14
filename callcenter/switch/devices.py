"""Whether the device of a seat can be rung, and the connecting of those that are nailed up."""

import asyncio
from typing import TYPE_CHECKING

import acd
from callcenter.settings import SeatSettings
from callcenter.switch.leg import Leg
from callcenter.switch.ring import auto_answer
from callcenter.switch.seat_phones import SeatPhones

if TYPE_CHECKING:
    from callcenter.switch.roster import SignIn
    from callcenter.switch.services import Services


def is_usable(services: "Services", seat: SeatSettings) -> bool:
    """Whether a call can be brought to the device: registered, connected, or an outside phone."""
    if seat.answer_mode == "nailed_up":
        return services.stations.of(seat.seat_no) is not None
    if seat.kind == "number":
        return True
    return bool(services.sip.endpoint.registrar.bindings(seat.seat_no, services.clock.now()))


class Devices:
    """Those of the agents who are signed in.

    A nailed-up one is called at login, when its phone registers and when its agent asks for calls
    again; as long as it is not connected the agent is busy (`device_failed`).
    """

    def __init__(self, services: "Services") -> None:
        self._services = services
        self._connecting: dict[str, _Connecting] = {}
        services.stations.reconnect = self._reconnect

    def release(self, seat_no: str) -> None:
        """Nobody sits there any more: the device is let go."""
        if connecting := self._connecting.pop(seat_no, None):
            connecting.cancel()
        self._services.stations.hang_up(seat_no)

    def binding_changed(self, sign_in: "SignIn", *, registered: bool) -> None:
        """A phone of an agent's seat has registered, or none is any more."""
        seat = sign_in.seat
        if seat.answer_mode == "nailed_up":
            if registered:
                self.connect(seat)
        elif seat.kind == "sip":
            event = acd.DeviceChanged(sign_in.agent_id, usable=registered)
            self._services.dispatcher.post(event)

    def connect(self, seat: SeatSettings) -> None:
        """Calls a nailed-up device that is not connected; harmless for any other."""
        seat_no = seat.seat_no
        if seat.answer_mode != "nailed_up" or is_usable(self._services, seat):
            return
        if seat.kind == "webrtc":  # it calls us, by `seat.offer`
            return
        if seat_no not in self._connecting:
            self._connecting[seat_no] = connecting = _Connecting(self._services, seat_no, self)
            connecting.start()

    def _reconnect(self, seat_no: str) -> None:
        """Its phone ended the connection with the call that it gave on by REFER."""
        sign_in = self._services.roster.at_seat(seat_no)
        if sign_in is not None:
            self.connect(sign_in.seat)

    def settled(self, seat_no: str, leg: Leg | None) -> None:
        """The device has answered, or did not."""
        self._connecting.pop(seat_no, None)
        if leg is None:
            self._services.logger.warning("device not connected", seat_no=seat_no)
        else:
            self._services.stations.connect(seat_no, leg)


class _Connecting:
    """One call to a device that is to stay connected."""

    def __init__(self, services: "Services", seat_no: str, devices: Devices) -> None:
        self._services = services
        self._seat_no = seat_no
        self._devices = devices
        self._phones = SeatPhones(services, seat_no, "")
        self._phones.answered = self._settle
        self._phones.refused = lambda _outcome: self._settle(None)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Rings it; a phone may answer by itself."""
        settings = self._services.settings
        limit = settings.pbx.ring_timeout
        self._timer = asyncio.get_running_loop().call_later(limit, self._settle, None)
        headers = auto_answer(settings.sip.domain)
        self._phones.connect(headers)

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._phones.hang_up()

    def _settle(self, leg: Leg | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if leg is None:
            self._phones.hang_up()
        self._devices.settled(self._seat_no, leg)
