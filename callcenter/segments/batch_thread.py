"""A thread that writes what the loop hands it, so that the loop never waits for a disk."""

import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar


class Sized(Protocol):
    """A batch."""

    @property
    def size(self) -> int:
        """How much of what may wait it is."""


B = TypeVar("B", bound=Sized)


class BatchThread(ABC, Generic[B]):
    """One thread; `put` from the loop. A fault costs a batch, never the thread."""

    def __init__(self, name: str, kept: str, idle_s: float, logger: Any) -> None:
        """`kept` is what it writes, for the log; after `idle_s` without a batch it tidies up."""
        self.lost = 0
        """What the disk refused, or a bug."""
        self._name = name
        self._kept = kept
        self._idle_s = idle_s
        self._logger = logger
        self._taken = 0
        self._failing = False
        self._batches: queue.SimpleQueue[B | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"{name} writer", daemon=True)

    @property
    def taken(self) -> int:
        """The sizes of all the batches that are done with."""
        return self._taken

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def put(self, batch: B) -> None:
        """Takes a batch; never waits."""
        self._batches.put(batch)

    def stop(self, within: float = 5.0) -> None:
        """Writes what is left, but does not wait for a disk that hangs."""
        self._batches.put(None)
        self._thread.join(within)

    @abstractmethod
    def _take(self, batch: B) -> None:
        """Writes a batch, by `_keeps`."""

    @abstractmethod
    def _prune(self) -> None:
        """Has what is old give way."""

    @abstractmethod
    def _close(self) -> None:
        """Nothing more comes."""

    def _begin(self) -> None:
        """First of all."""

    def _keeps(self, write: Callable[[], None], count: int) -> bool:
        """Whether `write` keeps that many; those that it does not are `lost`.

        When the disk begins to refuse, and to take again, is logged; a bug each time.
        """
        try:
            write()
        except OSError as error:
            self.lost += count
            if not self._failing:
                self._logger.warning(f"{self._name}: nothing is kept", error=str(error))
            self._failing = True
            return False
        except Exception:
            self.lost += count
            self._logger.exception(f"{self._name}: a batch is lost")
            return False
        if self._failing:
            self._failing = False
            self._logger.info(f"{self._name}: {self._kept} are kept again", lost=self.lost)
        return True

    def _run(self) -> None:
        self._guarded(self._begin)
        while True:
            try:
                batch = self._batches.get(timeout=self._idle_s)
            except queue.Empty:
                self._guarded(self._prune)
                continue
            if batch is None:
                break
            self._guarded(self._take, batch)
            self._taken += batch.size
        self._guarded(self._close)

    def _guarded(self, what: Callable[..., None], *arguments: Any) -> None:
        try:
            what(*arguments)
        except Exception:
            self._logger.exception(f"{self._name}: a fault beside what is kept")
