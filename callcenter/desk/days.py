"""Each agent's own day (GD-5.2d, IP-2.1.7d): counts and times since midnight.

Made of the event stream, and at the start of the process of what the records have of today, so that
a restart costs nobody their figures. Times in a state are cut at midnight.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias

from callcenter import events
from callcenter.clock import Clock
from callcenter.desk.breaks import BREAK

Kind: TypeAlias = Literal["answered", "outgoing"]


@dataclass(slots=True)
class Day:
    """One agent's; times in seconds, `since` monotonic."""

    offered: int = 0
    answered: int = 0
    no_answer: int = 0
    outgoing: int = 0
    talk_s: float = 0.0
    outgoing_s: float = 0.0
    busy: int = 0
    breaks: int = 0
    spent: dict[str, float] = field(default_factory=dict)
    """State to seconds, without the present one; a break is a state here."""
    signed_in_s: float = 0.0
    state: str = "logged_out"
    since: float = 0.0

    def enter(self, state: str, at: float) -> None:
        """Another state begins."""
        self.close(at)
        self.state = state
        self.busy += state == "busy"
        self.breaks += state == BREAK

    def close(self, at: float) -> None:
        """Counts the present state up to now."""
        spent = max(at - self.since, 0.0)
        if self.state != "logged_out":
            self.spent[self.state] = self.spent.get(self.state, 0.0) + spent
            self.signed_in_s += spent
        self.since = at

    def talked(self, kind: Kind, seconds: float) -> None:
        """A talk is over."""
        if kind == "outgoing":
            self.outgoing += 1
            self.outgoing_s += seconds
        else:
            self.answered += 1
            self.talk_s += seconds


@dataclass(frozen=True, slots=True)
class Change:
    """From the records: an agent's state became another."""

    at: datetime
    agent_id: str
    state: str
    previous: str
    reason: str


@dataclass(frozen=True, slots=True)
class Handled:
    """From the records: an agent was rung by a queue, or talked."""

    agent_id: str
    kind: Literal["offered", "no_answer"] | Kind
    seconds: float = 0.0


class Days:
    """A reader of the event stream."""

    KINDS = (
        events.AgentStateChanged,
        events.AgentOffered,
        events.NoAnswerRecorded,
        events.TalkEnded,
        events.CallStarted,
        events.BridgeStarted,
        events.BridgeEnded,
        events.CallEnded,
    )

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._days: dict[str, Day] = {}
        self._outgoing: set[str] = set()
        """Calls out that live."""
        self._bridges: dict[str, str] = {}
        """Call to the agent whose talk it is, without a queue."""
        self.today = self._date(clock.now())
        self._next_midnight = self._midnight(self.today + timedelta(days=1))
        self._steps: dict[type[events.Event], Callable[[Any], None]] = {
            events.AgentStateChanged: self._state_changed,
            events.AgentOffered: self._offered,
            events.NoAnswerRecorded: self._no_answer,
            events.TalkEnded: self._talk_ended,
            events.CallStarted: self._call_started,
            events.BridgeStarted: self._bridge_started,
            events.BridgeEnded: self._bridge_ended,
            events.CallEnded: self._call_ended,
        }

    @property
    def began(self) -> datetime:
        """This day's midnight."""
        return self._clock.wall(self._midnight(self.today))

    def read(self, event: events.Event) -> None:
        """From the event stream."""
        self._roll(event.at)
        self._steps[type(event)](event)

    def of(self, agent_id: str, now: float) -> Day:
        """The figures, the present state included."""
        self._roll(now)
        day = self._day(agent_id)
        day.close(now)
        return day

    def restore(self, changes: Iterable[Change], handled: Iterable[Handled]) -> None:
        """What happened today before the process began, oldest first."""
        first = self._midnight(self.today)
        for change in changes:
            at = change.at.timestamp() - self._clock.wall(0.0).timestamp()
            day = self._days.get(change.agent_id)
            if day is None:
                day = self._days[change.agent_id] = Day(state=change.previous, since=first)
            day.enter(_state(change.state, change.reason), at)
        for day in self._days.values():
            day.state = "logged_out"  # whatever they were, the restart ended it
        for each in handled:
            day = self._day(each.agent_id)
            if each.kind == "offered":
                day.offered += 1
            elif each.kind == "no_answer":
                day.no_answer += 1
            else:
                day.talked(each.kind, each.seconds)

    def _day(self, agent_id: str) -> Day:
        day = self._days.get(agent_id)
        if day is None:
            day = self._days[agent_id] = Day()
        return day

    def _roll(self, at: float) -> None:
        """A new day begins for everybody in the state that they are in."""
        if at < self._next_midnight:
            return
        self.today = self._date(at)
        first = self._midnight(self.today)
        self._next_midnight = self._midnight(self.today + timedelta(days=1))
        present = {a: d.state for a, d in self._days.items() if d.state != "logged_out"}
        self._days = {a: Day(state=state, since=first) for a, state in present.items()}

    def _state_changed(self, event: events.AgentStateChanged) -> None:
        self._day(event.agent_id).enter(_state(event.state, event.reason), event.at)

    def _offered(self, event: events.AgentOffered) -> None:
        self._day(event.agent_id).offered += 1

    def _no_answer(self, event: events.NoAnswerRecorded) -> None:
        self._day(event.agent_id).no_answer += 1

    def _talk_ended(self, event: events.TalkEnded) -> None:
        self._day(event.agent_id).talked("answered", event.talk_s)

    def _call_started(self, event: events.CallStarted) -> None:
        if event.direction == "out":
            self._outgoing.add(event.call_id)

    def _bridge_started(self, event: events.BridgeStarted) -> None:
        if event.agent_id:
            self._bridges[event.call_id] = event.agent_id

    def _bridge_ended(self, event: events.BridgeEnded) -> None:
        kind: Kind = "outgoing" if event.call_id in self._outgoing else "answered"
        agent_id = self._bridges.pop(event.call_id, "")
        if agent_id:
            self._day(agent_id).talked(kind, event.talk_s)

    def _call_ended(self, event: events.CallEnded) -> None:
        self._outgoing.discard(event.call_id)
        self._bridges.pop(event.call_id, None)

    def _date(self, at: float) -> date:
        return self._clock.wall(at).astimezone().date()

    def _midnight(self, day: date) -> float:
        """In monotonic seconds; local time, because a shift is."""
        local = datetime.combine(day, datetime.min.time()).astimezone()
        return local.timestamp() - self._clock.wall(0.0).timestamp()


def _state(state: str, reason: str) -> str:
    return BREAK if state == "busy" and reason == BREAK else state
