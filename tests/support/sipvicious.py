"""sipvicious (Debian's package of that name): svmap, svwar and svcrack, from any source address.

Two of its programs ignore the option that sets the source address, and all say plainly in
User-Agent what they are. So each runs with a socket that binds where the test wants, and with the
name that the test wants.
"""

import asyncio
import os
import shutil
from pathlib import Path

HOME = "/usr/share/sipvicious"
OWN_NAME = "friendly-scanner"
_LIMIT_S = 60.0

_RUN = """
import socket, sys
home, tool, source, name = sys.argv[1:5]
sys.path.insert(0, home)
from importlib import import_module
from sipvicious.libs import svhelper

class Bound(socket.socket):
    def bind(self, address):
        super().bind((source, address[1]))

socket.socket = Bound
usual = svhelper.makeRequest.__defaults__
svhelper.makeRequest.__defaults__ = tuple(name if v == "friendly-scanner" else v for v in usual)
sys.argv = [tool, *sys.argv[5:]]
import_module("sipvicious." + tool).main()
"""


async def run(
    tool: str, folder: Path, port: int, *options: str, source: str, name: str = OWN_NAME
) -> str:
    """Runs a tool against the exchange at that port to its end; what it printed."""
    python = shutil.which("python3", path="/usr/bin")  # Debian's, which its package is for
    assert python is not None
    assert shutil.which(tool), "sipvicious is missing (Debian's package of that name)"
    process = await asyncio.create_subprocess_exec(
        python,
        *("-c", _RUN, HOME, tool, source, name, *options),
        *("-p", str(port), "127.0.0.1"),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "HOME": str(folder)},
    )
    try:
        async with asyncio.timeout(_LIMIT_S):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return printed.decode(errors="replace")
