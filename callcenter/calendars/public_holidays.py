"""Public holidays of countries, with the days worked instead of them."""

from datetime import date
from functools import cache
from typing import Any


def is_known(country: str) -> bool:
    """Whether the country's holidays are known (ISO 3166-1 alpha-2)."""
    import holidays

    return country in holidays.list_supported_countries()


@cache
def _of(country: str) -> Any:
    import holidays

    return holidays.country_holidays(country)


def holiday(country: str, day: date) -> bool:
    """Whether the day is a public holiday there."""
    return day in _of(country)


def worked_instead(country: str, day: date) -> bool:
    """Whether a day of the weekend is worked there for a holiday on another day.

    Governments announce these a few months before the year begins: before, the library cannot
    know, and what it does not know is not worked.
    """
    calendar = _of(country)
    _ = day in calendar  # which makes it look the year up
    return day in calendar.weekend_workdays
