"""What outside calls cost: how many a seat has, and how long it and each trunk have talked today.

Pure: wall-clock times are passed in. A day begins at midnight of the time given (UTC, as all
records are kept); a call that runs over midnight counts in each day for its part in it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal, TypeAlias

from callcenter.settings import PbxSettings, SeatSettings

TollRefusal: TypeAlias = Literal["too many outside calls", "outside minutes used up"]


@dataclass(slots=True, eq=False)
class TollCall:
    """An outside call under way."""

    seat_no: str
    """Whose limits it counts against; empty for one that the site itself forwards."""
    trunk: str = ""
    """What it goes over, once it is answered."""
    answered: datetime | None = None
    """When charging began."""


class Toll:
    """The limits, and what is used of them."""

    def __init__(
        self,
        settings: PbxSettings,
        seats: Iterable[SeatSettings],
        trunk_minutes: Mapping[str, int],
    ) -> None:
        """`trunk_minutes`: a day's budget of those trunks that have one."""
        self._default_calls = settings.outside_calls
        self._default_minutes = settings.outside_minutes
        self._seats = {seat.seat_no: seat for seat in seats}
        self._trunk_minutes = trunk_minutes
        self._live: list[TollCall] = []
        self._day = date.min
        self._seat_seconds: Counter[str] = Counter()
        self._trunk_seconds: Counter[str] = Counter()

    def restore(self, day: date, used: Iterable[tuple[str, str, float]]) -> None:
        """What was used of `day` before the service started: seat, trunk, seconds."""
        self._day = day
        for seat_no, trunk, seconds in used:
            self._seat_seconds[seat_no] += round(seconds)
            self._trunk_seconds[trunk] += round(seconds)

    def refusal(self, seat_no: str, now: datetime) -> TollRefusal | None:
        """Why the seat may not call out now; None where it may."""
        if seat_no and self.calls(seat_no) >= self._calls_allowed(seat_no):
            return "too many outside calls"
        allowed = self._minutes_allowed(seat_no)
        if allowed is not None and self._used("seat_no", seat_no, now) >= allowed * 60:
            return "outside minutes used up"
        return None

    def spent_trunks(self, now: datetime) -> frozenset[str]:
        """Trunks that no call may go out over any more today."""
        return frozenset(
            trunk
            for trunk, minutes in self._trunk_minutes.items()
            if self._used("trunk", trunk, now) >= minutes * 60
        )

    def begin(self, seat_no: str) -> TollCall:
        """A call is being made; `end` it whatever becomes of it."""
        call = TollCall(seat_no)
        self._live.append(call)
        return call

    def end(self, call: TollCall, now: datetime) -> None:
        """The call is over; harmless when repeated."""
        if call not in self._live:
            return
        self._roll(now)
        self._live.remove(call)
        seconds = _seconds_today(call, now)
        self._seat_seconds[call.seat_no] += seconds
        self._trunk_seconds[call.trunk] += seconds

    def remaining(self, call: TollCall, now: datetime) -> float | None:
        """Seconds that the call may go on; None for any number of them."""
        left: list[float] = []
        allowed = self._minutes_allowed(call.seat_no)
        if allowed is not None:
            left.append(allowed * 60 - self._used("seat_no", call.seat_no, now))
        budget = self._trunk_minutes.get(call.trunk)
        if budget is not None:
            left.append(budget * 60 - self._used("trunk", call.trunk, now))
        return max(0.0, min(left)) if left else None

    def calls(self, seat_no: str) -> int:
        """Outside calls that the seat has now."""
        return sum(call.seat_no == seat_no for call in self._live)

    def _calls_allowed(self, seat_no: str) -> int:
        seat = self._seats.get(seat_no)
        return (seat.outside_calls if seat is not None else None) or self._default_calls

    def _minutes_allowed(self, seat_no: str) -> int | None:
        if not seat_no:
            return None
        seat = self._seats.get(seat_no)
        return (seat.outside_minutes if seat is not None else None) or self._default_minutes

    def _used(self, field: Literal["seat_no", "trunk"], key: str, now: datetime) -> float:
        self._roll(now)
        kept = self._seat_seconds if field == "seat_no" else self._trunk_seconds
        live = (call for call in self._live if getattr(call, field) == key)
        return kept[key] + sum(_seconds_today(call, now) for call in live)

    def _roll(self, now: datetime) -> None:
        if now.date() > self._day:
            self._day = now.date()
            self._seat_seconds.clear()
            self._trunk_seconds.clear()


def _seconds_today(call: TollCall, now: datetime) -> int:
    if call.answered is None:
        return 0
    midnight = datetime.combine(now.date(), time.min, now.tzinfo)
    return max(0, round((now - max(call.answered, midnight)).total_seconds()))
