"""Seats' phones in calls that no queue gave them, and what that makes of the agents there."""

import acd
from callcenter.routing.dispatcher import Dispatcher
from callcenter.switch.roster import Roster, SignIn

MAX_LINES = 2
"""Calls of one phone at once: the one it holds, and the one that it asks back in."""

_ON_HOOK = ("idle", "acw", "busy")


class Line:
    """One call of a seat's phone."""

    def __init__(self, lines: "SeatLines", seat_no: str) -> None:
        self._lines = lines
        self._seat_no = seat_no

    def talking(self) -> None:
        """The call is answered."""
        self._lines.engage(self._seat_no, "talking")

    def release(self) -> None:
        """The phone has left the call; harmless when repeated."""
        self._lines.drop(self._seat_no, self)


class SeatLines:
    """Who is engaged: an agent is offered nothing while their phone is in any call."""

    def __init__(self, roster: Roster, dispatcher: Dispatcher) -> None:
        self._roster = roster
        self._dispatcher = dispatcher
        self._lines: dict[str, list[Line]] = {}
        self._engaged: dict[str, SignIn] = {}

    def usable(self, seat_no: str) -> bool:
        """Whether the phone may call and be called: a plain extension, or somebody is there.

        (GX-B4, A-26.)
        """
        seat = self._roster.seats.get(seat_no)
        return seat is not None and (seat.pbx or self._roster.at_seat(seat_no) is not None)

    def may_call(self, seat_no: str) -> bool:
        """Whether the phone may place a (further) call; not while it, or the desk, rings."""
        used = len(self._lines.get(seat_no, ()))
        state = self._state(seat_no)
        if state == "ringing":
            return False
        if state == "talking" and seat_no not in self._engaged:
            used += 1  # for a queue
        return used < MAX_LINES if used else self._on_hook(seat_no)

    def may_be_called(self, seat_no: str) -> bool:
        """Whether the phone is free; nobody is called while they talk."""
        return not self._lines.get(seat_no) and self._on_hook(seat_no)

    def take(self, seat_no: str, state: acd.EngagementState) -> Line:
        """A call of the phone begins; `release` it at its end.

        Whoever talks for a queue meanwhile (and calls for help) stays the queue's.
        """
        line = Line(self, seat_no)
        lines = self._lines.setdefault(seat_no, [])
        lines.append(line)
        sign_in = self._roster.at_seat(seat_no)
        if sign_in is not None and seat_no not in self._engaged and self._on_hook(seat_no):
            self._engaged[seat_no] = sign_in
            self.engage(seat_no, state)
        return line

    def engage(self, seat_no: str, state: acd.EngagementState) -> None:
        """The agent's state follows the phone's; nothing changes for who is signed in since."""
        sign_in = self._engaged.get(seat_no)
        if sign_in is not None and self._roster.at_seat(seat_no) is sign_in:
            self._dispatcher.post(acd.AgentEngaged(sign_in.agent_id, state))

    def drop(self, seat_no: str, line: Line) -> None:
        """See `Line.release`."""
        lines = self._lines.get(seat_no, [])
        if line not in lines:
            return
        lines.remove(line)
        if lines:
            return
        del self._lines[seat_no]
        sign_in = self._engaged.pop(seat_no, None)
        if sign_in is not None and self._roster.at_seat(seat_no) is sign_in:
            self._dispatcher.post(acd.AgentReleased(sign_in.agent_id))

    def engagement(self, seat_no: str) -> acd.EngagementState | None:
        """What an agent is who signs in at the seat now, or whose queue's talk is over now."""
        return "talking" if self.in_call(seat_no) else None

    def in_call_now(self, seat_no: str) -> None:
        """The queue engine has been told what `engagement` said: the agent is to be released."""
        sign_in = self._roster.at_seat(seat_no)
        if self.in_call(seat_no) and sign_in is not None:
            self._engaged[seat_no] = sign_in

    def in_call(self, seat_no: str) -> bool:
        """Whether the phone is in any call that no queue gave."""
        return bool(self._lines.get(seat_no))

    def clear(self, seat_no: str) -> None:
        """The phone is in no call, whatever was said before."""
        for line in tuple(self._lines.get(seat_no, ())):
            self.drop(seat_no, line)

    @property
    def used(self) -> int:
        """Calls of all seats' phones."""
        return sum(map(len, self._lines.values()))

    def _on_hook(self, seat_no: str) -> bool:
        state = self._state(seat_no)
        return state is None or state in _ON_HOOK

    def _state(self, seat_no: str) -> acd.AgentState | None:
        """Of whoever is signed in there."""
        sign_in = self._roster.at_seat(seat_no)
        return None if sign_in is None else self._dispatcher.view(sign_in.agent_id).state
