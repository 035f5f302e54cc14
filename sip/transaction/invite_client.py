"""The INVITE client transaction: RFC 3261 §17.1.1 as corrected by RFC 6026 §7.2."""

from typing import ClassVar

from sip.deadlines import NEVER
from sip.transaction.machine import ClientMachine, Event, State, Table, Transition
from sip.transaction.timers import TimerConfig

_DONE = Transition(State.TERMINATED)
_FAILED = Transition(State.TERMINATED, failed=True)
_PROVISIONAL = Transition(State.PROCEEDING, deliver=True)
_SUCCESS = Transition(State.ACCEPTED, deliver=True)
_FAILURE = Transition(State.COMPLETED, deliver=True, acknowledge=True)


class InviteClient(ClientMachine):
    """Sends an INVITE until something comes back, and acknowledges what is not a 2xx."""

    __slots__ = ()

    BEGINS = State.CALLING
    RESEND = Event.TIMER_A
    EXPIRE: ClassVar = {
        State.CALLING: Event.TIMER_B,
        State.PROCEEDING: Event.TIMER_B,  # only after `give_up_at`, §9.1
        State.COMPLETED: Event.TIMER_D,
        State.ACCEPTED: Event.TIMER_M,
    }
    TABLE: ClassVar[Table] = {
        (State.CALLING, Event.TIMER_A): Transition(State.CALLING, send=True),
        (State.CALLING, Event.TIMER_B): _FAILED,
        (State.CALLING, Event.TRANSPORT_ERROR): _FAILED,
        (State.CALLING, Event.PROVISIONAL): _PROVISIONAL,
        (State.CALLING, Event.SUCCESS): _SUCCESS,
        (State.CALLING, Event.FAILURE): _FAILURE,
        (State.PROCEEDING, Event.TIMER_B): _FAILED,
        (State.PROCEEDING, Event.TRANSPORT_ERROR): _FAILED,
        (State.PROCEEDING, Event.PROVISIONAL): _PROVISIONAL,
        (State.PROCEEDING, Event.SUCCESS): _SUCCESS,
        (State.PROCEEDING, Event.FAILURE): _FAILURE,
        (State.COMPLETED, Event.FAILURE): Transition(State.COMPLETED, acknowledge=True),
        (State.COMPLETED, Event.PROVISIONAL): Transition(State.COMPLETED),
        (State.COMPLETED, Event.SUCCESS): Transition(State.COMPLETED),
        (State.COMPLETED, Event.TRANSPORT_ERROR): _DONE,
        (State.COMPLETED, Event.TIMER_D): _DONE,
        (State.ACCEPTED, Event.SUCCESS): Transition(State.ACCEPTED, deliver=True),
        (State.ACCEPTED, Event.PROVISIONAL): Transition(State.ACCEPTED),
        (State.ACCEPTED, Event.FAILURE): Transition(State.ACCEPTED),
        (State.ACCEPTED, Event.TRANSPORT_ERROR): _DONE,
        (State.ACCEPTED, Event.TIMER_M): _DONE,
    }

    def __init__(self, last: bytes, timers: TimerConfig, reliable: bool, now: float) -> None:
        super().__init__(timers, reliable, last)
        self._arm(NEVER if reliable else now + timers.t1, now + timers.give_up)

    def give_up_at(self, at: float) -> None:
        """Count the INVITE as failed at that time: its CANCEL may never be answered (§9.1)."""
        if self.state in (State.CALLING, State.PROCEEDING):
            self._arm(self.resend_at, at)

    def hush(self) -> None:
        """Repeat the INVITE no more."""
        self._arm(NEVER, self.expire_at)

    def _back_off(self, now: float) -> None:
        self._interval *= 2  # timer A has no upper limit, §17.1.1.2
        self._arm(now + self._interval, self.expire_at)

    def _entered(self, now: float) -> None:
        if self.state is State.COMPLETED:
            self._linger(now, self.timers.absorb)
        elif self.state is State.ACCEPTED:
            self.last, self.request = b"", None  # the session acknowledges, §13.2.2.4
            # Timer M runs on reliable transports too: other forks may still answer, RFC 6026 §8.4.
            self._forget_after(now + self.timers.give_up)
        else:
            self._arm(NEVER, NEVER)
