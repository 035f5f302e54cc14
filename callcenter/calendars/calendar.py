"""What a moment is by a calendar: the kind of its day, its band, and until when. Pure.

A date's kind, the first that holds (A-14): special workday, holiday, weekend day, workday.
Bands are local wall-clock time: where clocks are set forward or back, a band begins and ends by
the clock on the wall.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callcenter.calendars import public_holidays
from callcenter.settings.calendars import Band, CalendarSettings, DayKind, Span

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_AHEAD = timedelta(days=400)
"""How far the next change is looked for."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment by a calendar."""

    kind: DayKind
    band: Band
    until: datetime | None
    """When the band ends (UTC); None: not within more than a year."""


class Calendar:
    """One `[[calendar]]` at work."""

    def __init__(self, settings: CalendarSettings) -> None:
        self.settings = settings
        self._zone = ZoneInfo(settings.time_zone)
        self._weekend = {_WEEKDAYS.index(day) for day in settings.weekend}

    def at(self, now: datetime) -> Moment:
        """`now` with its zone."""
        local = now.astimezone(self._zone).replace(tzinfo=None, fold=0)
        band = self.band(local)
        return Moment(self.kind(local.date()), band, self._change(local, band, now))

    def kind(self, day: date) -> DayKind:
        """Of what kind a date is."""
        settings = self.settings
        country = settings.holidays
        if day in settings.special_workdays:
            return "special_workday"
        if day in settings.special_holidays:
            return "holiday"
        if country is not None:
            if public_holidays.worked_instead(country, day):
                return "special_workday"
            if public_holidays.holiday(country, day):
                return "holiday"
        return "weekend" if day.weekday() in self._weekend else "workday"

    def band(self, local: datetime) -> Band:
        """The band of a local time."""
        for override in self.settings.overrides:
            if override.since <= local < override.until:
                return override.band
        minute = local.hour * 60 + local.minute
        rules = self.settings.rules(self.kind(local.date()))
        if _within(rules.work, minute):
            return "work"
        return "break" if _within(rules.pause, minute) else "off"

    def _change(self, local: datetime, band: Band, now: datetime) -> datetime | None:
        for edge in self._edges(local):
            if edge > local and self.band(edge) != band:
                moment = edge.replace(tzinfo=self._zone).astimezone(UTC)
                if moment > now:
                    return moment
        return None

    def _edges(self, local: datetime) -> Iterator[datetime]:
        """Local times from then on at which something may change, in order."""
        overrides = [edge for each in self.settings.overrides for edge in (each.since, each.until)]
        day = local.date()
        while day - local.date() < _LOOK_AHEAD:
            midnight = datetime.combine(day, time())
            rules = self.settings.rules(self.kind(day))
            minutes = {0}
            for span in (*rules.work, *rules.pause):
                minutes |= {span.since, span.until}
            edges = {midnight + timedelta(minutes=minute) for minute in minutes}
            day += timedelta(days=1)
            edges |= {edge for edge in overrides if edge.date() == midnight.date()}
            yield from sorted(edges)


def _within(spans: tuple[Span, ...], minute: int) -> bool:
    return any(span.since <= minute < span.until for span in spans)
