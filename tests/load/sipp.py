"""SIPp (Debian's sip-tester) as carrier and as the phones of all seats."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

SCENARIOS = Path(__file__).parent / "scenarios"
_TAIL = 3000


class LoadFailedError(Exception):
    """The load did not run as written; the message says what went wrong."""


class Sipp:
    """One SIPp process. `rows` are the calls' fields, used in turn; `log` has the calls' lines."""

    def __init__(
        self,
        folder: Path,
        scenario: str,
        *,
        port: int,
        remote_port: int,
        rows: Iterable[str] = (),
        options: Iterable[str] = (),
    ) -> None:
        program = shutil.which("sipp")
        if program is None:
            raise LoadFailedError("SIPp is missing (Debian's package sip-tester)")
        self.log = folder / f"{scenario}.log"
        self._errors = folder / f"{scenario}.errors"
        self._scenario = scenario
        injection: list[str] = []
        if fields := list(rows):
            file = folder / f"{scenario}.csv"
            file.write_text("SEQUENTIAL\n" + "".join(f"{row}\n" for row in fields))
            injection = ["-inf", str(file)]
        self._process = subprocess.Popen(
            [
                program,
                f"127.0.0.1:{remote_port}",
                *("-sf", str(SCENARIOS / f"{scenario}.xml"), *injection),
                *("-i", "127.0.0.1", "-p", str(port), "-nostdin"),
                *("-trace_logs", "-log_file", str(self.log)),
                *("-trace_err", "-error_file", str(self._errors)),
                *options,
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def passed(self, within: float) -> None:
        """Until all its calls have gone as the scenario says, else `LoadFailedError`."""
        try:
            code = self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise LoadFailedError(
                f"SIPp's {self._scenario} does not end: {self._story()}"
            ) from None
        if code != 0:
            raise LoadFailedError(f"SIPp's {self._scenario} ended with {code}: {self._story()}")

    def port_pairs(self) -> dict[int, int]:
        """From the log: our RTP port of a call to the exchange's."""
        if not self.log.exists():
            return {}
        pairs = (line.split() for line in self.log.read_text().splitlines())
        return {int(pair[0]): int(pair[1]) for pair in pairs if len(pair) == 2}

    def kill(self) -> None:
        """Ends it, whatever it does."""
        if self.running:
            self._process.kill()
        self._process.wait()

    def _story(self) -> str:
        return self._errors.read_text(errors="replace")[-_TAIL:] if self._errors.exists() else ""
