"""Who runs on which processor core."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def one_core_for_the_daemon(core: int) -> Iterator[Callable[[int], None]]:
    """Takes the core away from this process and those that it starts; yields what pins a daemon.

    A process is pinned with all the threads and child processes that it has now; those that it
    starts later follow it.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before - {core})
    try:
        yield lambda pid: _pin(pid, core)
    finally:
        os.sched_setaffinity(0, before)


def _pin(pid: int, core: int) -> None:
    tasks = Path(f"/proc/{pid}/task")
    for task in tasks.iterdir():
        os.sched_setaffinity(int(task.name), {core})
    for task in tasks.iterdir():
        for child in (task / "children").read_text().split():
            _pin(int(child), core)
