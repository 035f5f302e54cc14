"""Quarters of an hour, hours and days of a time zone, in which figures are told."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal, TypeAlias, get_args

Unit: TypeAlias = Literal["15min", "hour", "day", "total"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)


def _quarter(local: datetime) -> datetime:
    return local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0)


def _hour(local: datetime) -> datetime:
    return local.replace(minute=0, second=0, microsecond=0)


def _day(local: datetime) -> datetime:
    # fold: a day begins once, also where its first hour comes twice.
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


_FLOORS: Final[Mapping[str, Callable[[datetime], datetime]]] = {
    "15min": _quarter,
    "hour": _hour,
    "day": _day,
}
_LONGEST: Final = {"15min": 15 * 60, "hour": 3600, "day": 25 * 3600}


def start_of(at: datetime, unit: Unit, zone: tzinfo) -> datetime:
    """When the interval of that moment began, in UTC; a whole day's length is the zone's affair."""
    return _FLOORS[unit](at.astimezone(zone)).astimezone(UTC)


def intervals(since: datetime, until: datetime, unit: Unit, zone: tzinfo) -> Iterator[datetime]:
    """The beginnings of the intervals that meet `since` ≤ t < `until`; `total` is one alone."""
    if unit == "total":
        yield since
        return
    start = start_of(since, unit, zone)
    while start < until:
        yield start
        start = start_of(start + timedelta(seconds=_LONGEST[unit] + 60), unit, zone)
