"""What only the garbage collector can free: cycles among our own objects.

Not counted are what hangs on a cycle without being in it, and what somebody still holds.
"""

import gc
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from types import FrameType, FunctionType, TracebackType
from typing import Any, Self

OURS = frozenset(("callcenter", "sip", "media", "ivr", "agent_proto"))
"""The packages whose objects are to be free of cycles. Not `acd`: its queues, and who stands in
them, are a graph that lasts from one reload of the settings to the next."""
_NOT_OURS = ("tests", "asyncio.selector_events", "asyncio.streams", "asyncio.taskgroups")
"""A cycle through one of these is not counted: CPython's own, most of them when an error passes."""


class GarbageWatch:
    """A context in which nothing is collected, so that what is left shows at its end."""

    def __enter__(self) -> Self:
        # What is there already is not looked at: that would cost a tenth of a second each time.
        gc.freeze()
        gc.disable()
        return self

    def __exit__(self, *_: object) -> None:
        gc.unfreeze()
        gc.enable()

    def cycles(self) -> list[str]:
        """Those that were left so far, each as the types in it."""
        flags = gc.get_debug()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            gc.collect()
            return cycles_in(gc.garbage)
        finally:
            gc.set_debug(flags)
            gc.garbage.clear()


def cycles_in(garbage: Sequence[object]) -> list[str]:
    """Those that an object of ours is in: one for each place at which cycles have to be cut."""
    left = {id(each): each for each in garbage if not _module(each).startswith(_NOT_OURS)}
    graph = {
        key: [id(to) for to in gc.get_referents(each) if id(to) in left]
        for key, each in left.items()
    }
    found: list[str] = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            cycle: list[int] = error.args[1]
        else:
            return found
        # graphlib's edges are "comes after": the other way round they are "refers to".
        members = [left[key] for key in reversed(cycle)]
        if any(_module(each).partition(".")[0] in OURS for each in members):
            found.append(" -> ".join(map(_name, members)))
        graph[cycle[0]] = []


def _module(each: Any) -> str:
    """Where its code stands."""
    kind: Any = type(each)  # isinstance() would ask a weak proxy for its referent, which is gone
    if kind is TracebackType:
        each, kind = each.tb_frame, FrameType
    if kind is FrameType:
        return str(each.f_globals.get("__name__", ""))
    if kind is FunctionType:
        return str(each.__module__)
    return str(kind.__module__)


def _name(each: Any) -> str:
    kind = type(each)
    if kind is TracebackType:
        return f"traceback of {_name(each.tb_frame)}"
    if kind is FrameType:
        return f"frame of {_module(each)}.{each.f_code.co_qualname}"
    if kind is FunctionType:
        return f"{each.__module__}.{each.__qualname__}()"
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
