"""The heap in huge pages."""

import subprocess
import sys

_PROGRAM = """
from callcenter import memory
one = object()
assert any(start <= id(one) < end for start, end in memory._heap()), "the heap was not found"
kept = [str(number) for number in range(1_000_000)]
memory.settle()
assert kept == [str(number) for number in range(1_000_000)]
"""


def test_what_is_in_memory_outlives_the_move() -> None:
    subprocess.run([sys.executable, "-c", _PROGRAM], check=True, timeout=60)
