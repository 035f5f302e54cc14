"""The events of calls beside the messages: what makes a call of several SIP sessions.

The first line of a file names the fields of each kind of event; every further line is one batch:
`[OFFSET, [[KIND, VALUE, …], …]]`, where OFFSET turns the events' monotonic `at` into wall time.
Writing is one call of the encoder a batch; names and times are put together when somebody reads.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeAlias

from callcenter import events

Fact: TypeAlias = dict[str, Any]
"""An event of a call: `event`, `at` (wall time), `call_id` and its own fields."""


def _kinds() -> Iterator[type[events.CallEvent]]:
    for kind in vars(events).values():
        if isinstance(kind, type) and issubclass(kind, events.CallEvent):
            yield kind


_NAMES: Mapping[str, tuple[str, ...]] = {
    kind.__name__: tuple(field.name for field in fields(kind)) for kind in _kinds()
}
_VALUES: Mapping[str, Callable[[events.CallEvent], tuple[Any, ...]]] = {
    kind: attrgetter(*names) for kind, names in _NAMES.items()
}

_encode = json.JSONEncoder(default=str, separators=(",", ":")).encode


def header() -> bytes:
    """The first line."""
    return _encode(_NAMES).encode() + b"\n"


def line(told: Sequence[events.CallEvent], offset: float) -> bytes:
    """The line of one batch; none for none."""
    if not told:
        return b""
    rows = [(kind := type(event).__name__, *_VALUES[kind](event)) for event in told]
    return _encode((offset, rows)).encode() + b"\n"


def facts(content: bytes, mentioning: bytes = b"") -> Iterator[Fact]:
    """The events in a file's content; only of batches that have those bytes, if any are given.

    A line that was cut short is passed over, and so is what follows no header.
    """
    first, *batches = content.split(b"\n")
    kinds = _read(first)
    if not isinstance(kinds, dict):
        return
    for batch in batches:
        if mentioning not in batch:
            continue
        read = _read(batch)
        if isinstance(read, list) and len(read) == 2:
            offset, rows = read
            for kind, *values in rows:
                fact = dict(zip(kinds.get(kind, ()), values, strict=False))
                if "at" in fact and "call_id" in fact:
                    fact["at"] += offset
                    yield {"event": kind, **fact}


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
