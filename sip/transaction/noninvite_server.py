"""The non-INVITE server transaction: RFC 3261 §17.2.2."""

from typing import ClassVar

from sip.deadlines import NEVER
from sip.transaction.machine import Event, ServerMachine, State, Table, Transition

_DONE = Transition(State.TERMINATED)
_FAILED = Transition(State.TERMINATED, failed=True)
_FINAL = Transition(State.COMPLETED, send=True)


class NonInviteServer(ServerMachine):
    """Answers a request once and its repetitions with the same answer."""

    __slots__ = ()

    BEGINS = State.TRYING
    RESEND = Event.TIMER_J  # it retransmits nothing of its own accord
    EXPIRE: ClassVar = {State.COMPLETED: Event.TIMER_J}
    TABLE: ClassVar[Table] = {
        (State.TRYING, Event.REQUEST): Transition(State.TRYING),
        (State.TRYING, Event.PROVISIONAL): Transition(State.PROCEEDING, send=True),
        (State.TRYING, Event.SUCCESS): _FINAL,
        (State.TRYING, Event.FAILURE): _FINAL,
        (State.TRYING, Event.TRANSPORT_ERROR): _FAILED,
        (State.PROCEEDING, Event.REQUEST): Transition(State.PROCEEDING, send=True),
        (State.PROCEEDING, Event.PROVISIONAL): Transition(State.PROCEEDING, send=True),
        (State.PROCEEDING, Event.SUCCESS): _FINAL,
        (State.PROCEEDING, Event.FAILURE): _FINAL,
        (State.PROCEEDING, Event.TRANSPORT_ERROR): _FAILED,
        (State.COMPLETED, Event.REQUEST): Transition(State.COMPLETED, send=True),
        (State.COMPLETED, Event.TRANSPORT_ERROR): _DONE,
        (State.COMPLETED, Event.TIMER_J): _DONE,
    }

    def _entered(self, now: float) -> None:
        if self.state is State.COMPLETED:
            self._linger(now, self.timers.give_up)
        else:
            self._arm(NEVER, NEVER)
