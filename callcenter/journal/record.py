"""The lines of a journal: JSON, one a line.

The head: `{"journal": 1, "position": N, "at": MONOTONIC, "wall": UNIX, "state": {…}}`; N is the
number of inputs of the process before it, `at` and `wall` are one moment on both clocks.

Then for each input `[AT, KIND, PARAMS, DECISIONS, DRAWS]`, empty lists at the end left out. KIND is
an event of `acd.events`, `PARAMS` its fields that are not as by default; or KIND is empty, and time
alone had come. Decisions:

    ["offer", OFFER_ID, CONTACT, AGENT, QUEUE, RANK, [NEXT, …]]
    ["withdraw", OFFER_ID, CAUSE]
    ["overflow", CONTACT, QUEUE, CAUSE]
    ["step", CONTACT, NUMBER]

RANK is the winner's place among the idle, NEXT who would have been asked next (`acd.Runners`).
DRAWS are the numbers that chance gave.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, TypeAlias, get_args

from pydantic import TypeAdapter, ValidationError

import acd
from callcenter.journal.errors import JournalError
from lean import dataclass

VERSION = 1
RUNNERS = 5
"""How many of those next in line are noted."""

Decision: TypeAlias = list[Any]

_encode = json.JSONEncoder(separators=(",", ":")).encode
_KINDS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(acd.Event)}


@dataclass(frozen=True, slots=True)
class Noted:
    """An input as the loop keeps it: formatting is left to the writer."""

    at: float
    event: acd.Event | None
    commands: Sequence[acd.Command]
    runners: Mapping[int, acd.Runners] = field(default_factory=dict)
    """By offer."""
    draws: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What a segment begins with."""

    position: int
    at: float
    wall: float
    state: Mapping[str, Any]

    def wall_of(self, at: float) -> float:
        """UNIX time of a monotonic moment of this segment."""
        return self.wall + at - self.at


@dataclass(frozen=True, slots=True)
class Input:
    """An input as it was read."""

    at: float
    event: acd.Event | None
    decisions: Sequence[Decision]
    draws: Sequence[float]


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    found = _ADAPTERS.get(kind)
    if found is None:
        found = _ADAPTERS[kind] = TypeAdapter(kind)
    return found


def head_line(head: Head) -> bytes:
    """The first line of a segment."""
    fields = {"position": head.position, "at": head.at, "wall": head.wall, "state": head.state}
    return _encode({"journal": VERSION, **fields}).encode() + b"\n"


def read_head(line: bytes) -> Head:
    """`JournalError` for what is none, or not of this version."""
    found = _json(line)
    if not (isinstance(found, dict) and found.get("journal") == VERSION):
        raise JournalError("it is no journal of this version")
    try:
        return Head(*(found[key] for key in ("position", "at", "wall", "state")))
    except KeyError as error:
        raise JournalError(f"its head lacks {error}") from None


def input_line(noted: Noted) -> bytes:
    """The line of one input."""
    event = noted.event
    kind, params = "", b"{}"
    if event is not None:
        kind = type(event).__name__
        params = _adapter(type(event)).dump_json(event, exclude_defaults=True)
    parts = [repr(noted.at).encode(), b'"%s"' % kind.encode(), params]
    decisions = decided(noted.commands, noted.runners)
    if decisions or noted.draws:
        parts.append(_encode(decisions).encode())
    if noted.draws:
        parts.append(_encode(list(noted.draws)).encode())
    return b"[" + b",".join(parts) + b"]\n"


def read_input(line: bytes) -> Input:
    """`JournalError` for what is none."""
    row = _json(line)
    if not (isinstance(row, list) and 3 <= len(row) <= 5):
        raise JournalError("a line is no input")
    at, name, params, decisions, draws = [*row, [], []][:5] if len(row) < 5 else row
    event = None
    if name:
        kind = _KINDS.get(name)
        if kind is None:
            raise JournalError(f"there is no input {name!r}")
        try:
            event = _adapter(kind).validate_python(params)
        except ValidationError as error:
            raise JournalError(f"{name}: {error.errors()[0]['msg']}") from None
    return Input(at, event, decisions, draws)


def decided(
    commands: Sequence[acd.Command], runners: Mapping[int, acd.Runners] | None = None
) -> list[Decision]:
    """What is noted of the engine's answer; an agent's state follows from the rest."""
    found = []
    for command in commands:
        match command:
            case acd.Offer(offer_id, contact_id, agent_id, queue, _):
                decision: Decision = ["offer", offer_id, contact_id, agent_id, queue]
                if runners and (around := runners.get(offer_id)) is not None:
                    decision += [around.rank, list(around.next)]
                found.append(decision)
            case acd.Withdraw(offer_id, _, _, cause):
                found.append(["withdraw", offer_id, cause])
            case acd.Overflow(contact_id, queue, cause):
                found.append(["overflow", contact_id, queue, cause])
            case acd.StepTaken(contact_id, _, step):
                found.append(["step", contact_id, step])
            case _:
                pass
    return found


def _json(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise JournalError("a line is no JSON") from None
