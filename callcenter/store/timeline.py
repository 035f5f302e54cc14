"""Who held a caller when: the segments of one call, in milliseconds since its start.

At any moment at most one of flow, queue and agent holds the caller; an agent outranks the queue,
the queue outranks a flow that has not ended. Their segments (ivr, wait, talk) therefore never
overlap, and between answer and end they leave no gap: a handover shorter than `HANDOVER_MS` counts
for the one who handed over, a longer time in nobody's hand is an ivr segment without a flow. Ring
segments lie beside wait, wrap-up segments beside anything and after the end.
"""

from typing import Literal, TypeAlias

from lean import dataclass

HANDOVER_MS = 100

Kind: TypeAlias = Literal["ivr", "wait", "ring", "talk", "wrap_up"]
_HOLDERS: tuple[Kind, ...] = ("talk", "wait", "ivr")


@dataclass(frozen=True, slots=True)
class Hand:
    """Who holds the caller, or whose phone rings; what does not apply stays None."""

    queue: str | None = None
    agent_id: str | None = None
    seat_no: str | None = None
    flow: str | None = None
    number: str | None = None
    """Of whom no queue found; not kept."""

    @property
    def name(self) -> str | None:
        """What tells it from others of its kind: the flow, the number, the agent or the queue."""
        return self.flow or self.number or self.agent_id or self.queue


_NOBODY = Hand()


@dataclass(slots=True)
class Segment:
    """A segment in the making."""

    n: int
    kind: Kind
    hand: Hand
    started: int
    ended: int = 0
    outcome: str = ""


class Timeline:
    """Claims of flow, queue and agent on one caller, made into segments.

    Times never go back: the caller of these methods sees to it.
    """

    def __init__(self) -> None:
        self.answered: int | None = None
        self._claims: dict[Kind, Hand] = {}
        self._current: Segment | None = None
        self._previous: Segment | None = None
        """The last holder's segment; a short handover may still lengthen it."""
        self._closed: list[Segment] = []
        self._n = 0

    def open(self, kind: Kind, hand: Hand, ms: int) -> Segment:
        """Begins and numbers a segment; the caller of ring and wrap-up closes it with `keep`."""
        self._n += 1
        return Segment(self._n, kind, hand, ms)

    def keep(self, segment: Segment, ms: int, outcome: str) -> None:
        """Ends a segment."""
        segment.ended, segment.outcome = ms, outcome
        self._closed.append(segment)

    def claim(self, kind: Kind, hand: Hand, ms: int) -> None:
        """`hand` wants the caller from now on, until `release` or a later claim of this kind."""
        outcome = "handed_on"
        if kind == "talk" and self._claims.pop("wait", None) is not None:
            outcome = "answered"
        self._claims[kind] = hand
        self._settle(ms, outcome)

    def release(self, kind: Kind, name: str, ms: int, outcome: str) -> None:
        """The flow, queue or agent `name` lets go; nothing happens when it held no claim."""
        hand = self._claims.get(kind)
        if hand is not None and hand.name == name:
            del self._claims[kind]
            self._settle(ms, outcome)

    def finish(self, ms: int, cause: str) -> None:
        """The call is over: ends what still runs."""
        self._claims.clear()
        self._settle(ms, cause)
        edge = self._bridge(ms, cause)
        if edge < ms:
            self.keep(self.open("ivr", _NOBODY, edge), ms, cause)

    def settled(self) -> int:
        """How many closed segments wait to be taken."""
        return len(self._closed)

    def take(self, *, over: bool) -> list[Segment]:
        """The closed segments since the last call; before the end without the newest holder's."""
        taken = self._closed
        self._closed = []
        if not over and self._previous in taken:
            taken.remove(self._previous)
            self._closed.append(self._previous)
        return taken

    def _settle(self, ms: int, outcome: str) -> None:
        """Makes the strongest claim the current segment."""
        kind = next((kind for kind in _HOLDERS if kind in self._claims), None)
        hand = None if kind is None else self._claims[kind]
        current = self._current
        if current is not None:
            if hand is current.hand:
                return
            self.keep(current, ms, outcome)
            self._previous, self._current = current, None
        if kind is not None and hand is not None:
            self._current = self.open(kind, hand, self._bridge(ms, "handed_on"))

    def _bridge(self, ms: int, outcome: str) -> int:
        """Fills the time since the last holder let go; returns where the next segment begins."""
        if self.answered is None:
            return ms
        previous = self._previous
        edge = self.answered if previous is None else max(self.answered, previous.ended)
        if ms - edge >= HANDOVER_MS:
            self.keep(self.open("ivr", _NOBODY, edge), ms, outcome)
            return ms
        if previous is not None and previous.ended == edge:
            previous.ended = ms
            return ms
        return edge
