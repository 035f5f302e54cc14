"""Quarters, hours and days, also where the clock is put forward and back."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from callcenter.statistics.intervals import UNITS, Unit, intervals, start_of

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "unit", "start"),
    [
        ("2026-03-01T12:34:56", "15min", "2026-03-01T12:30"),
        ("2026-03-01T12:34:56", "hour", "2026-03-01T12:00"),
        ("2026-03-01T12:34:56", "day", "2026-02-28T23:00"),
        ("2026-03-29T12:00:00", "day", "2026-03-28T23:00"),  # the day that lacks an hour
        ("2026-10-25T12:00:00", "day", "2026-10-24T22:00"),
        ("2026-10-25T01:10:00", "hour", "2026-10-25T01:00"),  # the hour that comes twice
        ("2026-10-25T00:10:00", "hour", "2026-10-25T00:00"),
    ],
)
def test_an_interval_begins_by_the_local_clock(at: str, unit: Unit, start: str) -> None:
    assert start_of(utc(at), unit, BERLIN) == utc(start)


def test_zones_of_half_hours_have_hours_of_their_own() -> None:
    assert start_of(utc("2026-03-01T12:34"), "hour", KOLKATA) == utc("2026-03-01T12:30")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("day", ["2026-03-01", "2026-03-29", "2026-10-25"])
def test_intervals_follow_one_another_without_gap(unit: Unit, day: str) -> None:
    since, until = utc(f"{day}T00:07"), utc(f"{day}T23:50")
    starts = list(intervals(since, until, unit, BERLIN))
    assert starts[0] <= since
    assert starts[-1] < until
    if unit == "total":
        assert starts == [since]
        return
    for first, second in pairwise(starts):
        assert first < second
        assert start_of(second, unit, BERLIN) == second
        for moment in (first, first + (second - first) / 2):
            assert start_of(moment, unit, BERLIN) == first
