"""Ports of the loopback for programs that the tests start.

They lie outside of those that the kernel gives to whoever asks for none in particular, and each
process of tests has blocks of its own. So no two programs want the same, whatever runs beside.
"""

import os
import socket
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_BLOCK = 100
_BLOCKS = [*range(8_000, 10_000, _BLOCK), *range(61_000, 65_500, _BLOCK)]
_RTP_BLOCK = 400
_RTP_BLOCKS = range(20_000, 30_000, _RTP_BLOCK)

_claims: list[socket.socket] = []
_left: list[int] = []
"""Of the block from which ports are handed out."""


def free_port(count: int = 1) -> int:
    """The first of `count` ports in a row that nobody uses, neither for UDP nor for TCP.

    Never handed out twice in a test session: an address that was once a phone's may still be
    registered as one.
    """
    while True:
        if len(_left) < count:
            first = _claim(_BLOCKS)
            _left[:] = range(first, first + _BLOCK)
        wanted, _left[:count] = _left[:count], []
        if all(map(_is_free, wanted)):
            return wanted[0]


@cache
def rtp_ports() -> tuple[int, int]:
    """The first and the last RTP port of the daemons that this process starts.

    What a phone sends too late to one daemon does not arrive in another's call.
    """
    first = _claim(_RTP_BLOCKS)
    return first, first + _RTP_BLOCK - 2


def is_served(port: int, transport: str = "udp") -> bool:
    """Whether a program already takes messages at that port of an IPv4 address."""
    states = ("0A",) if transport == "tcp" else ("07", "01")  # LISTEN; unconnected, connected
    rows = Path(f"/proc/net/{transport}").read_text().splitlines()[1:]
    fields = (row.split() for row in rows)
    return any(row[1].endswith(f":{port:04X}") and row[3] in states for row in fields)


def _claim(blocks: Sequence[int]) -> int:
    """The first port of a block that is no other process's, until this one ends."""
    begin = os.getpid() % len(blocks)
    for first in (*blocks[begin:], *blocks[:begin]):
        # A name in the abstract namespace (unix(7)) goes with its owner, and leaves no file.
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0callcenter-tests-ports-{first}")
        except OSError:
            claim.close()
        else:
            _claims.append(claim)
            return first
    raise OSError("all ports for tests are taken by other processes")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
