"""A call as rows between columns: who said what to whom when, and what happened meanwhile."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from callcenter.trace.archive import CapturedCall
from callcenter.trace.facts import fact_text
from callcenter.trace.index import Fact
from callcenter.trace.record import Captured
from callcenter.trace.wire import Told, tell

OURSELVES = "callcenter"

Kind: TypeAlias = Literal["message", "event"]


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message between two columns."""

    at: float
    """Wall time."""
    source: int
    target: int
    """Columns, from 0."""
    told: Told
    repeated: bool
    """The very same message went that way before: a retransmission."""
    message: Captured


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened in the call, or to its voice."""

    at: float
    text: str
    fact: Fact


Row: TypeAlias = Arrow | Note


@dataclass(frozen=True, slots=True)
class Ladder:
    """The columns, left to right (first line: who; second: where), and the rows in order."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Row]

    @property
    def began(self) -> float:
        """Wall time of the first row."""
        return self.rows[0].at if self.rows else 0.0


def ladder_of(call: CapturedCall, messages: Iterable[Captured]) -> Ladder:
    """Puts a call's messages and events in order; the caller stands on the left, we beside them."""
    messages = sorted(messages, key=lambda message: message.at)
    columns = _columns(call, messages)
    place = {column: number for number, column in enumerate(columns)}
    here = place[(OURSELVES, "")]
    seen: set[tuple[bool, str, bytes]] = set()
    rows: list[Row] = []
    for message in messages:
        there = place[_column(call, message)]
        identity = (message.sent, message.remote, message.data)
        source, target = (here, there) if message.sent else (there, here)
        rows.append(
            Arrow(message.at, source, target, tell(message.data), identity in seen, message)
        )
        seen.add(identity)
    rows += [
        Note(fact["at"], text, fact)
        for fact in call.facts
        if (text := fact_text(fact, call.parties))
    ]
    rows.sort(key=lambda row: row.at)
    return Ladder(columns, rows)


def _columns(call: CapturedCall, messages: Sequence[Captured]) -> list[tuple[str, str]]:
    found = list(dict.fromkeys(_column(call, message) for message in messages))
    starts_here = bool(messages) and messages[0].sent
    found.insert(0 if starts_here or not found else 1, (OURSELVES, ""))
    return found


def _column(call: CapturedCall, message: Captured) -> tuple[str, str]:
    """Who the other end is; one party's repeated sessions from one address share a column."""
    return call.parties.get(message.sip_call_id, ""), message.remote
