import gc
from collections.abc import Iterator

import pytest

from sip.fork import Fork
from sip.user import CallEnd
from tests.support.garbage import GarbageWatch, cycles_in


@pytest.fixture
def watch() -> Iterator[GarbageWatch]:
    with GarbageWatch() as watch:
        yield watch


class Held:
    """One of the tests' own objects."""

    def __init__(self) -> None:
        self.other: object = None


def fork(holds: object = None) -> Fork:
    made = Fork.__new__(Fork)
    made.dialog = holds  # type: ignore[assignment]
    return made


def test_a_cycle_of_ours_is_named(watch: GarbageWatch) -> None:
    one = fork()
    one.dialog = [one]  # type: ignore[assignment]
    del one
    [cycle] = watch.cycles()
    assert cycle in ("sip.fork.Fork -> list -> sip.fork.Fork", "list -> sip.fork.Fork -> list")


def test_what_has_no_cycle_or_is_held_is_not_told(watch: GarbageWatch) -> None:
    held = fork()
    held.dialog = [held]  # type: ignore[assignment]
    free = fork(fork())
    del free
    assert watch.cycles() == []
    held.dialog = None  # type: ignore[assignment]


def test_what_the_tests_tie_is_theirs_with_what_hangs_on_it(watch: GarbageWatch) -> None:
    mine, theirs = Held(), Held()
    mine.other, theirs.other = [theirs, fork(fork())], mine
    del mine, theirs
    assert watch.cycles() == []


def test_each_place_to_cut_is_told(watch: GarbageWatch) -> None:
    for _ in range(2):
        one = fork()
        one.dialog = [one]  # type: ignore[assignment]
    del one
    assert len(watch.cycles()) == 2


def test_nothing_is_kept_and_the_collector_is_on_again() -> None:
    with GarbageWatch() as watch:
        assert not gc.isenabled()
        watch.cycles()
    assert gc.isenabled()
    assert not gc.garbage
    assert not gc.get_debug()


def test_no_garbage_has_no_cycles() -> None:
    assert cycles_in([CallEnd("bye", "local", 200, "OK"), ["a"]]) == []
