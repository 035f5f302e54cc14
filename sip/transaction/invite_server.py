"""The INVITE server transaction: RFC 3261 §17.2.1 as corrected by RFC 6026 §7.1."""

from typing import ClassVar

from sip.deadlines import NEVER
from sip.transaction.machine import Event, ServerMachine, State, Table, Transition

_DONE = Transition(State.TERMINATED)
_FAILED = Transition(State.TERMINATED, failed=True)


class InviteServer(ServerMachine):
    """Answers an INVITE; repeats a final failure until its ACK, leaves a 2xx to the dialog."""

    __slots__ = ()

    BEGINS = State.PROCEEDING
    RESEND = Event.TIMER_G
    EXPIRE: ClassVar = {
        State.COMPLETED: Event.TIMER_H,
        State.CONFIRMED: Event.TIMER_I,
        State.ACCEPTED: Event.TIMER_L,
    }
    TABLE: ClassVar[Table] = {
        (State.PROCEEDING, Event.REQUEST): Transition(State.PROCEEDING, send=True),
        (State.PROCEEDING, Event.ACK): Transition(State.PROCEEDING),
        (State.PROCEEDING, Event.PROVISIONAL): Transition(State.PROCEEDING, send=True),
        (State.PROCEEDING, Event.SUCCESS): Transition(State.ACCEPTED, send=True),
        (State.PROCEEDING, Event.FAILURE): Transition(State.COMPLETED, send=True),
        (State.PROCEEDING, Event.TRANSPORT_ERROR): _FAILED,
        (State.COMPLETED, Event.REQUEST): Transition(State.COMPLETED, send=True),
        (State.COMPLETED, Event.ACK): Transition(State.CONFIRMED),
        (State.COMPLETED, Event.TIMER_G): Transition(State.COMPLETED, send=True),
        (State.COMPLETED, Event.TIMER_H): _FAILED,
        (State.COMPLETED, Event.TRANSPORT_ERROR): _FAILED,
        (State.CONFIRMED, Event.REQUEST): Transition(State.CONFIRMED),
        (State.CONFIRMED, Event.ACK): Transition(State.CONFIRMED),
        (State.CONFIRMED, Event.TRANSPORT_ERROR): _DONE,
        (State.CONFIRMED, Event.TIMER_I): _DONE,
        (State.ACCEPTED, Event.REQUEST): Transition(State.ACCEPTED),
        (State.ACCEPTED, Event.ACK): Transition(State.ACCEPTED, deliver=True),
        (State.ACCEPTED, Event.TRANSPORT_ERROR): _DONE,
        (State.ACCEPTED, Event.TIMER_L): _DONE,
    }

    def _entered(self, now: float) -> None:
        if self.state is State.COMPLETED:
            # Timer H runs on every transport, G only where messages get lost.
            resend_at = NEVER if self.reliable else now + self.timers.t1
            self._arm(resend_at, now + self.timers.give_up)
        elif self.state is State.CONFIRMED:
            self._linger(now, self.timers.t4)
        elif self.state is State.ACCEPTED:
            self.last = b""  # from here on the dialog repeats the 2xx
            self._forget_after(now + self.timers.give_up)
        else:
            self._arm(NEVER, NEVER)
