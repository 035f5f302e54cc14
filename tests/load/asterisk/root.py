"""Where Asterisk is, if scripts/install-asterisk.sh has put it there: a small Debian of its own.

Its programs run by that Debian's own loader and libraries, beside everything else and without
chroot: so they see the same files and the same loopback as the daemon, and need no right of root.
"""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3] / "build" / "asterisk"
SHARE = ROOT / "usr" / "share" / "asterisk"
_PROGRAM = ROOT / "usr" / "sbin" / "asterisk"


def installed() -> bool:
    """Whether it is there."""
    return _PROGRAM.exists()


def version() -> str:
    """As it tells it: the name and three numbers."""
    told = subprocess.run(command("-V"), capture_output=True, text=True, check=True).stdout
    return told.partition("+")[0].strip()


def libraries() -> Path:
    """The folder of the root's shared libraries."""
    return next((ROOT / "usr" / "lib").glob("*-linux-gnu"))


def modules() -> Path:
    """The folder of Asterisk's modules."""
    return libraries() / "asterisk" / "modules"


def command(*arguments: str) -> list[str]:
    """The words that run it."""
    folder = libraries()
    (loader,) = folder.glob("ld-linux*.so.*")
    return [str(loader), "--library-path", str(folder), str(_PROGRAM), *arguments]
