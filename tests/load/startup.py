"""Figure: from the start of the process to the first answers over SIP and TCP."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.load.centre import DaemonProcess
from tests.load.figures import Figure
from tests.load.phones import killing
from tests.load.site import LoadSite, write_site

LIMIT_S = 2.0
AGENTS = 10


def measure() -> list[Figure]:
    """The first start, with nothing there, and the second, with database and rendered speech."""
    with tempfile.TemporaryDirectory(prefix="callcenter-bench-") as folder:
        site = write_site(Path(folder), AGENTS)
        first, second = _start(site), _start(site)
    python = _bare_python()
    return [
        Figure(
            key=f"{key}_start",
            what=f"{key} start to SIP and TCP answering",
            value=seconds,
            unit="s",
            reference=LIMIT_S,
            reference_what="the limit",
            limit=1.0,
            note=f"{seconds / python:.0f} x the start of a bare Python",
        )
        for key, seconds in (("first", first), ("second", second))
    ]


def _start(site: LoadSite) -> float:
    before = time.monotonic()
    daemon = DaemonProcess(site)
    with killing(daemon):
        daemon.wait_serving()
        taken = time.monotonic() - before
        daemon.wait_logged("prompts ready")
        daemon.stop()
    return taken


def _bare_python() -> float:
    before = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.monotonic() - before
