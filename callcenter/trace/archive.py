"""Finds calls and their messages in the files of a capture, also while they are being written."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callcenter.trace.index import Fact, facts
from callcenter.trace.record import Captured, records
from callcenter.trace.segments import segments

BEFORE_S = 5.0
"""A caller's INVITE comes before the call is known as one: it may wait for digest."""
SHORTEST_NUMBER = 3


class NotFoundError(Exception):
    """No call is known by that name; the text says so."""


@dataclass(slots=True)
class CapturedCall:
    """A call, or a bare SIP dialog that became none (then `call_id` is empty)."""

    call_id: str
    facts: list[Fact] = field(default_factory=list)
    parties: dict[str, str] = field(default_factory=dict)
    """SIP Call-ID → who is at the other end."""

    def first(self, event: str) -> Fact:
        """The first event of that name; empty where there is none."""
        return next((fact for fact in self.facts if fact["event"] == event), {})

    @property
    def began(self) -> float:
        """Wall time."""
        return float(self.facts[0]["at"]) if self.facts else 0.0

    @property
    def ended(self) -> bool:
        """Whether its end is known."""
        return bool(self.first("CallEnded"))

    def numbers(self) -> tuple[str, str]:
        """Calling and called number."""
        start = self.first("CallStarted")
        return str(start.get("ani", "")), str(start.get("dnis", ""))


class Archive:
    """The capture in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def calls(self, mentioning: str = "") -> list[CapturedCall]:
        """Calls in the order of time; only those that have `mentioning` in one of their events."""
        found: dict[str, CapturedCall] = {}
        wanted = None
        if mentioning:
            wanted = {fact["call_id"] for fact in self._facts(_quoted(mentioning))}
        for fact in self._facts(b""):
            call_id = fact["call_id"]
            if wanted is None or call_id in wanted:
                call = found.setdefault(call_id, CapturedCall(call_id))
                call.facts.append(fact)
                if fact["event"] == "LegOpened":
                    call.parties[fact["sip_call_id"]] = fact["party"]
        return list(found.values())

    def find(self, name: str) -> CapturedCall:
        """The call meant by our call id (or its beginning), a SIP Call-ID, or a number.

        Of several with a number the newest. `last` is the newest of all. `NotFoundError`.
        """
        calls = self.calls("" if name == "last" else name)
        if name == "last" and calls:
            return calls[-1]
        for means in _MEANINGS:
            if meant := [call for call in calls if means(call, name)]:
                return meant[-1]
        if name != "last" and any(self.messages([name])):
            return CapturedCall("", parties={name: ""})
        raise NotFoundError(name)

    def messages(self, sip_call_ids: Iterable[str], began: float = 0.0) -> Iterator[Captured]:
        """The messages with one of those Call-IDs, in order; `began` spares older segments."""
        wanted = {each for each in sip_call_ids if each}
        needles = [each.encode("utf-8", "surrogateescape") for each in wanted]
        for segment in segments(self._folder):
            if segment.last_written() < began - BEFORE_S:
                continue
            content = _content(segment.path)
            if any(needle in content for needle in needles):
                for _, message in records(content):
                    if message.sip_call_id in wanted:
                        yield message

    def of(self, call: CapturedCall) -> list[Captured]:
        """All messages of a call."""
        return list(self.messages(call.parties, call.began))

    def everything(self, since: float = 0.0) -> Iterator[Captured]:
        """All messages of segments that were written to after `since`."""
        for segment in segments(self._folder):
            if segment.last_written() >= since:
                for _, message in records(_content(segment.path)):
                    yield message

    def _facts(self, mentioning: bytes) -> Iterator[Fact]:
        for segment in segments(self._folder):
            yield from facts(_content(segment.calls), mentioning)


class Tail:
    """What was appended to a capture since the last look."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets = {each.path: each.path.stat().st_size for each in segments(folder)}

    def new(self) -> Iterator[Captured]:
        """The messages that came since."""
        for segment in segments(self._folder):
            offset = self._offsets.get(segment.path, 0)
            for end, message in records(_content(segment.path, offset)):
                self._offsets[segment.path] = offset + end
                yield message


def _is_id(call: CapturedCall, name: str) -> bool:
    return call.call_id == name


def _begins_id(call: CapturedCall, name: str) -> bool:
    return call.call_id.startswith(name) and len(name) > len("20260101-")


def _has_leg(call: CapturedCall, name: str) -> bool:
    return name in call.parties


def _has_number(call: CapturedCall, name: str) -> bool:
    return has_number(call.numbers(), name)


_MEANINGS: Sequence[Callable[[CapturedCall, str], bool]] = (
    _is_id,
    _has_leg,
    _begins_id,
    _has_number,
)


def has_number(numbers: Iterable[str], number: str) -> bool:
    """Whether one of the numbers is, or ends in, these digits."""
    wanted = number.lstrip("+")
    if len(wanted) < SHORTEST_NUMBER:
        return False
    return any(each.endswith(wanted) for each in numbers)


def _quoted(text: str) -> bytes:
    """As it stands in a line of JSON."""
    return json.dumps(text.lstrip("+"))[1:-1].encode()


def _content(path: Path, offset: int = 0) -> bytes:
    """The file's bytes from there on; none where it has just given way."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read()
    except FileNotFoundError:
        return b""
