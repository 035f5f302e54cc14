"""Overrides from the environment: `CALLCENTER__SIP__DOMAIN=pbx.example` stands for `sip.domain`."""

import tomllib
from collections.abc import Mapping
from typing import Any

from callcenter.settings.problems import KeyPath, Problem

PREFIX = "CALLCENTER__"
ENVIRONMENT = "environment"
"""Stands for the file's name where a variable is at fault."""


def apply_overrides(
    data: dict[str, Any], environ: Mapping[str, str]
) -> tuple[dict[KeyPath, str], list[Problem]]:
    """Writes every override into `data`; returns which variable each path came from, and mistakes.

    Names are split at double underscores and lower-cased; numbers count the elements of an array
    of tables from 0. A value that starts with `[` or `{` is read as TOML, any other is text that
    the setting's type makes sense of.
    """
    origins: dict[KeyPath, str] = {}
    problems: list[Problem] = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX):
            continue
        keys = variable.removeprefix(PREFIX).lower().split("__")
        path: KeyPath = tuple(int(key) if key.isdecimal() else key for key in keys)
        try:
            _put(data, path, _value(environ[variable]))
        except ValueError as error:
            problems.append(Problem(ENVIRONMENT, None, variable, str(error)))
        else:
            origins[path] = variable
    return origins, problems


def _value(text: str) -> Any:
    if not text.startswith(("[", "{")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        raise ValueError("is not a valid TOML value") from None


def _put(data: dict[str, Any], path: KeyPath, value: Any) -> None:
    place: Any = data
    for key in path[:-1]:
        if isinstance(place, list) and isinstance(key, int) and key < len(place):
            place = place[key]
        elif isinstance(place, dict) and isinstance(key, str) and key:
            place = place.setdefault(key, {})
        else:
            raise ValueError("names nothing that the file has")
    if not (isinstance(place, dict) and isinstance(path[-1], str) and path[-1]):
        raise ValueError("names nothing that the file has")
    place[path[-1]] = value
