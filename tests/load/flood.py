"""A flood of INVITEs from many source addresses of 127/8: `python -m tests.load.flood`.

One socket is enough: each datagram names the address that it leaves from (ip(7), IP_PKTINFO).
"""

import argparse
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_IP_PKTINFO = 8
_REPOSITORY = Path(__file__).parents[2]


def source(number: int) -> str:
    """The address of a flooding host: never 127.0.0.x, where carrier and phones are."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


def invite(number: int, host: str, port: int, to_port: int) -> bytes:
    """A stranger's call, in order as such."""
    return (
        f"INVITE sip:4001@127.0.0.1:{to_port} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bKflood{number};rport\r\nMax-Forwards: 70\r\n"
        f"From: <sip:{number}@{host}>;tag=f{number}\r\nTo: <sip:4001@127.0.0.1>\r\n"
        f"Call-ID: flood-{number}@{host}\r\nCSeq: 1 INVITE\r\nContact: <sip:x@{host}:{port}>\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()


def flood(to_port: int, sources: int, rate: int) -> None:
    """Send until standard input closes; then print how many were sent and answered."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
    sock.bind(("0.0.0.0", 0))
    sock.setblocking(False)
    port = sock.getsockname()[1]
    stop, target = Stop(), ("127.0.0.1", to_port)
    sent = answered = 0
    begun = time.monotonic()
    while not stop.wanted():
        due = int((time.monotonic() - begun) * rate)
        for number in range(sent, due):
            host = source(number % sources)
            info = struct.pack("=I4s4s", 0, socket.inet_aton(host), b"\0" * 4)
            data = invite(number, host, port, to_port)
            try:
                sock.sendmsg([data], [(socket.IPPROTO_IP, _IP_PKTINFO, info)], 0, target)
            except BlockingIOError:
                break
            sent += 1
        answered += _drained(sock)
        time.sleep(0.002)
    print(json.dumps({"sent": sent, "answered": answered, "seconds": time.monotonic() - begun}))


class Stop:
    """Whether standard input has been closed."""

    def __init__(self) -> None:
        os.set_blocking(sys.stdin.fileno(), False)

    @staticmethod
    def wanted() -> bool:
        """True from then on."""
        try:
            return os.read(sys.stdin.fileno(), 1) == b""
        except BlockingIOError:
            return False


def _drained(sock: socket.socket) -> int:
    count = 0
    try:
        while sock.recv(4096):
            count += 1
    except BlockingIOError:
        return count
    return count


class Running:
    """A flood that is under way; `result` is there when it has ended."""

    def __init__(self) -> None:
        self.result: dict[str, float] = {}


@contextmanager
def flooding(to_port: int, sources: int, rate: int) -> Iterator[Running]:
    """A flood during the body."""
    arguments = [str(to_port), str(sources), str(rate)]
    running = Running()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.load.flood", *arguments],
        cwd=_REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            yield running
            printed, _ = process.communicate(timeout=20)
            running.result = json.loads(printed)
        finally:
            process.kill()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("port", "sources", "rate"):
        parser.add_argument(name, type=int)
    given = parser.parse_args()
    flood(given.port, given.sources, given.rate)
