"""The real daemon as a process of its own, with its log under observation."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from tests.support.live_site import LiveSite

PROGRAM = Path(sys.executable).with_name("callcenter")
_START_S = 60.0
_STOP_S = 30.0

LogLine: TypeAlias = dict[str, Any]
NewDaemon: TypeAlias = "Callable[[LiveSite], Daemon]"


class Daemon:
    """`callcenter serve` on a site of the test's own.

    Every line it logs is kept; a thread reads them, so that the daemon never waits for the test.
    """

    def __init__(self, site: LiveSite, within: Sequence[str] = ()) -> None:
        """`within` is the beginning of a command line that the daemon is run by."""
        self.site = site
        self.lines: list[LogLine] = []
        """What it logged so far; what is no JSON has the one key `text`."""
        self._change = threading.Condition()
        self._ended = False
        self._process = subprocess.Popen(
            [*within, PROGRAM, "serve", "--config", str(site.file), "--log-format", "json"],
            cwd=site.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, name="daemon log")
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.poll() is not None

    def wait_ready(self) -> None:
        """Until it serves."""
        self.wait_logged("ready", _START_S)

    def wait_logged(self, event: str, within: float = 30.0, **fields: object) -> LogLine:
        """The first line of that event and those fields, logged already or soon."""
        wanted = {"event": event, **fields}

        def found() -> LogLine | None:
            return next((line for line in self.lines if wanted.items() <= line.items()), None)

        with self._change:
            self._change.wait_for(lambda: found() is not None or self._ended, within)
            line = found()
        if line is None:
            raise TimeoutError(f"the daemon did not log {wanted}; it logged\n{self.log()}")
        return line

    async def logged(self, event: str, within: float = 30.0, **fields: object) -> LogLine:
        """`wait_logged` for coroutines."""
        return await asyncio.to_thread(self.wait_logged, event, within, **fields)

    async def logged_more(self, event: str, than: int, within: float = 30.0) -> None:
        """Until it has logged that event more than so many times."""

        def wait() -> bool:
            with self._change:
                return self._change.wait_for(lambda: self.count(event) > than, within)

        if not await asyncio.to_thread(wait):
            raise TimeoutError(f"no further {event} in\n{self.log()}")

    def count(self, event: str) -> int:
        """How often it logged that."""
        return sum(line.get("event") == event for line in list(self.lines))

    def wait_quiet(self, within: float = 30.0) -> None:
        """Until every call that was begun has ended."""

        def quiet() -> bool:
            return self.count("CallStarted") == self.count("CallEnded")

        with self._change:
            if not self._change.wait_for(quiet, within):
                raise TimeoutError(f"calls are left over in\n{self.log()}")

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        self._process.send_signal(number)

    def wait_exit(self, within: float = _STOP_S) -> int:
        """Its exit code, once all its log has been read."""
        code = self._process.wait(within)
        self._reader.join(within)
        return code

    async def exited(self, within: float = _STOP_S) -> int:
        """`wait_exit` for coroutines."""
        return await asyncio.to_thread(self.wait_exit, within)

    def stop(self) -> None:
        """SIGTERM, a clean exit, and nothing to complain of in the log."""
        self.signal(signal.SIGTERM)
        code = self.wait_exit()
        assert code == 0, f"exit code {code} after\n{self.log()}"
        self.assert_healthy()

    def assert_healthy(self) -> None:
        """It logged no error, traceback or other thing than its log."""
        bad = [line for line in list(self.lines) if _is_complaint(line)]
        assert not bad, f"the daemon complained: {bad}"

    def remove(self) -> None:
        """Leaves no process behind, whatever happened."""
        if not self.ended:
            self._process.kill()
        self.wait_exit()
        assert self._process.stderr is not None
        self._process.stderr.close()

    def log(self) -> str:
        """The whole log, to be read by people."""
        return "\n".join(json.dumps(line) for line in list(self.lines))

    def _read(self) -> None:
        assert self._process.stderr is not None
        for text in self._process.stderr:
            with self._change:
                self.lines.append(_parse(text))
                self._change.notify_all()
        with self._change:
            self._ended = True
            self._change.notify_all()


@contextmanager
def serving(site: LiveSite) -> Iterator[Daemon]:
    """A daemon for whoever comes to that site; stopped in order where nothing was raised."""
    daemon = Daemon(site)
    try:
        daemon.wait_ready()
        yield daemon
        daemon.stop()
    finally:
        daemon.remove()


def _parse(text: str) -> LogLine:
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    return line if isinstance(line, dict) else {"text": text.rstrip("\n")}


def _is_complaint(line: LogLine) -> bool:
    return line.get("level") not in ("debug", "info", "warning")


def run_command(*arguments: str, cwd: Path, within: float = 30.0) -> tuple[int, str, str]:
    """Runs `callcenter` to its end: exit code, standard output, standard error."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
