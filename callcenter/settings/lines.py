"""Finds the line every key of a TOML document is written on.

Neither `tomllib` nor `tomlkit` (its issue 55) keeps positions. A TOML expression ends at the first
line end up to which it parses by itself, so `tomllib` serves as the scanner: no second grammar.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from callcenter.settings.problems import KeyPath


def key_lines(text: str) -> dict[KeyPath, int]:
    """Maps each key path of the valid document `text` to its line, counted from 1.

    Elements of an array have the line of their key. Takes time quadratic in the length of the
    longest multi-line value, so it is for the way to an error message.
    """
    lines: dict[KeyPath, int] = {}
    elements: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for number, expression in _expressions(text):
        content = tomllib.loads(expression)
        if expression.lstrip().startswith("["):
            table = _header_path(content, elements)
            lines.setdefault(table, number)
        else:
            for path in _paths(content, table):
                lines.setdefault(path, number)
    return lines


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int | None:
    """The line of `path` or, where it is not written, of the table or array it would stand in."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def _expressions(text: str) -> Iterator[tuple[int, str]]:
    expression, start = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        start = start if expression else number
        expression += line + "\n"
        try:
            content = tomllib.loads(expression)
        except tomllib.TOMLDecodeError:
            continue
        if content:
            yield start, expression
        expression = ""


def _header_path(content: dict[str, Any], elements: dict[KeyPath, int]) -> KeyPath:
    """The path that a header opens; counts the elements of arrays of tables in `elements`."""
    path: KeyPath = ()
    while content:
        key, inner = next(iter(content.items()))
        path = (*path, key)
        if isinstance(inner, list):
            elements[path] = elements.get(path, -1) + 1
            return (*path, elements[path])
        if path in elements:
            path = (*path, elements[path])
        content = inner
    return path


def _paths(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    match value:
        case dict():
            for key, inner in value.items():
                yield (*path, key)
                yield from _paths(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield (*path, index)
                yield from _paths(inner, (*path, index))
