"""YAML text as plain data that knows its lines, within bounds.

The data are built from PyYAML's stream of events, so nothing is built before it is bounded. Flow
files use a small YAML: one document, no anchors, aliases or tags; each key once; keys are texts as
written (`0`, `1`, `no`); of the plain values only true, false, null and decimal numbers are not
texts (YAML 1.1's `yes`, `on` and octal numbers surprise everyone).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20

Path: TypeAlias = tuple[str | int, ...]

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_DECIMAL = re.compile(r"-?[0-9]{1,16}\.[0-9]{1,16}")
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}


class TreeError(Exception):
    """The text cannot be read as YAML any further."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class Tree:
    """What a file says and where it says it."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    """Line, from 1, of each key, or element of a list, by its path."""
    duplicates: list[tuple[Path, int, int]] = field(default_factory=list)
    """Path of each key written again, the line of that, and of the first."""

    def find(self, loc: tuple[str | int, ...]) -> tuple[Path, int]:
        """The deepest written path that `loc` leads to, and its line.

        Parts of `loc` that are not written are passed over: they come from what was left out, or
        from the form that shorthands are brought to.
        """
        path: Path = ()
        for part in loc:
            if (*path, part) in self.lines:
                path = (*path, part)
        return path, self.lines.get(path, 1)


def read_tree(content: bytes) -> Tree:
    """Reads a file's content. Raises `TreeError` at the first thing that is not this YAML."""
    if len(content) > MAX_BYTES:
        raise TreeError(1, f"is larger than {MAX_BYTES // 1024} KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TreeError(line, "is not UTF-8 text") from None
    try:
        return _Builder(yaml.parse(text, Loader=yaml.SafeLoader)).document()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise TreeError(line, f"has a character that YAML forbids: {error.character:#x}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = f"{error.context}: {error.problem}" if error.context else f"{error.problem}"
        raise TreeError(mark.line + 1 if mark else 1, f"is not YAML: {reason}") from None
    except (ValueError, OverflowError) as error:  # a \U escape beyond Unicode
        raise TreeError(1, f"is not YAML: {error}") from None


class _Builder:
    """Recursive descent over the events, no deeper than `MAX_DEPTH`."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._tree = Tree()

    def document(self) -> Tree:
        first = self._next()
        while isinstance(first, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            first = self._next()
        if isinstance(first, yaml.StreamEndEvent):
            raise TreeError(1, "is empty")
        self._tree.data = self._value(first, ())
        self._next()
        rest = self._next()
        if not isinstance(rest, yaml.StreamEndEvent):
            raise TreeError(_line(rest), "has a second document; a file is one flow")
        return self._tree

    def _next(self) -> yaml.Event:
        return next(self._events)

    def _value(self, event: yaml.Event, path: Path) -> Any:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise TreeError(_line(event), "has an anchor or alias; flows are written out")
        if tag := getattr(event, "tag", None):
            raise TreeError(_line(event), f"has a tag ({tag}); flows are plain data")
        if len(path) > MAX_DEPTH:
            raise TreeError(_line(event), f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        assert isinstance(event, yaml.ScalarEvent)  # the last kind that begins a value
        return _scalar(event)

    def _mapping(self, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise TreeError(_line(event), "has a key that is not a single word")
            self._value(event, path)  # refuses anchors and tags
            place = (*path, event.value)
            first = self._tree.lines.setdefault(place, _line(event))
            if event.value in mapping:
                self._tree.duplicates.append((place, _line(event), first))
                _Builder(self._events)._value(self._next(), place)
            else:
                mapping[event.value] = self._value(self._next(), place)
        return mapping

    def _sequence(self, path: Path) -> list[Any]:
        sequence: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            place = (*path, len(sequence))
            self._tree.lines[place] = _line(event)
            sequence.append(self._value(event, place))
        return sequence


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    assert mark is not None  # the parser marks every event
    return mark.line + 1


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
