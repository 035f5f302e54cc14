"""Why did this call go to that agent, and not to the other? Asked of a replayed engine."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import acd
from callcenter.journal.errors import JournalError
from callcenter.journal.files import Segment, segments
from callcenter.journal.record import Decision, read_input
from callcenter.journal.replay import Replay, Replayed

LAST = "last"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that became of the contact."""

    position: int
    """The input it followed from, counted from the start of the process."""
    wall: float
    """UNIX time."""
    what: str
    """queued, offer, accepted, withdrawn, step, overflow, left, ended."""
    queue: str = ""
    agent_id: str = ""
    cause: str = ""
    """Of a withdrawal or overflow."""
    by: str = ""
    """The input that an offer followed from: who came, or became free."""
    rank: int | None = None
    """Of an offer: the winner's place among the idle who qualify."""
    next: tuple[str, ...] = ()
    """Of an offer: who would have been asked next."""
    step: int | None = None
    waited_s: float | None = None
    standings: tuple[acd.Standing, ...] = ()
    """Every agent signed in, where it is told who gets the contact, or that nobody does yet."""
    origin: float = 0.0
    """What turns the standings' `since` into UNIX time, added to it."""


@dataclass(slots=True)
class Story:
    """All that became of one contact."""

    contact_id: str
    moments: list[Moment] = field(default_factory=list)
    differs: int = 0
    """Decisions on the way that the replay took otherwise: then it explains nothing."""


def why(folder: Path, name: str) -> Story:
    """The story of the contact called `name`: its id, the beginning of it, or `last`.

    Takes a replay of the segments that know it. `JournalError` when there is none.
    """
    kept = segments(folder)
    contact_id, where = _find(kept, name)
    if not where:
        raise JournalError(f"no call {name!r} has waited in a queue, as far as the journal goes")
    story = Story(contact_id)
    for segment in where:
        _tell(story, segment)
    return story


def _find(kept: list[Segment], name: str) -> tuple[str, list[Segment]]:
    """The contact's id, and the segments that name it, oldest first."""
    for segment in reversed(kept):
        found = ""
        for line in segment.lines():
            if b'"ContactQueued"' not in line or (name != LAST and name.encode() not in line):
                continue
            event = read_input(line).event
            if isinstance(event, acd.ContactQueued) and _meant(event.contact_id, name):
                found = event.contact_id
        if found:
            needle = f'"{found}"'.encode()
            return found, [each for each in kept if any(needle in row for row in each.lines())]
    return "", []


def _meant(contact_id: str, name: str) -> bool:
    return name == LAST or contact_id.startswith(name)


def _tell(story: Story, segment: Segment) -> None:
    replay = Replay.of(segment)
    teller = _Teller(story.contact_id, replay)
    for input_ in replay.run():
        story.differs += not input_.same
        story.moments += teller.moments(input_)


class _Teller:
    """Follows one contact through one segment."""

    def __init__(self, contact_id: str, replay: Replay) -> None:
        self._contact_id = contact_id
        self._replay = replay
        self._rings: dict[int, str] = {}
        """Live offers of the contact, and whom they ring."""
        self._since: float | None = None
        self._queue = ""

    def moments(self, input_: Replayed) -> list[Moment]:
        """What became of the contact by this input."""
        found: list[Moment] = []
        event = input_.event
        match event:
            case acd.ContactQueued(contact_id, queue) if contact_id == self._contact_id:
                self._queue = queue
                self._since = input_.at if event.enqueued_at is None else event.enqueued_at
                found.append(self._moment(input_, "queued", asks=True))
            case acd.OfferAccepted(offer_id) if offer_id in self._rings:
                agent_id = self._rings.pop(offer_id)
                found.append(self._moment(input_, "accepted", agent_id=agent_id))
            case acd.ContactLeft(contact_id) if contact_id == self._contact_id:
                found.append(self._moment(input_, "left"))
            case acd.ContactEnded(contact_id) if contact_id == self._contact_id:
                found.append(self._moment(input_, "ended"))
            case _:
                pass
        found += filter(None, (self._decided(input_, each) for each in input_.decisions))
        return found

    def _decided(self, input_: Replayed, decision: Decision) -> Moment | None:
        match decision:
            case ["offer", offer_id, self._contact_id, agent_id, _, *around]:
                self._rings[offer_id] = agent_id
                rank, following = around or (None, ())
                return self._moment(
                    input_, "offer", agent_id=agent_id, rank=rank, next=tuple(following), asks=True
                )
            case ["withdraw", offer_id, cause] if offer_id in self._rings:
                agent_id = self._rings.pop(offer_id)
                return self._moment(input_, "withdrawn", agent_id=agent_id, cause=cause)
            case ["overflow", self._contact_id, _, cause]:
                return self._moment(input_, "overflow", cause=cause)
            case ["step", self._contact_id, step]:
                return self._moment(input_, "step", step=step)
        return None

    def _moment(self, input_: Replayed, what: str, *, asks: bool = False, **facts: Any) -> Moment:
        engine = self._replay.engine
        return Moment(
            position=input_.position,
            wall=input_.wall,
            what=what,
            queue=self._queue,
            by=_words(input_.event) if what == "offer" else "",
            waited_s=None if self._since is None else input_.at - self._since,
            standings=tuple(engine.standings(self._contact_id)) if asks else (),
            origin=input_.wall - input_.at,
            **facts,
        )


def _words(event: acd.Event | None) -> str:
    """An input in short."""
    if event is None:
        return "time had come"
    who = getattr(event, "agent_id", "") or getattr(event, "contact_id", "")
    return f"{type(event).__name__} {who}".rstrip()
