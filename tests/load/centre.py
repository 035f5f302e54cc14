"""A call centre at work: the real daemon, its agents signed in, SIPp as phones and as carrier."""

import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.load.phones import calling, killing, registered
from tests.load.sipp import LoadFailedError, Sipp
from tests.load.site import LoadSite, write_site
from tests.support.ports import free_port

_REPOSITORY = Path(__file__).parents[2]
_PROGRAM = Path(sys.executable).with_name("callcenter")
_START_LIMIT_S = 30.0
_STORE_LIMIT_S = 10.0

_OPTIONS = """\
OPTIONS sip:127.0.0.1:{remote} SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:{local};branch=z9hG4bK-{n};rport
Max-Forwards: 70
From: <sip:load@127.0.0.1>;tag=load{n}
To: <sip:127.0.0.1:{remote}>
Call-ID: load-{local}-{n}
CSeq: 1 OPTIONS
Content-Length: 0

"""


@dataclass(frozen=True, slots=True)
class Records:
    """What the database holds."""

    calls: int
    talked: int
    """Calls with a talk and a recording."""
    recordings: int
    """Recordings that are complete and without error."""


class DaemonProcess:
    """`callcenter serve` on a site; its log goes to a file. With `profile` under cProfile."""

    def __init__(self, site: LoadSite, profile: Path | None = None) -> None:
        self.site = site
        self.log = site.folder / "daemon.log"
        profiler = ["-m", "cProfile", "-o", str(profile)] if profile else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *profiler, str(_PROGRAM), "serve", "--config", str(site.file)],
                cwd=site.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait_serving(self) -> None:
        """Until it answers SIP over UDP and the agent protocol over TCP."""
        end = time.monotonic() + _START_LIMIT_S
        while not (self._answers_sip() and self._answers_agents()):
            if self._process.poll() is not None or time.monotonic() > end:
                raise LoadFailedError(f"the daemon does not serve: {self.log.read_text()}")
            time.sleep(0.005)

    def wait_logged(self, event: str) -> None:
        """Until its log has that event."""
        end = time.monotonic() + _START_LIMIT_S
        while f'"{event}"' not in self.log.read_text():
            if time.monotonic() > end:
                raise LoadFailedError(f"no {event!r} in the log: {self.log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """SIGTERM; everything is written when it has ended."""
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(60)
        if code != 0:
            raise LoadFailedError(f"the daemon ended with {code}: {self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """Leaves no process behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def _answers_sip(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            probe.settimeout(0.05)
            probe.connect(("127.0.0.1", self.site.sip_port))
            request = _OPTIONS.format(
                remote=self.site.sip_port, local=probe.getsockname()[1], n=time.monotonic_ns()
            )
            try:
                probe.send(request.replace("\n", "\r\n").encode())
                return probe.recv(4096).startswith(b"SIP/2.0 200")
            except OSError:  # refused, or no answer within the timeout
                return False

    def _answers_agents(self) -> bool:
        hello = (
            b'{"jsonrpc":"2.0","id":1,"method":"session.hello",'
            b'"params":{"protocol":1,"client":"load"}}\n'
        )
        try:
            with socket.create_connection(("127.0.0.1", self.site.agent_port), 1) as probe:
                probe.sendall(hello)
                return b'"result"' in probe.recv(4096)
        except OSError:
            return False


class Centre:
    """The running daemon with its people; `calls` sends it callers."""

    def __init__(
        self, site: LoadSite, daemon: DaemonProcess, phones: Sipp, carrier_port: int
    ) -> None:
        self.site = site
        self.daemon = daemon
        self.phones = phones
        self._carrier_port = carrier_port

    @property
    def pid(self) -> int:
        """The daemon's process id."""
        return self.daemon.pid

    @property
    def folder(self) -> Path:
        """Where SIPp has its files, too."""
        return self.site.folder

    def calls(
        self, rtp_ports: Sequence[tuple[int, int]], rate: float, hold_s: float
    ) -> AbstractContextManager[Sipp]:
        """One call for each pair of RTP ports (caller's, phone's), `rate` a second, each held."""
        sip_port = self.site.sip_port
        return calling(self.folder, self._carrier_port, sip_port, rtp_ports, rate, hold_s)

    def records(self) -> Records:
        """What is stored now."""
        with closing(sqlite3.connect(f"file:{self.site.database}?mode=ro", uri=True)) as database:
            count = "SELECT count(*) FROM "
            return Records(
                *(
                    database.execute(count + what).fetchone()[0]
                    for what in (
                        "cdr",
                        "cdr WHERE talked_s > 0 AND recording IS NOT NULL",
                        "recording WHERE size > 0 AND error = ''",
                    )
                )
            )

    def wait_stored(self, calls: int) -> Records:
        """Until that many calls are stored to the end; `LoadFailedError` when some are missing."""
        wanted = Records(calls, calls, calls)
        end = time.monotonic() + _STORE_LIMIT_S
        while (found := self.records()) != wanted:
            if time.monotonic() > end:
                raise LoadFailedError(f"{found} are stored instead of {wanted}")
            time.sleep(0.1)
        return found


@contextmanager
def running(
    folder: Path,
    agents: int,
    profile: Path | None = None,
    *,
    spare: int = 0,
    supervisors: int = 0,
    announce: bool = True,
) -> Iterator[Centre]:
    """A call centre with so many agents, idle at registered phones; stopped in order at the end.

    So many `spare` agents after them have phones, too; they and then the supervisors are known, but
    not there.
    """
    site = write_site(folder, agents + spare, supervisors, announce=announce)
    with ExitStack() as stack:
        daemon = DaemonProcess(site, profile)
        stack.enter_context(killing(daemon))
        daemon.wait_serving()
        daemon.wait_logged("prompts ready")
        phones = stack.enter_context(registered(folder, site.sip_port, agents + spare))
        stack.enter_context(signed_in("agents", site.agent_port, agents))
        yield Centre(site, daemon, phones, free_port())
        daemon.stop()


@contextmanager
def signed_in(kind: Literal["agents", "supervisors"], *arguments: object) -> Iterator[None]:
    """People in a process of their own, `tests.load.KIND`, until the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.load.{kind}", *map(str, arguments)],
        cwd=_REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            if process.stdout.readline() != b"ready\n":
                raise LoadFailedError(f"the {kind} could not sign in")
            yield
            process.stdin.close()
        finally:
            process.kill()


@contextmanager
def silent_phones() -> Iterator[tuple[int, int]]:
    """Two RTP ports that take what comes and never read it: no ICMP errors, hardly any cost."""
    with ExitStack() as stack:
        ports = []
        for _ in range(2):
            sink = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sink.bind(("127.0.0.1", 0))
            ports.append(int(sink.getsockname()[1]))
        yield ports[0], ports[1]
