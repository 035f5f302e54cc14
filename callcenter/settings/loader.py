"""From a TOML file and the environment to `Settings`, or to every mistake in them."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from callcenter.settings.environment import ENVIRONMENT, apply_overrides
from callcenter.settings.flows import flow_problems
from callcenter.settings.lines import key_lines, line_of
from callcenter.settings.problems import (
    Fault,
    KeyPath,
    Problem,
    SettingsError,
    fault_of,
    unknown_key,
)
from callcenter.settings.rules import ERRORS, WARNINGS, faults
from callcenter.settings.site import ARRAYS, SECTIONS, Draft, Row, Settings, T


def load(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Reads a site file; `environ` is the process's own unless given. Raises `SettingsError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise SettingsError([Problem(str(path), None, "file", reason)]) from error
    except UnicodeDecodeError as error:
        reason = f"is not UTF-8 text (byte {error.start})"
        raise SettingsError([Problem(str(path), None, "file", reason)]) from error
    return loads(text, str(path), os.environ if environ is None else environ)


def loads(text: str, source: str, environ: Mapping[str, str]) -> Settings:
    """Like `load`, from text; `source` names it in messages."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([_syntax_problem(error, source)]) from error
    origins, problems = apply_overrides(data, environ)
    draft = Draft()
    mistakes = _understand(data, draft) + faults(draft, ERRORS)
    report = _Report(text, source, data, origins)
    problems += report.problems(mistakes) + flow_problems(draft)
    if problems:
        raise SettingsError(problems)
    return _settings(draft, source, report.problems(faults(draft, WARNINGS)))


def _understand(data: Mapping[str, Any], draft: Draft) -> list[Fault]:
    """Fills `draft` with every table that is valid by itself; returns the others' mistakes."""
    found = [
        Fault((name,), unknown_key(name, (*SECTIONS, *ARRAYS)))
        for name in data
        if name not in SECTIONS and name not in ARRAYS
    ]
    for name, section in SECTIONS.items():
        setattr(draft, name, _validate(section, data.get(name, {}), (name,), found))
    for name, (model, _) in ARRAYS.items():
        tables = data.get(name, [])
        if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
            found.append(Fault((name,), f"must be an array of tables: write [[{name}]]"))
            continue
        for position, table in enumerate(tables):
            path = (name, position)
            row = Row(path, table, _validate(model, table, path, found))
            getattr(draft, name).append(row)
    return found


def _validate(model: type[T], table: Any, path: KeyPath, found: list[Fault]) -> T | None:
    """The table as its model, or None with its mistakes added to `found`."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        found += [fault_of(each, path, model) for each in error.errors(include_url=False)]
        return None


def _settings(draft: Draft, source: str, warnings: list[Problem]) -> Settings:
    """The settings that a draft without faults holds."""
    sections: dict[str, Any] = {name: getattr(draft, name) for name in SECTIONS}
    arrays: dict[str, Any] = {
        f"{name}s": tuple(row.model for row in getattr(draft, name)) for name in ARRAYS
    }
    return Settings(source=source, warnings=tuple(warnings), **sections, **arrays)


def _syntax_problem(error: tomllib.TOMLDecodeError, source: str) -> Problem:
    where = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error))
    if where is None:
        return Problem(source, None, "syntax", str(error))
    reason, line, column = where.groups()
    return Problem(source, int(line), "syntax", f"{reason} (column {column})")


class _Report:
    """Says where each fault stands: line and readable key, or the variable of the environment."""

    def __init__(
        self, text: str, source: str, data: Mapping[str, Any], origins: Mapping[KeyPath, str]
    ) -> None:
        self._text = text
        self._source = source
        self._data = data
        self._origins = origins

    def problems(self, mistakes: list[Fault]) -> list[Problem]:
        """One problem a fault, in the order of the file; what has no line comes last."""
        lines = key_lines(self._text) if mistakes else {}
        found = {self._problem(fault, lines): None for fault in mistakes}
        return sorted(found, key=lambda problem: (problem.line is None, problem.line or 0))

    def _problem(self, fault: Fault, lines: Mapping[KeyPath, int]) -> Problem:
        for end in range(len(fault.path), 0, -1):
            if variable := self._origins.get(fault.path[:end]):
                return Problem(ENVIRONMENT, None, variable, fault.reason)
        line = line_of(fault.path, lines)
        return Problem(self._source, line, self._readable(fault.path), fault.reason)

    def _readable(self, path: KeyPath) -> str:
        """`("queue", 0, "max_wait")` as `queue[sales].max_wait`."""
        key = ""
        for part in path:
            if isinstance(part, str):
                key += f".{part}" if key else part
            elif key in ARRAYS:
                identity = self._data[key][part].get(ARRAYS[key][1], part + 1)
                key += f"[{identity}]"
            else:
                key += f"[{part}]"
        return key
