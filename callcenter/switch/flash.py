"""A seat's phone in a talk, worked by hook flash and keys (WZ-T9, T10)."""

from functools import cached_property
from typing import TYPE_CHECKING

from callcenter.switch.consultation import Consultation
from callcenter.switch.keypad import Keypad, KeypadPowers
from callcenter.switch.party import Party
from callcenter.switch.reach import Reach
from callcenter.switch.refusal import CommandRefusedError
from callcenter.switch.targets import dialled

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge


class Flash(KeypadPowers):
    """One phone's keypad in one bridge; the asker of the consultations that it begins."""

    def __init__(self, bridge: "Bridge", party: Party) -> None:
        self._bridge = bridge
        self._party = party
        self._services = bridge.services
        self._consultation: Consultation | None = None
        self._before = party.leg.listen(self._pressed, self._services.clock.now)

    def close(self) -> None:
        """The talk is over."""
        self._consultation = None  # which holds us
        self._party.leg.stop_listening(self._before)

    # What the keypad wants done.

    def hold(self) -> None:
        """Begins, unless the call is being given on, or somebody asked, already."""
        self._consultation = self._bridge.consult(self._party, self)
        if self._consultation is None:
            del self._keypad

    def call(self, number: str, *, outside: bool) -> None:
        """Looks for whoever was keyed."""
        services, call, seat_no = self._services, self._bridge.call, self._party.seat_no
        if not services.pbx.plan.is_emergency(number):
            number += "#" if outside else "*"
        try:
            to = dialled(services, seat_no, number)
        except CommandRefusedError as refused:
            call.log.info("call by keypad refused", by=self._party.number, reason=refused.reason)
            self._keypad.target_gone()
            return
        if self._consultation is not None:
            reach = Reach(call, self._party, services.roster.seats.get(seat_no))
            self._consultation.look_for(lambda: reach.find(to), f"number:{number}")

    def cancel(self) -> None:
        """Parts from who was called."""
        if self._consultation is not None:
            self._consultation.part()

    def retrieve(self) -> None:
        """Ends the consultation; the two talk again."""
        if self._consultation is not None:
            self._consultation.come_back()

    def complete(self) -> None:
        """Leaves the other two to each other."""
        if self._consultation is not None:
            self._consultation.give_on()

    def release(self) -> None:
        """The party has left with nobody called."""
        if self._consultation is not None:
            self._consultation.leave()

    def conference(self) -> bool:
        """All three talk (WZ-T9)."""
        return self._consultation is not None and self._consultation.join()

    # What the consultation tells.

    def answered(self, consultation: Consultation) -> None:
        """Whom the party asks has picked up."""
        self._keypad.target_answered()

    def target_gone(self, consultation: Consultation, cause: str) -> None:
        """Nobody was reached, or whom it asked has hung up."""
        self._keypad.target_gone()

    def party_gone(self, consultation: Consultation) -> None:
        """The party's own phone has hung up."""
        self._keypad.hang_up()

    def next_deadline(self) -> float | None:
        """How long the next key is waited for."""
        return self._keypad.next_deadline()

    def advance(self, now: float) -> None:
        """No key came for too long."""
        self._keypad.advance(now)

    def _pressed(self, key: str) -> None:
        self._keypad.key(key, self._services.clock.now())

    @cached_property
    def _keypad(self) -> Keypad:
        """Most talks press no key."""
        return Keypad(self, patience=self._services.settings.pbx.keypad_timeout)
