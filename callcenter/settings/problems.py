"""What is wrong with a site file, in words a person can act on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ivr.problems import did_you_mean

KeyPath: TypeAlias = tuple[str | int, ...]
"""A key as written in TOML: table, position in an array of tables, key, …"""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake; `str()` gives `FILE:LINE: key: reason`."""

    file: str
    line: int | None
    """Counted from 1; None where it cannot be told."""
    key: str
    """Readable path, e.g. `queue[sales].max_wait`."""
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.reason}"


class SettingsError(Exception):
    """The site file cannot be used; `problems` holds every mistake found, in the file's order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake before it is known on which line it stands."""

    path: KeyPath
    reason: str


def fault_of(error: ErrorDetails, prefix: KeyPath, model: type[BaseModel]) -> Fault:
    """Words one of pydantic's errors about `model`, whose table stands at `prefix`.

    Never quotes the value: it may be a password.
    """
    path = prefix + tuple(part for part in error["loc"] if part != "[key]")
    return Fault(path, _reason(error, model))


_REASONS = {
    "missing": "is required",
    "string_type": 'must be text: write it in quotes, like "4001"',
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "tuple_type": "must be a list in square brackets",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}
"""In our words, by pydantic's type of error; its own words serve where they are as good."""


def _reason(error: ErrorDetails, model: type[BaseModel]) -> str:
    match error["type"]:
        case "extra_forbidden":
            return unknown_key(str(error["loc"][-1]), keys_of(model))
        case "value_error":
            return str(error["ctx"]["error"])
        case kind:
            return _REASONS.get(kind) or error["msg"].replace("Input should", "must", 1)


def unknown_key(key: str, known: Iterable[str]) -> str:
    """The reason for an unknown key."""
    return f"is not a known key{did_you_mean(key, known)}"


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys a table may have, as written in TOML."""
    return [field.alias or name for name, field in model.model_fields.items()]
