"""The hours in words."""

from typing import Any

import pytest

from callcenter.calendars.wording import hours, variables
from callcenter.settings.calendars import CalendarSettings


def settings(**given: Any) -> CalendarSettings:
    return CalendarSettings.model_validate({"name": "office", **given})


@pytest.mark.parametrize(
    ("given", "en", "zh"),
    [
        ({}, "on working days from 9 a.m. to 6 p.m.", "工作日9点到18点"),
        (
            {
                "workday": {"work": ["08:30-12:00", "13:45-24:00"]},
                "weekend_day": {"work": ["10:00-12:05"]},
            },
            "on working days from 8:30 a.m. to noon and from 1:45 p.m. to midnight, "
            "at weekends from 10 a.m. to 12:05 p.m.",
            "工作日8点半到12点、13点45分到24点，周末10点到12点5分",
        ),
        ({"workday": {}}, "at no fixed hours", "暂无固定服务时间"),
        ({"spoken": {"en": "day and night"}}, "day and night", "工作日9点到18点"),
    ],
)
def test_hours_in_words(given: dict[str, Any], en: str, zh: str) -> None:
    office = settings(**given)
    assert (hours(office, "en"), hours(office, "zh")) == (en, zh)
    assert variables(office) == {"hours_en": en, "hours_zh": zh}
