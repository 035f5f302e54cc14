"""What the four transaction machines of RFC 3261 §17 share.

A machine is a table, state × event → transition, and two timers. It performs nothing itself: a
`Transition` says what its owner (`sip.transaction.layer`) has to do. A machine keeps the last
message it sent, so a repeated request is answered without waking anyone.
"""

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Literal, NamedTuple, Protocol

from sip.address import Address, Route
from sip.build import OutgoingRequest
from sip.deadlines import NEVER, Entry
from sip.message import Request, Response
from sip.transaction.timers import TimerConfig

FORGET_S = 0.25
"""So often machines that only absorb repetitions are forgotten: a call leaves five of them."""
SPARE_AFTER_T1 = 4
"""So many T1 a connection that was opened for a request's size has to bring a sign of life."""


class State(StrEnum):
    """The states of RFC 3261 §17 and RFC 6026."""

    CALLING = "Calling"
    TRYING = "Trying"
    PROCEEDING = "Proceeding"
    ACCEPTED = "Accepted"
    COMPLETED = "Completed"
    CONFIRMED = "Confirmed"
    TERMINATED = "Terminated"

    __hash__ = str.__hash__


class Event(StrEnum):
    """What can happen to a machine. A response counts as received or sent, as the side is."""

    REQUEST = "request"
    ACK = "ACK"
    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "300-699"
    TIMER_A = "timer A"
    TIMER_B = "timer B"
    TIMER_D = "timer D"
    TIMER_E = "timer E"
    TIMER_F = "timer F"
    TIMER_G = "timer G"
    TIMER_H = "timer H"
    TIMER_I = "timer I"
    TIMER_J = "timer J"
    TIMER_K = "timer K"
    TIMER_L = "timer L"
    TIMER_M = "timer M"
    TRANSPORT_ERROR = "transport error"

    __hash__ = str.__hash__


class Transition(NamedTuple):
    """The next state, and what the owner has to do."""

    state: State
    send: bool = False
    """Send the machine's last message (again)."""
    deliver: bool = False
    """Pass the received message to the transaction user."""
    acknowledge: bool = False
    """Send the ACK of a failed INVITE."""
    failed: bool = False
    """Tell the transaction user that the transaction timed out or could not be sent."""


Table = Mapping[tuple[State, Event], Transition]


class IllegalTransitionError(Exception):
    """An event that cannot happen in the machine's state: our own mistake, never the peer's."""


RESPONSE_EVENTS: Mapping[int, Event] = {
    1: Event.PROVISIONAL,
    2: Event.SUCCESS,
    **dict.fromkeys((3, 4, 5, 6), Event.FAILURE),
}
"""The event that a response is, by the class of its status code."""


class Machine:
    """One transaction. `deadline` is when `advance` wants to be called."""

    __slots__ = (
        "_interval",
        "deadline",
        "expire_at",
        "heap_entry",
        "last",
        "reliable",
        "resend_at",
        "route",
        "state",
        "timers",
    )

    route: Route
    """Where the machine's messages go; set by the layer."""

    BEGINS: ClassVar[State]
    TABLE: ClassVar[Table]
    RESEND: ClassVar[Event]
    """The event of the retransmission timer."""
    EXPIRE: ClassVar[Mapping[State, Event]]
    """The event of the other timer in each state that has one."""

    def __init__(self, timers: TimerConfig, reliable: bool, last: bytes = b"") -> None:
        self.state = self.BEGINS
        self.last = last
        self.timers = timers
        self.reliable = reliable
        self.resend_at = self.expire_at = self.deadline = NEVER
        self.heap_entry: Entry | None = None
        self._interval = timers.t1

    def fire(self, event: Event, now: float) -> Transition:
        """Make the transition that the table names. Raises IllegalTransitionError."""
        transition = self.TABLE.get((self.state, event))
        if transition is None:
            raise IllegalTransitionError(f"{type(self).__name__}: {event} in {self.state}")
        if transition.state is not self.state:
            self.state = transition.state
            self._entered(now)
        return transition

    def advance(self, now: float) -> Transition | None:
        """Fire the timer that is due, if one is."""
        if self.expire_at <= now:
            return self.fire(self.EXPIRE[self.state], now)
        if self.resend_at <= now:
            self._back_off(now)
            return self.fire(self.RESEND, now)
        return None

    def _entered(self, now: float) -> None:
        """Set the timers of the state just entered."""
        raise NotImplementedError

    def _back_off(self, now: float) -> None:
        """Double the retransmission interval up to T2."""
        self._interval = min(2 * self._interval, self.timers.t2)
        self._arm(now + self._interval, self.expire_at)

    def _arm(self, resend_at: float, expire_at: float) -> None:
        self.resend_at = resend_at
        self.expire_at = expire_at
        self.deadline = min(resend_at, expire_at)

    def _linger(self, now: float, seconds: float) -> None:
        """Absorb retransmissions for a while; on a reliable transport there are none to absorb."""
        if self.reliable:
            self.state = State.TERMINATED
            self._arm(NEVER, NEVER)
        else:
            self._forget_after(now + seconds)

    def _forget_after(self, at: float) -> None:
        """End without haste: as many machines as may be are forgotten in one go."""
        self._arm(NEVER, math.ceil(at / FORGET_S) * FORGET_S)


Failure = Literal["timeout", "transport"]


class ClientUser(Protocol):
    """Who started a client transaction."""

    def on_response(self, response: Response, client: "ClientMachine") -> None:
        """A response that is not a repetition; every 2xx of an INVITE."""

    def on_failure(self, failure: Failure, client: "ClientMachine") -> None:
        """No final response came in time, or the request cannot be sent."""


class ServerUser(Protocol):
    """Who answers a server transaction and may be told to stop (CANCEL)."""

    @property
    def local_tag(self) -> str:
        """The To tag of its answers."""

    def on_cancel(self, request: Request) -> None:
        """The INVITE was cancelled before its final response."""


class ClientMachine(Machine):
    """A client machine with what the layer ties to it."""

    __slots__ = ("key", "request", "spare", "user")

    key: tuple[str, str]
    """Branch and method."""
    request: OutgoingRequest | None
    """Kept while its ACK may have to be built from it."""
    spare: tuple[OutgoingRequest, Route] | None
    """The way over UDP of a request that went over TCP for its size only."""
    user: ClientUser | None
    """None from the final response on, but for a 2xx to an INVITE: nothing more is told."""

    @property
    def usual_route(self) -> Route:
        """The way that the other side's small messages take: no size has changed it."""
        return self.spare[1] if self.spare is not None else self.route

    def wait_for_sign(self, now: float) -> None:
        """There is a spare way: the timer of repetitions is when it is taken, if none comes."""
        self._arm(now + SPARE_AFTER_T1 * self.timers.t1, self.expire_at)

    def begin_again(self, last: bytes, route: Route, now: float) -> None:
        """Go over UDP from the beginning: nobody has heard of the request."""
        self.last, self.route, self.reliable = last, route, False
        self._interval = self.timers.t1
        self._arm(now + self.timers.t1, now + self.timers.give_up)


class ServerMachine(Machine):
    """A server machine with what the layer ties to it."""

    __slots__ = ("key", "merge_key", "source", "user")

    key: tuple[str, str, str]
    """Branch, sent-by and method of the request, RFC 3261 §17.2.3."""
    merge_key: tuple[str, str, int, str] | None
    """What the request has in common with its forks, RFC 3261 §8.2.2.2."""
    source: Address
    """Where the request really came from."""
    user: ServerUser | None
