"""The non-INVITE client transaction: RFC 3261 §17.1.2."""

from typing import ClassVar

from sip.deadlines import NEVER
from sip.transaction.machine import ClientMachine, Event, State, Table, Transition
from sip.transaction.timers import TimerConfig

_DONE = Transition(State.TERMINATED)
_FAILED = Transition(State.TERMINATED, failed=True)
_PROVISIONAL = Transition(State.PROCEEDING, deliver=True)
_FINAL = Transition(State.COMPLETED, deliver=True)
_ABSORB = Transition(State.COMPLETED)


class NonInviteClient(ClientMachine):
    """Sends a request until its final response."""

    __slots__ = ()

    BEGINS = State.TRYING
    RESEND = Event.TIMER_E
    EXPIRE: ClassVar = {
        State.TRYING: Event.TIMER_F,
        State.PROCEEDING: Event.TIMER_F,
        State.COMPLETED: Event.TIMER_K,
    }
    TABLE: ClassVar[Table] = {
        (State.TRYING, Event.TIMER_E): Transition(State.TRYING, send=True),
        (State.TRYING, Event.TIMER_F): _FAILED,
        (State.TRYING, Event.TRANSPORT_ERROR): _FAILED,
        (State.TRYING, Event.PROVISIONAL): _PROVISIONAL,
        (State.TRYING, Event.SUCCESS): _FINAL,
        (State.TRYING, Event.FAILURE): _FINAL,
        (State.PROCEEDING, Event.TIMER_E): Transition(State.PROCEEDING, send=True),
        (State.PROCEEDING, Event.TIMER_F): _FAILED,
        (State.PROCEEDING, Event.TRANSPORT_ERROR): _FAILED,
        (State.PROCEEDING, Event.PROVISIONAL): _PROVISIONAL,
        (State.PROCEEDING, Event.SUCCESS): _FINAL,
        (State.PROCEEDING, Event.FAILURE): _FINAL,
        (State.COMPLETED, Event.PROVISIONAL): _ABSORB,
        (State.COMPLETED, Event.SUCCESS): _ABSORB,
        (State.COMPLETED, Event.FAILURE): _ABSORB,
        (State.COMPLETED, Event.TRANSPORT_ERROR): _DONE,
        (State.COMPLETED, Event.TIMER_K): _DONE,
    }

    def __init__(self, last: bytes, timers: TimerConfig, reliable: bool, now: float) -> None:
        super().__init__(timers, reliable, last)
        self._arm(NEVER if reliable else now + timers.t1, now + timers.give_up)

    def _entered(self, now: float) -> None:
        if self.state is State.PROCEEDING:
            self._interval = self.timers.t2  # timer E runs at T2 from here, §17.1.2.2
            self._arm(NEVER if self.reliable else now + self._interval, self.expire_at)
        elif self.state is State.COMPLETED:
            self._linger(now, self.timers.t4)
        else:
            self._arm(NEVER, NEVER)
