"""The thread outlives faults and refusals, and says so once."""

import threading
from dataclasses import dataclass

import structlog
from structlog.testing import LogCapture

from callcenter.segments.batch_thread import BatchThread


@dataclass(frozen=True)
class Batch:
    text: str
    size: int = 1


class Kept(BatchThread[Batch]):
    """Keeps texts; some it cannot."""

    def __init__(self, idle_s: float = 3600.0) -> None:
        self.log = LogCapture()
        logger = structlog.wrap_logger(None, processors=[self.log])
        super().__init__("diary", "texts", idle_s, logger)
        self.done: list[str] = []
        self.may_go_on = threading.Event()
        self.pruned = threading.Event()

    def _begin(self) -> None:
        self.done.append("begun")

    def _take(self, batch: Batch) -> None:
        if batch.text == "hangs":
            self.may_go_on.wait(10)
        self._keeps(lambda: self._write(batch.text), 7)
        if batch.text == "beside":
            raise ValueError(batch.text)

    def _write(self, text: str) -> None:
        if text == "fault":
            raise ValueError(text)
        if text == "full":
            raise OSError("no space")
        self.done.append(text)

    def _prune(self) -> None:
        self.pruned.set()

    def _close(self) -> None:
        self.done.append("closed")

    @property
    def told(self) -> list[tuple[str, object]]:
        return [(each["log_level"], each["event"]) for each in self.log.entries]


def kept(*texts: str) -> Kept:
    """What has become of these."""
    thread = Kept()
    for text in texts:
        thread.put(Batch(text, len(text)))
    thread.start()
    thread.stop()
    return thread


def test_all_is_taken_in_order_until_the_end() -> None:
    thread = kept("a", "bcd")
    assert thread.done == ["begun", "a", "bcd", "closed"]
    assert (thread.taken, thread.lost, thread.told) == (4, 0, [])


def test_a_refusing_disk_is_told_once_and_once_that_it_takes_again() -> None:
    thread = kept("a", "full", "full", "b", "c")
    assert thread.done == ["begun", "a", "b", "c", "closed"]
    assert (thread.taken, thread.lost) == (11, 14)
    assert thread.told == [
        ("warning", "diary: nothing is kept"),
        ("info", "diary: texts are kept again"),
    ]
    assert thread.log.entries[1]["lost"] == 14


def test_a_fault_costs_a_batch_which_counts_as_lost() -> None:
    thread = kept("a", "fault", "b")
    assert thread.done == ["begun", "a", "b", "closed"]
    assert (thread.taken, thread.lost) == (7, 7)
    assert thread.told == [("error", "diary: a batch is lost")]


def test_a_fault_beside_what_is_kept_costs_nothing() -> None:
    thread = kept("a", "beside", "b")
    assert thread.done == ["begun", "a", "beside", "b", "closed"]
    assert (thread.taken, thread.lost) == (8, 0)
    assert thread.told == [("error", "diary: a fault beside what is kept")]


def test_a_disk_that_hangs_is_not_waited_for() -> None:
    thread = Kept()
    thread.start()
    thread.put(Batch("hangs"))
    thread.stop(within=0.01)
    assert "closed" not in thread.done
    thread.may_go_on.set()
    thread.stop()
    assert thread.done[-1] == "closed"


def test_it_tidies_up_when_nothing_comes() -> None:
    thread = Kept(idle_s=0.001)
    thread.start()
    assert thread.pruned.wait(10)
    thread.stop()
