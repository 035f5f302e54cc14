"""Free ports of the loopback for programs that the tests start."""

import socket
from pathlib import Path

_HANDED_OUT: set[int] = set()


def free_port(count: int = 1) -> int:
    """The first of `count` ports in a row that nobody uses, neither for UDP nor for TCP.

    Never handed out twice in a test session: an address that was once a phone's may still be
    registered as one.
    """
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            first: int = probe.getsockname()[1]
        wanted = range(first, first + count)
        if _HANDED_OUT.isdisjoint(wanted) and all(map(_is_free, wanted)):
            _HANDED_OUT.update(wanted)
            return first


def is_served(port: int, transport: str = "udp") -> bool:
    """Whether a program already takes messages at that port of an IPv4 address."""
    states = ("0A",) if transport == "tcp" else ("07", "01")  # LISTEN; unconnected, connected
    rows = Path(f"/proc/net/{transport}").read_text().splitlines()[1:]
    fields = (row.split() for row in rows)
    return any(row[1].endswith(f":{port:04X}") and row[3] in states for row in fields)


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                return False
    return True
