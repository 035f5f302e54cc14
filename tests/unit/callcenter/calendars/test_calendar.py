"""What a moment is: the kind of its day, its band, and until when (WZ-T18, HL-3, A-14)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from callcenter.calendars.calendar import Calendar
from callcenter.settings.calendars import CalendarSettings

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = {"work": ["09:00-12:00", "13:30-18:00"], "break": ["12:00-13:30"]}


def calendar(**settings: Any) -> Calendar:
    return Calendar(CalendarSettings.model_validate({"name": "office", **settings}))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "kind", "band", "until"),
    [
        ("2026-11-27T08:59:59", "workday", "off", "2026-11-27T09:00"),
        ("2026-11-27T09:00", "workday", "work", "2026-11-27T12:00"),
        ("2026-11-27T12:00", "workday", "break", "2026-11-27T13:30"),
        ("2026-11-27T17:59:59", "workday", "work", "2026-11-27T18:00"),
        ("2026-11-27T18:00", "workday", "off", "2026-11-30T09:00"),  # Friday to Monday
        ("2026-11-28T10:00", "weekend", "off", "2026-11-30T09:00"),
        ("2026-10-01T10:00", "holiday", "off", "2026-10-08T09:00"),  # National Day
        ("2026-10-10T10:00", "special_workday", "work", "2026-10-10T12:00"),  # a Saturday, worked
        ("2026-12-24T10:00", "holiday", "off", "2026-12-25T09:00"),  # ours
        ("2026-12-26T10:00", "special_workday", "work", "2026-12-26T12:00"),  # ours, a Saturday
    ],
)
def test_kinds_and_bands(moment: str, kind: str, band: str, until: str) -> None:
    office = calendar(
        holidays="CN",
        workday=HOURS,
        special_holidays=["2026-12-24"],
        special_workdays=["2026-12-26"],
    )
    found = office.at(at(moment))
    assert (found.kind, found.band) == (kind, band)
    assert found.until == at(until).astimezone(UTC)


def test_each_kind_has_bands_of_its_own() -> None:
    hotline = calendar(
        workday={"work": ["00:00-24:00"]},
        weekend_day={"break": ["00:00-24:00"]},
        holiday={"work": ["10:00-12:00"]},
        special_workday={"work": ["08:00-09:00"]},
        special_holidays=["2026-11-25"],
        special_workdays=["2026-11-29"],
    )
    assert hotline.at(at("2026-11-27T23:59:59")).band == "work"
    assert hotline.at(at("2026-11-28T03:00")).band == "break"
    assert hotline.at(at("2026-11-25T09:00")).band == "off"
    assert hotline.at(at("2026-11-25T10:00")).band == "work"
    assert hotline.at(at("2026-11-29T08:00")).band == "work"
    assert hotline.at(at("2026-11-29T09:00")).band == "off"


def test_an_override_goes_before_everything() -> None:
    office = calendar(
        workday=HOURS,
        overrides=[
            {"from": "2026-11-27T15:00", "until": "2026-11-27T19:00"},
            {"from": "2026-11-28T10:00", "until": "2026-11-28T11:00", "band": "work"},
        ],
    )
    found = office.at(at("2026-11-27T14:00"))
    assert (found.band, found.until) == ("work", at("2026-11-27T15:00"))
    found = office.at(at("2026-11-27T18:30"))
    assert (found.band, found.until) == ("off", at("2026-11-28T10:00"))
    assert office.at(at("2026-11-28T10:59")).band == "work"


def test_hours_go_by_the_clock_on_the_wall_where_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    office = calendar(time_zone="Europe/Berlin", weekend=[], workday={"work": ["01:00-05:00"]})
    # 29 March 2026: from 2:00 to 3:00 in one step; 25 October: 2:00 to 3:00 twice.
    spring = office.at(at("2026-03-29T01:30", berlin))
    assert spring.until == datetime(2026, 3, 29, 3, tzinfo=UTC)
    autumn = office.at(at("2026-10-25T01:30", berlin))
    assert autumn.until == datetime(2026, 10, 25, 4, tzinfo=UTC)


def test_a_band_without_end_has_none() -> None:
    always = calendar(weekend=[], workday={"work": ["00:00-24:00"]})
    assert always.at(at("2026-11-27T10:00")).until is None


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_chinese_holidays_as_another_library_knows_them(year: int) -> None:
    office = calendar(holidays="CN")
    day = date(year, 1, 1)
    while day.year == year:
        worked = office.kind(day) in ("workday", "special_workday")
        assert worked == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"time_zone": "Mars/Olympus"}, "is no time zone"),
        ({"holidays": "XX"}, "are not known"),
        ({"workday": {"work": ["9-17"]}}, "must be text like"),
        ({"workday": {"work": ["17:00-09:00"]}}, "is no part of a day"),
        ({"workday": {"work": ["09:00-25:00"]}}, "is no part of a day"),
        ({"workday": {"work": ["09:00-12:00"], "break": ["11:00-13:00"]}}, "begins before"),
        ({"special_holidays": ["2026-13-01"]}, "must be a date"),
        ({"special_holidays": [20261001]}, "must be a date"),
        ({"overrides": [{"from": "2026-01-02T00:00", "until": "2026-01-01T00:00"}]}, "later"),
        ({"overrides": [{"from": "x", "until": "y"}]}, "must be a local time"),
        ({"overrides": [{"from": "2026-01-01T00:00Z", "until": "2026-01-02T00:00"}]}, "zone"),
    ],
)
def test_mistakes_are_named(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        calendar(**settings)
