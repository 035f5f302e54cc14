"""An event loop whose clock jumps: when nothing is ready, time moves to the next timer at once.

A test of twenty minutes of waiting takes microseconds and is the same every time. What would wait
for ever raises `DeadlockError`; what is left running at the end raises `LeakError`.

With `ties`, timers of one moment fire in an order of chance, in the same turn of the loop or some
turns later, in the middle of what the others have begun: each chance shows another race. Moments
are microseconds then, so that what happens at the same time on two ways meets.

Threads started by `run_in_executor` are waited for in real time while the virtual clock stands.
Sockets and pipes are not: nothing here may talk to the outside.
"""

import asyncio
import contextvars
import functools
import math
import random
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
START = 1000.0
"""Not zero, so that nothing takes "no time yet" for "no time set"."""
_MOMENTS = 1_000_000
"""In a second, where the order of what happens in one is left to chance."""
_TIE = 5e-10
"""Seconds within which timers fire in one turn of asyncio's loop, the earlier one first."""
_LATEST = (0, 1, 1, 3, 12)
"""By how many turns of the loop a timer may be late, in one run or another: what begins with one
takes about as long."""


class DeadlockError(AssertionError):
    """Everybody waits for somebody else: nothing is ready and no timer is set."""


class LeakError(AssertionError):
    """The test ended while tasks of its own were still running."""


class _JumpingSelector(selectors.DefaultSelector):
    """Asked to wait, it moves the loop's clock instead."""

    def __init__(self, *, by_moments: bool) -> None:
        super().__init__()
        self.now = START
        self._by_moments = by_moments
        self.holds = 0
        """Threads that are waited for."""

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.holds:
            return super().select(None)
        if timeout is None:
            raise DeadlockError(
                f"at {self.now - START:.3f} s: nothing is ready and no timer is set"
            )
        self.now += timeout
        if self._by_moments and timeout > 1 / _MOMENTS:
            self.now = math.ceil(self.now * _MOMENTS - 0.001) / _MOMENTS
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio on a virtual clock that starts at `START`."""

    def __init__(self, ties: random.Random | None = None) -> None:
        self._jumping = _JumpingSelector(by_moments=ties is not None)
        self._ties = ties
        self._latest = 0 if ties is None else ties.choice(_LATEST)
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.now

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Among those of the same moment in their order, or in one of chance."""
        if self._ties is None:
            return super().call_at(when, callback, *args, context=context)
        when += self._ties.random() * _TIE
        turns = self._ties.randrange(self._latest + 1)
        if not turns:
            return super().call_at(when, callback, *args, context=context)

        def put_off(turns: int) -> None:
            if turns and not handle.cancelled():
                self.call_soon(put_off, turns - 1)
            elif not handle.cancelled():
                callback(*args)

        handle = super().call_at(when, put_off, turns, context=context)
        return handle

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., _T], *args: Any
    ) -> "asyncio.Future[_T]":
        """Holds the clock until the job is done."""
        job = super().run_in_executor(executor, func, *args)
        self._jumping.holds += 1
        job.add_done_callback(self._job_done)
        return job

    async def shutdown_default_executor(self, *args: Any) -> None:
        """Joins its threads, in real time."""
        self._jumping.holds += 1
        await super().shutdown_default_executor(*args)
        self._jumping.holds -= 1

    def _job_done(self, _job: object) -> None:
        self._jumping.holds -= 1


def run(main: Coroutine[Any, Any, _T], ties: random.Random | None = None) -> _T:
    """Runs a coroutine from virtual time `START` to its end; nothing may be left running."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(ties)) as runner:
        result = runner.run(main)
        if left := asyncio.all_tasks(runner.get_loop()):
            raise LeakError(", ".join(sorted(map(repr, left))))
        return result


def virtual_time(test: Callable[_P, Coroutine[Any, Any, None]]) -> Callable[_P, None]:
    """Decorator: runs an async test on a `VirtualLoop`. Its fixtures must not be async."""

    @functools.wraps(test)
    def run_virtually(*args: _P.args, **kwargs: _P.kwargs) -> None:
        run(test(*args, **kwargs))

    return run_virtually


def elapsed() -> float:
    """Virtual seconds since the test began."""
    return asyncio.get_running_loop().time() - START
