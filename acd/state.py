"""The whole engine as plain data, and back: what a journal begins with, and a stand-by starts from.

An engine is a graph of objects that point at each other in circles. Here every object, list, set
and dictionary that can change is a numbered node, and what points at it holds the number; all else
is written in place. The result is what JSON can hold, of any size without recursion, and a restored
engine goes on exactly as the first one would have: heaps come back entry by entry.

What must not happen here: running anything that the data names. Only classes and functions of this
package are looked up, and only their fields are set.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any, TypeAlias

from acd.errors import InvalidStateError

Plain: TypeAlias = Any
"""What JSON can hold."""

VERSION = 1
_PACKAGE = "acd"


def plain(root: object, given: object = None) -> dict[str, Plain]:
    """`root`, an object of this package, and all that can be reached from it.

    `given` is something from outside (the source of chance): it is left out, and `restored` is
    given its successor.
    """
    writer = _Writer(given)
    writer.number(root)
    # `_nodes` grows while it is walked: everything reached is a node of its own.
    nodes = [writer.node(each) for each in writer.nodes]
    return {"version": VERSION, "fields": writer.fields, "nodes": nodes}


def restored(state: Mapping[str, Plain], given: object = None) -> Any:
    """What `plain` was given. `InvalidStateError` for what this version's did not write."""
    try:
        if state["version"] != VERSION:
            raise InvalidStateError(f"version {state['version']!r} is not {VERSION}")
        return _Reader(state["fields"], state["nodes"], given).read()
    except InvalidStateError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InvalidStateError(f"it does not hold together: {error!r}") from None


def _fields(kind: type) -> list[str]:
    """The names of an object's slots, those of its bases first; all classes here have slots."""
    return [
        slot
        for each in reversed(kind.__mro__)
        for slot in _names(each.__dict__.get("__slots__", ()))
        if slot not in ("__weakref__", "__dict__")
    ]


def _names(slots: str | Iterable[str]) -> list[str]:
    return [slots] if isinstance(slots, str) else list(slots)


class _Writer:
    def __init__(self, given: object) -> None:
        self.nodes: list[Any] = []
        self.fields: dict[str, list[str]] = {}
        """Class to the names of its fields, in the order of a node's values."""
        self._given = given
        self._numbers: dict[int, int] = {}

    def number(self, node: object) -> int:
        number = self._numbers.get(id(node))
        if number is None:
            number = self._numbers[id(node)] = len(self.nodes)
            self.nodes.append(node)
        return number

    def node(self, node: Any) -> Plain:
        """`[kind, values]`."""
        match node:
            case Counter():
                return ["counter", [[self.value(key), count] for key, count in node.items()]]
            case dict():
                return ["dict", [[self.value(k), self.value(v)] for k, v in node.items()]]
            case list():
                return ["list", [self.value(each) for each in node]]
            case set():
                return ["set", [self.value(each) for each in node]]
        kind = type(node)
        name = _name_of(kind)
        names = self.fields.get(name)
        if names is None:
            names = self.fields[name] = [*_fields(kind), *getattr(node, "__dict__", ())]
        return [name, [self.value(getattr(node, each)) for each in names]]

    def value(self, value: Any) -> Plain:
        """A value where it stands: itself, or a tagged list."""
        if value is None or isinstance(value, str | int | float):
            return value
        if value is self._given:
            return ["given"]
        match value:
            case tuple():
                return ["tuple", *map(self.value, value)]
            case frozenset():
                return ["frozenset", *sorted(map(self.value, value), key=repr)]
            case FunctionType():
                return ["function", _name_of(value)]
        return ["node", self.number(value)]


def _name_of(thing: type | FunctionType) -> str:
    name = f"{thing.__module__}:{thing.__qualname__}"
    assert thing.__module__.split(".")[0] == _PACKAGE, f"a {name} cannot be restored"
    return name


class _Reader:
    def __init__(self, fields: Mapping[str, list[str]], nodes: list[Plain], given: object) -> None:
        self._plain = nodes
        self._given = given
        self._classes = {name: _class(name, names) for name, names in fields.items()}
        self._fields = fields
        self._nodes: list[Any] = [self._empty(kind) for kind, _ in nodes]

    def read(self) -> Any:
        for node, (kind, values) in zip(self._nodes, self._plain, strict=True):
            self._fill(node, kind, values)
        return self._nodes[0]

    def _empty(self, kind: str) -> Any:
        make = _CONTAINERS.get(kind)
        return make() if make is not None else object.__new__(self._classes[kind])

    def _fill(self, node: Any, kind: str, values: list[Plain]) -> None:
        if kind in ("counter", "dict"):
            node.update({self._value(key): self._value(value) for key, value in values})
        elif kind == "list":
            node.extend(map(self._value, values))
        elif kind == "set":
            node.update(map(self._value, values))
        else:
            for name, value in zip(self._fields[kind], values, strict=True):
                object.__setattr__(node, name, self._value(value))

    def _value(self, value: Plain) -> Any:
        if not isinstance(value, list):
            return value
        tag, *rest = value
        match tag:
            case "node":
                return self._nodes[rest[0]]
            case "tuple":
                return tuple(map(self._value, rest))
            case "frozenset":
                return frozenset(map(self._value, rest))
            case "function":
                return _found(rest[0], FunctionType)
            case "given":
                return self._given
        raise InvalidStateError(f"a value is tagged {tag!r}")


_CONTAINERS: Mapping[str, Callable[[], Any]] = {
    "counter": Counter,
    "dict": dict,
    "list": list,
    "set": set,
}


def _class(name: str, names: list[str]) -> type:
    """The class of that name; its fields must be those of today's code."""
    kind: type = _found(name, type)
    slots = _fields(kind)
    if slots and names != slots:
        raise InvalidStateError(f"{name} has other fields now: another version wrote this")
    return kind


def _found(name: str, kind: type) -> Any:
    module, _, path = name.partition(":")
    if module.split(".")[0] == _PACKAGE and module in sys.modules:
        found = getattr(sys.modules[module], path, None)
        if isinstance(found, kind):
            return found
    raise InvalidStateError(f"there is no {name}")
