"""Asterisk, where scripts/install-asterisk.sh has put it: in a small Debian of its own.

Its program runs by that Debian's own loader and libraries, beside everything else and without
chroot: so it sees the same files and the same loopback as the daemon, and needs no right of root.
"""

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from string import Template

_ROOT = Path(__file__).parents[2] / "build" / "asterisk"
_PROGRAM = _ROOT / "usr" / "sbin" / "asterisk"
_FOLDERS = ("etc", "log", "music", "run", "spool/monitor", "var")
_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 30.0
_MAIN_FILE = """\
[directories]
astetcdir => {folder}/etc
astmoddir => {modules}
astvarlibdir => {folder}/var
astdbdir => {folder}/var
astkeydir => {folder}/var
astcachedir => {folder}/var
astdatadir => {share}
astspooldir => {folder}/spool
astrundir => {folder}/run
astlogdir => {folder}/log

[options]
verbose = 0
debug = 0
maxfiles = 60000
"""


class AsteriskError(Exception):
    """It did not do as told; the message has the end of its log."""


def installed() -> bool:
    """Whether it is there."""
    return _PROGRAM.exists()


def version() -> str:
    """As it tells it: the name and three numbers."""
    told = subprocess.run(_command("-V"), capture_output=True, text=True, check=True).stdout
    return told.partition("+")[0].strip()


def write(folder: Path, templates: Path, values: Mapping[str, object]) -> None:
    """Writes its files into `folder`: those of `templates` with the values, and the main one.

    Its console is a socket there, so the name must not be long.
    """
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True)
    for template in templates.glob("*.conf"):
        text = Template(template.read_text()).substitute(values, folder=folder)
        (folder / "etc" / template.name).write_text(text)
    modules, share = _libraries() / "asterisk" / "modules", _ROOT / "usr" / "share" / "asterisk"
    text = _MAIN_FILE.format(folder=folder, modules=modules, share=share)
    _main_file(folder).write_text(text)


class Asterisk:
    """Asterisk in the foreground, on what `write` has written into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with (folder / "log" / "output.log").open("ab") as output:
            self._process = subprocess.Popen(
                _command("-f", "-C", str(_main_file(folder))),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def story(self) -> str:
        """The end of its log."""
        log = self._folder / "log" / "messages.log"
        return log.read_text(errors="replace")[-3000:] if log.exists() else "no log"

    def wait_serving(self) -> None:
        """Until all its modules are there."""
        end = time.monotonic() + _START_LIMIT_S
        while "fully booted" not in self.ask("core waitfullybooted"):
            if self._process.poll() is not None or time.monotonic() > end:
                raise AsteriskError(f"it does not serve: {self.story}")
            time.sleep(0.1)

    def ask(self, command: str) -> str:
        """What it says to a command of its console."""
        words = _command("-C", str(_main_file(self._folder)), "-rx", command)
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout

    def stop(self) -> None:
        """As an operator stops it."""
        self.ask("core stop now")
        code = self._process.wait(_STOP_LIMIT_S)
        if code != 0:
            raise AsteriskError(f"it ended with {code}: {self.story}")

    def kill(self) -> None:
        """Leaves no process behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


def _main_file(folder: Path) -> Path:
    return folder / "etc" / "asterisk.conf"


def _libraries() -> Path:
    return next((_ROOT / "usr" / "lib").glob("*-linux-gnu"))


def _command(*arguments: str) -> list[str]:
    folder = _libraries()
    (loader,) = folder.glob("ld-linux*.so.*")
    return [str(loader), "--library-path", str(folder), str(_PROGRAM), *arguments]
