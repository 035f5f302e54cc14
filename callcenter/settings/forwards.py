"""Seats whose calls go on to other seats: none may come back to where it was."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from callcenter.settings.problems import Fault
from callcenter.settings.site import TARGET_KEYS, Draft, understood


class _Forward(NamedTuple):
    key: str
    to: str


def circles(draft: Draft) -> Iterator[Fault]:
    """Each circle of forwards once, at the first of its seats."""
    forwards = _forwards(draft)
    told: set[frozenset[str]] = set()
    for path, seat in understood(draft.seat):
        for forward in forwards[seat.seat_no]:
            way = _way(forward.to, seat.seat_no, forwards)
            if way is None or frozenset(way) in told:
                continue
            told.add(frozenset(way))
            reason = "forwards to itself"
            if len(way) > 1:
                reason = f"comes back to the seat: {' → '.join((seat.seat_no, *way))}"
            yield Fault((*path, forward.key), reason)


def _forwards(draft: Draft) -> dict[str, list[_Forward]]:
    """Which seats each seat's calls may go on to; what `forward_always` hides does not count."""
    extensions = {seat.seat_no: seat.seat_no for _, seat in understood(draft.seat)}
    for _, number in understood(draft.number):
        if number.extension is not None:
            extensions[number.dnis] = number.extension
    found = {}
    for _, seat in understood(draft.seat):
        keys = ("forward_always",) if seat.forward_always is not None else TARGET_KEYS["seat"]
        found[seat.seat_no] = [
            _Forward(key, extensions[to])
            for key in keys
            if isinstance(to := getattr(seat, key), str) and to in extensions
        ]
    return found


def _way(start: str, end: str, forwards: dict[str, list[_Forward]]) -> list[str] | None:
    """The shortest way along forwards, both ends included; None where there is none."""
    before: dict[str, str] = {start: ""}
    waiting = deque([start])
    while waiting:
        seat = waiting.popleft()
        if seat == end:
            way = [seat]
            while before[way[0]]:
                way.insert(0, before[way[0]])
            return way
        for forward in forwards.get(seat, ()):
            if forward.to not in before:
                before[forward.to] = seat
                waiting.append(forward.to)
    return None
