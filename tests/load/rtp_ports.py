"""Blocks of UDP ports for the phones of a run, below those that the kernel hands out."""

import os
import socket
from contextlib import ExitStack

SIZE = 800
"""Ports of a block: 400 even ones, two phones of 200 calls."""
_FIRST = 10_000
_BLOCKS = 12
_taken: set[int] = set()


def take_block() -> int:
    """The first port of a block that nobody uses, never the same twice in a process.

    Runs beside this one begin their search elsewhere: what their daemon plays must not arrive at
    our phones.
    """
    for n in range(_BLOCKS):
        first = _FIRST + SIZE * ((os.getpid() + n) % _BLOCKS)
        if first not in _taken and _is_free(first):
            _taken.add(first)
            return first
    raise OSError("no block of UDP ports is free")


def _is_free(first: int) -> bool:
    with ExitStack() as stack:
        for port in range(first, first + SIZE, 2):
            probe = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
