"""Asterisk at work as a call centre: the same phones, callers and calls as the daemon's."""

import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from tests.load import phones
from tests.load.asterisk.site import AsteriskSite, write_site
from tests.load.sipp import LoadFailedError, Sipp
from tests.support.asterisk import Asterisk
from tests.support.ports import free_port

CEL_ROWS = 10
"""Of a call: both parties answered, entered and left the bridge and hung up; the queue's two."""
_STORE_LIMIT_S = 60.0
_WAV_HEADER = 44
_BYTES_S = 16_000
_LOGIN = "Action: Login\r\nUsername: desks\r\nSecret: desks\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Records:
    """What it has written."""

    calls: int
    """Rows of calls that were answered."""
    segments: int
    connected: int
    """Lines of the queue's log: an agent has a caller."""
    completed: int
    """And the caller has hung up."""
    recordings: int
    """Files as long as the voice in them."""
    told: int
    """Calls whose end the client has been told."""


class Desks:
    """One client of the manager interface, who is told all that agents' desks show."""

    def __init__(self, port: int) -> None:
        self.events: Counter[str] = Counter()
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(_LOGIN.encode())
        Thread(target=self._read, daemon=True).start()

    def close(self) -> None:
        """Asterisk is told nothing: it notices."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _read(self) -> None:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                if line.startswith(b"Event: "):
                    self.events[line[7:].strip().decode()] += 1


class AsteriskCentre:
    """It runs, with its phones; `calls` sends it callers."""

    def __init__(self, site: AsteriskSite, process: Asterisk, desks: Desks, heard_s: float) -> None:
        self.site = site
        self.process = process
        self.desks = desks
        self._heard_s = heard_s
        self._carrier_port = free_port()

    @property
    def folder(self) -> Path:
        """Where SIPp has its files, too."""
        return self.site.folder

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def calls(
        self, rtp_ports: Sequence[tuple[int, int]], rate: float, hold_s: float
    ) -> AbstractContextManager[Sipp]:
        """As the daemon's."""
        sip_port = self.site.sip_port
        return phones.calling(self.folder, self._carrier_port, sip_port, rtp_ports, rate, hold_s)

    def records(self) -> Records:
        """What is written now."""
        site = self.site
        fields = [line.split("|") for line in site.queue_log.read_text().splitlines()]
        told = Counter(row[4] for row in fields if len(row) > 4)
        least = _WAV_HEADER + self._heard_s * _BYTES_S
        return Records(
            calls=_count(site.calls, "cdr WHERE disposition = 'ANSWERED' AND lastapp = 'Queue'"),
            segments=_count(site.segments, "cel"),
            connected=told["CONNECT"],
            completed=told["COMPLETECALLER"],
            recordings=sum(file.stat().st_size >= least for file in site.recordings.iterdir()),
            told=self.desks.events["AgentComplete"],
        )

    def wait_stored(self, calls: int) -> None:
        """Until everything is written of that many calls."""
        wanted = Records(calls, CEL_ROWS * calls, calls, calls, calls, calls)
        end = time.monotonic() + _STORE_LIMIT_S
        while (found := self.records()) != wanted:
            if time.monotonic() > end:
                raise LoadFailedError(
                    f"{found} are written instead of {wanted}: {self.process.story}"
                )
            time.sleep(0.2)


def _count(file: Path, what: str) -> int:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        count: int = database.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
        return count


@contextmanager
def running(folder: Path, agents: int, heard_s: float) -> Iterator[AsteriskCentre]:
    """Asterisk with so many agents, idle at registered phones; stopped in order at the end.

    Recordings count that have so much voice.
    """
    site = write_site(folder, agents)
    with ExitStack() as stack:
        process = Asterisk(folder)
        stack.enter_context(phones.killing(process))
        process.wait_serving()
        desks = stack.enter_context(closing(Desks(site.manager_port)))
        stack.enter_context(phones.registered(folder, site.sip_port, agents))
        yield AsteriskCentre(site, process, desks, heard_s)
        process.stop()
