"""`[[calendar]]`: when the site works, pauses and is closed (WZ-T18, HL-3, A-14)."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from callcenter.settings.models import Table
from callcenter.settings.values import Line, Name

Band: TypeAlias = Literal["work", "break", "off"]
DayKind: TypeAlias = Literal["workday", "weekend", "holiday", "special_workday"]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a day, in minutes since midnight; `until` is not in it, and may be 1440."""

    since: int
    until: int

    def __str__(self) -> str:
        return f"{_clock(self.since)}-{_clock(self.until)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _span(text: object) -> Span:
    if isinstance(text, Span):
        return text
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError('must be text like "09:00-17:30"')
    hour, minute, end_hour, end_minute = map(int, match.groups())
    since, until = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or since >= until or until > _MIDNIGHT:
        raise ValueError(f"'{text}' is no part of a day: it goes from 00:00 to 24:00 at most")
    return Span(since, until)


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{text}' is no time zone, such as Asia/Shanghai") from None
    return text


def _date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError('must be a date like "2026-10-01"') from None


def _moment(value: object) -> datetime:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError('must be a local time like "2026-10-01T12:00"') from None
    if found.tzinfo is not None:
        raise ValueError("must be a local time, without a zone: the calendar has one")
    return found


def _country(text: str) -> str:
    from callcenter.calendars.public_holidays import is_known

    if not is_known(text):
        raise ValueError(f"the public holidays of '{text}' are not known (ISO 3166, such as CN)")
    return text


Spans: TypeAlias = tuple[Annotated[Span, BeforeValidator(_span)], ...]
Dates: TypeAlias = tuple[Annotated[date, BeforeValidator(_date)], ...]


class DaySettings(Table):
    """The bands of one kind of day; what neither names is off."""

    work: Spans = ()
    pause: Annotated[Spans, Field(alias="break")] = ()

    @model_validator(mode="after")
    def _apart(self) -> "DaySettings":
        spans = sorted((*self.work, *self.pause), key=lambda span: span.since)
        for span, following in pairwise(spans):
            if following.since < span.until:
                raise ValueError(f"{following} begins before {span} ends")
        return self


class OverrideSettings(Table):
    """A time that goes by no rule: a works outing, an evening of overtime."""

    since: Annotated[datetime, BeforeValidator(_moment), Field(alias="from")]
    until: Annotated[datetime, BeforeValidator(_moment)]
    band: Band = "off"

    @model_validator(mode="after")
    def _forwards(self) -> "OverrideSettings":
        if self.until <= self.since:
            raise ValueError("until must be later than from")
        return self


_OFFICE = DaySettings(work=(Span(9 * 60, 18 * 60),))
_FREE = DaySettings()


class CalendarSettings(Table):
    """`[[calendar]]`: the kinds of days, and the bands of each."""

    name: Name
    time_zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    holidays: Annotated[str, AfterValidator(_country)] | None = None
    """The country (ISO 3166) whose public holidays are kept, days worked instead included."""
    weekend: tuple[Weekday, ...] = ("sat", "sun")
    workday: DaySettings | None = None
    """None: work from 9 to 18."""
    weekend_day: DaySettings | None = None
    holiday: DaySettings | None = None
    """None: off all day, as for weekends."""
    special_workday: DaySettings | None = None
    """Of days worked although they would be free; None: as a workday."""
    special_holidays: Dates = ()
    """Free days of our own."""
    special_workdays: Dates = ()
    """Days that we work although the rules say otherwise; before all other rules."""
    overrides: tuple[OverrideSettings, ...] = ()
    """Before all rules; of several the first."""
    spoken: dict[Literal["en", "zh"], Line] = Field(default_factory=dict)
    """The hours as callers are told them; what is left out is worded from the bands."""

    def rules(self, kind: DayKind) -> DaySettings:
        """The bands of a kind of days."""
        match kind:
            case "workday":
                return self.workday or _OFFICE
            case "weekend":
                return self.weekend_day or _FREE
            case "holiday":
                return self.holiday or _FREE
            case "special_workday":
                return self.special_workday or self.rules("workday")
