"""What differs between the settings in force and the site file as it is now."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import BaseModel, SecretStr

from callcenter.settings import NumberSettings, Settings
from callcenter.settings.site import ARRAYS, SECTIONS

LIVE_ARRAYS = frozenset({"calendar", "queue", "number", "agent"})
"""Arrays of tables that are taken over whole."""
LIVE_KEYS: Mapping[str, frozenset[str]] = {
    "agent_proto": frozenset({"max_on_break", "busy_reasons", "follow_calls", "keep_requests"}),
    "pbx": frozenset({"ring_timeout", "keypad_timeout", "unreached_tone", "hold_music"}),
}
"""Of the other tables, the keys that are looked up whenever they count."""

HIDDEN = "(secret)"
THERE = "there"


@dataclass(frozen=True, slots=True)
class Difference:
    """One key, or a whole table of an array (then `key` is empty)."""

    table: str
    name: str
    """Of a table in an array."""
    key: str
    before: str | None
    """None: it was not there."""
    after: str | None
    live: bool
    """Whether a reload takes it over; otherwise the daemon has to start anew."""

    def plain(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def differences(old: Settings, new: Settings) -> list[Difference]:
    """All of them, in the order of the reference."""
    return [*_sections(old, new), *_arrays(old, new)]


def taken_over(old: Settings, new: Settings) -> Settings:
    """The settings in force after a reload: the old ones with what is live of the new."""
    parts: dict[str, Any] = {f"{name}s": getattr(new, f"{name}s") for name in LIVE_ARRAYS}
    seats = {seat.seat_no for seat in old.seats}
    parts["numbers"] = tuple(_numbers(old, new, seats))
    for table, keys in LIVE_KEYS.items():
        fresh = {key: getattr(getattr(new, table), key) for key in keys}
        parts[table] = getattr(old, table).model_copy(update=fresh)
    return replace(old, warnings=new.warnings, **parts)


def _numbers(old: Settings, new: Settings, seats: set[str]) -> Iterator[NumberSettings]:
    """The new numbers; one whose extension is there only after a restart stays as it was."""
    before = {number.dnis: number for number in old.numbers}
    for number in new.numbers:
        if number.extension is None or number.extension in seats:
            yield number
        elif number.dnis in before:
            yield before[number.dnis]


def _sections(old: Settings, new: Settings) -> Iterator[Difference]:
    for table in SECTIONS:
        live = LIVE_KEYS.get(table, frozenset[str]())
        for key, before, after in _keys(getattr(old, table), getattr(new, table)):
            yield Difference(table, "", key, before, after, key in live)


def _arrays(old: Settings, new: Settings) -> Iterator[Difference]:
    seats = {seat.seat_no for seat in old.seats}
    for table, (_, identity) in ARRAYS.items():
        before = {getattr(row, identity): row for row in getattr(old, f"{table}s")}
        after = {getattr(row, identity): row for row in getattr(new, f"{table}s")}
        for name in {**before, **after}:
            was, is_now = before.get(name), after.get(name)
            live = table in LIVE_ARRAYS
            if isinstance(is_now, NumberSettings) and is_now.extension is not None:
                live = is_now.extension in seats
            if was is None or is_now is None:
                yield Difference(
                    table, name, "", THERE if was else None, THERE if is_now else None, live
                )
                continue
            for key, old_value, new_value in _keys(was, is_now):
                yield Difference(table, name, key, old_value, new_value, live)


def _keys(old: BaseModel, new: BaseModel) -> Iterator[tuple[str, str | None, str | None]]:
    for name, field in type(new).model_fields.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield field.alias or name, _shown(before), _shown(after)


def _shown(value: object) -> str | None:
    """As text; passwords are never shown."""
    match value:
        case None:
            return None
        case SecretStr():
            return HIDDEN
        case BaseModel():
            return str(value.model_dump(by_alias=True, exclude_defaults=True))
        case tuple():
            return ", ".join(str(_shown(each)) for each in value)
        case _:
            return str(value)
