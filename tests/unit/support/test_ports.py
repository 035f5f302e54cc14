import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.support.ports import free_port, rtp_ports

ROOT = Path(__file__).parents[3]
_ANOTHER = """\
import sys
from tests.support.ports import free_port, rtp_ports
print(*(free_port(50) for _ in range(3)), *rtp_ports(), flush=True)
sys.stdin.read()
"""


def test_no_port_is_handed_out_twice() -> None:
    handed = [free_port(3) for _ in range(60)]
    assert len({port + n for port in handed for n in range(3)}) == 180


def test_a_port_in_use_is_passed_over() -> None:
    following = free_port() + 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", following))
        assert free_port() != following


def test_processes_of_tests_share_no_port() -> None:
    ours = (*(free_port(50) for _ in range(3)), *rtp_ports())
    with ExitStack() as running:
        others = [
            running.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", _ANOTHER],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(3)
        ]
        handed = [[int(port) for port in _line(other).split()] for other in others]
    taken = [*ours, *(port for ports in handed for port in ports)]
    assert len(set(taken)) == len(taken) == 4 * 5


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()
