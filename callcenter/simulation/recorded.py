"""Traffic out of the journal: yesterday's callers and agents, to be led by other rules.

What callers would have done is known only as far as the rules of that day let them: how long
somebody talked who was answered, how long somebody waited who gave up. The rest is drawn: the talk
of who gave up from the talks of their queue, the patience of who was answered beyond what they
waited from the rate at which callers gave up (an exponential patience has no memory, so that is its
maximum-likelihood estimate from censored waits).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from random import Random

import acd
from callcenter.journal.files import Segment
from callcenter.journal.replay import Replay, Replayed
from callcenter.simulation.errors import SimulationError
from callcenter.simulation.traffic import Arrival, Habits, Presence, Traffic

TALK_UNKNOWN_S = 180.0
"""Where no talk of any queue ended in the time recorded."""
_PEOPLE = (
    acd.AgentSignedIn,
    acd.AgentSignedOut,
    acd.AgentSkilled,
    acd.AgentEngaged,
    acd.AgentReleased,
    acd.DeviceChanged,
)


@dataclass(slots=True)
class _Seen:
    """A caller as far as they are known."""

    arrival: Arrival
    came: float
    waited: float | None = None
    """Until the answer."""
    answered_at: float | None = None
    talked: float | None = None
    gave_up: float | None = None
    """After so many seconds."""


@dataclass(slots=True)
class _Recording:
    """What one segment shows, in seconds since its beginning."""

    began: float
    wall: float
    ended: float
    callers: list[_Seen] = field(default_factory=list)
    presence: list[Presence] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    missed: int = 0
    offers: int = 0
    _here: dict[str, _Seen] = field(default_factory=dict)
    _rings: dict[int, tuple[str, float]] = field(default_factory=dict)

    def see(self, input_: Replayed) -> None:
        """Takes one input in."""
        at = input_.at - self.began
        self.ended = at
        event = input_.event
        match event:
            case acd.ContactQueued(contact_id) if contact_id not in self._here:
                self._comes(event, at)
            case acd.OfferAccepted(offer_id) if offer_id in self._rings:
                self._answers(*self._rings.pop(offer_id), at)
            case acd.ContactLeft(contact_id) | acd.ContactEnded(contact_id):
                self._goes(contact_id, at, hung_up=isinstance(event, acd.ContactLeft))
            case acd.AgentSetBusy(agent_id, reason):
                self.presence.append((at, acd.AgentSetBusy(agent_id, reason, deferred=True)))
            case acd.AgentSetIdle(agent_id):
                self.presence.append((at, acd.AgentSetIdle(agent_id, deferred=True)))
            case _ if isinstance(event, _PEOPLE):
                self.presence.append((at, event))
            case _:
                pass
        for decision in input_.decisions:
            match decision:
                case ["offer", offer_id, contact_id, *_]:
                    self.offers += 1
                    self._rings[offer_id] = (contact_id, at)
                case ["withdraw", offer_id, cause]:
                    self._rings.pop(offer_id, None)
                    self.missed += cause in ("no_answer", "rejected")
                case _:
                    pass

    def _comes(self, event: acd.ContactQueued, at: float) -> None:
        name = f"{event.contact_id}/{len(self.callers)}"
        arrival = Arrival(
            at, name, event.queue, 0.0, priority=event.priority, preferred=event.preferred
        )
        self._here[event.contact_id] = seen = _Seen(arrival, at)
        self.callers.append(seen)

    def _answers(self, contact_id: str, rang_at: float, at: float) -> None:
        self.delays.append(at - rang_at)
        seen = self._here.get(contact_id)
        if seen is not None:
            seen.waited, seen.answered_at = at - seen.came, at

    def _goes(self, contact_id: str, at: float, *, hung_up: bool) -> None:
        seen = self._here.pop(contact_id, None)
        if seen is None:
            return
        if seen.answered_at is not None:
            seen.talked = at - seen.answered_at
        elif hung_up:
            seen.gave_up = at - seen.came


def recorded(segments: Sequence[Segment], since: float, until: float, seed: int) -> Traffic:
    """The traffic of the segment that holds `since` (UNIX time), up to `until` or its end.

    Raises `SimulationError` where the journal does not go that far, `JournalError` where it cannot
    be read.
    """
    recording = _read(segments, since, until)
    if not recording.callers:
        raise SimulationError("nobody waited in a queue in the time recorded")
    chance = Random(seed)
    return Traffic(
        seconds=recording.ended,
        begins=recording.wall,
        arrivals=list(_arrivals(recording, chance)),
        presence=recording.presence,
        habits=_habits(recording),
    )


def _read(segments: Sequence[Segment], since: float, until: float) -> _Recording:
    for segment in reversed(segments):
        if segment.since <= max(since, segments[0].since):
            break
    else:
        raise SimulationError("there is no journal of that time")
    replay = Replay.of(segment)
    recording: _Recording | None = None
    for input_ in replay.run():
        if input_.wall > until:
            break
        if recording is None:
            if input_.wall < since:
                continue
            recording = _Recording(input_.at, input_.wall, 0.0)
            recording.presence += [(0.0, each) for each in replay.engine.roll()]
        recording.see(input_)
    if recording is None:
        raise SimulationError("there is no journal of that time")
    return recording


def _arrivals(recording: _Recording, chance: Random) -> Iterator[Arrival]:
    talks: dict[str, list[float]] = defaultdict(list)
    for seen in recording.callers:
        if seen.talked is not None:
            talks[seen.arrival.queue].append(seen.talked)
    everywhere = [talk for some in talks.values() for talk in some] or [TALK_UNKNOWN_S]
    rate = _giving_up(recording)
    for seen in recording.callers:
        talk = seen.talked
        if talk is None:
            talk = chance.choice(talks[seen.arrival.queue] or everywhere)
        patience = seen.gave_up
        if patience is None:
            patience = inf
            if rate:
                patience = (seen.waited or 0.0) + chance.expovariate(rate)
        yield replace(seen.arrival, talk=talk, patience=patience)


def _giving_up(recording: _Recording) -> float:
    """Callers a second of waiting who give up."""
    waits = [
        seen.gave_up if seen.gave_up is not None else seen.waited for seen in recording.callers
    ]
    waited = sum(wait for wait in waits if wait is not None)
    left = sum(seen.gave_up is not None for seen in recording.callers)
    return left / waited if waited else 0.0


def _habits(recording: _Recording) -> Habits:
    delays = recording.delays or [0.0]
    missed = recording.missed / recording.offers if recording.offers else 0.0
    return Habits(lambda chance: chance.choice(delays), missed)
