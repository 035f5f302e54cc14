"""The hours of a calendar in words, as callers are told them (WZ-T18)."""

from collections.abc import Callable, Mapping

from callcenter.settings.calendars import CalendarSettings, DayKind, Span


def hours(settings: CalendarSettings, language: str) -> str:
    """The working hours; what `spoken` says, else made from the bands of workdays and weekends."""
    if language == "zh":
        return settings.spoken.get("zh") or _worded(settings, _ZH)
    return settings.spoken.get("en") or _worded(settings, _EN)


def variables(settings: CalendarSettings) -> dict[str, str]:
    """What flows may say: `hours_en` and `hours_zh`."""
    return {f"hours_{language}": hours(settings, language) for language in ("en", "zh")}


class _Words:
    """How one language says it."""

    def __init__(
        self,
        days: Mapping[DayKind, str],
        span: Callable[[Span], str],
        join: tuple[str, str],
        never: str,
    ) -> None:
        self.days = days
        self.span = span
        self.between_spans, self.between_days = join
        self.never = never


def _worded(settings: CalendarSettings, words: _Words) -> str:
    parts = [
        told.format(words.between_spans.join(map(words.span, settings.rules(kind).work)))
        for kind, told in words.days.items()
        if settings.rules(kind).work
    ]
    return words.between_days.join(parts) or words.never


def _span_en(span: Span) -> str:
    return f"from {_clock_en(span.since)} to {_clock_en(span.until)}"


def _clock_en(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    if minutes in (0, 24 * 60):
        return "midnight"
    if minutes == 12 * 60:
        return "noon"
    half = "a.m." if hour < 12 else "p.m."
    told = f"{(hour - 1) % 12 + 1}" + (f":{minute:02}" if minute else "")
    return f"{told} {half}"


def _span_zh(span: Span) -> str:
    return f"{_clock_zh(span.since)}到{_clock_zh(span.until)}"


def _clock_zh(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return f"{hour}点" + ("半" if minute == 30 else f"{minute}分" if minute else "")


_EN = _Words(
    {
        "workday": "on working days {}",
        "weekend": "at weekends {}",
        "holiday": "on public holidays {}",
    },
    _span_en,
    (" and ", ", "),
    "at no fixed hours",
)
_ZH = _Words(
    {"workday": "工作日{}", "weekend": "周末{}", "holiday": "节假日{}"},
    _span_zh,
    ("、", "，"),
    "暂无固定服务时间",
)
