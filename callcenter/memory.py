"""The process's memory, once it serves: what start-up made is settled for good.

A call runs through some seven hundred functions once, so it is slowed less by what they do than by
fetching them: from a cache that others have used meanwhile, through the page tables of a virtual
machine. Hence the two habits here.
"""

import ctypes
import gc
from collections.abc import Iterator

GARBAGE_THRESHOLDS = (20_000, 1, 75)
"""Objects made and not yet freed, after which the collector looks at the young ones; how often it
does so before it looks at the older ones, too; and how often that, before it looks at all.

A look takes a microsecond for each object that lives, and what it finds twice it leaves alone. So
the first two say how long a pause gets (some 50 ms), the first also how much is looked at in vain:
of a quarter of this, four times as much, because calls that are about to end still live.
"""
_HUGE_PAGE = 2 * 1024 * 1024
_MADV_COLLAPSE = 25
"""Linux 6.1: move what is there into huge pages now, whatever the system does by itself."""


def settle() -> None:
    """To be called when all that stays is there.

    The collector need not look at it again. Calls leave nothing for it (no cycles; the simulations
    see to that): it looks seldom, for what rare ways through the code may leave.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    use_huge_pages()


def use_huge_pages() -> None:
    """Moves the heap into huge pages: a call then costs a twentieth less, and memory is the same.

    Where the kernel cannot do it, nothing happens.
    """
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in _heap():
        start = -(-start // _HUGE_PAGE) * _HUGE_PAGE
        end = end // _HUGE_PAGE * _HUGE_PAGE
        if start < end:
            madvise(start, end - start, _MADV_COLLAPSE)


def _heap() -> Iterator[tuple[int, int]]:
    """Where the anonymous memory is that is read and written, from proc(5)."""
    try:
        with open("/proc/self/maps") as maps:
            lines = maps.read().splitlines()
    except OSError:
        return
    for line in lines:
        where, access, _, _, _, *name = line.split()
        if access == "rw-p" and name in ([], ["[heap]"]):
            start, _, end = where.partition("-")
            yield int(start, 16), int(end, 16)
