"""The demo's processes: the daemon and the actors. Whatever happens, none is left behind.

Each has a session of its own, so that a Ctrl-C at the terminal reaches the director alone, which
then stops them in order.
"""

import asyncio
import json
import os
import secrets
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from callcenter.demo.steps import Outcome

_READY_S = 15.0
_STOP_S = 8.0
_SAFE_PATH = "-P"
"""Python's: a folder named `sip` where the demo happens to be started is not our package."""
_SERVE = "from callcenter.cli import main; main()"


class NotStartedError(Exception):
    """The daemon ended, or said nothing, before it was ready."""


@asynccontextmanager
async def daemon(config: Path, log: Path) -> AsyncIterator[Process]:
    """`callcenter serve`, ready to take calls; told to drain and waited for at the end."""
    name = f"callcenter-demo-{secrets.token_hex(8)}"
    arguments = (_SAFE_PATH, "-c", _SERVE, "serve", "--config", str(config), "--log-format", "json")
    environ = {**os.environ, "NOTIFY_SOCKET": f"@{name}"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices, log.open("ab") as output:
        notices.setblocking(False)
        notices.bind(f"\0{name}")  # it says READY=1 there, as it does to systemd
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            env=environ,
            start_new_session=True,
        )
        try:
            await _until_ready(process, notices)
            yield process
        finally:
            await _stop(process)


class ActorProcess:
    """A running part. `outcomes` are its steps; `cue` tells it to go on."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def outcomes(self) -> AsyncIterator[Outcome]:
        """Its steps as it tells them, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            yield Outcome(told["step"], told["ok"], told["at"], told["facts"])

    async def wait(self) -> int:
        """Its exit code."""
        return await self._process.wait()

    def cue(self, word: str) -> None:
        """Lets it go on; harmless when it has ended."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(f"{word}\n".encode())


@asynccontextmanager
async def actor(module: str, arguments: Sequence[str], errors: Path) -> AsyncIterator[ActorProcess]:
    """`python -m module`, whose end comes with the block's."""
    with errors.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            _SAFE_PATH,
            "-m",
            module,
            *arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield ActorProcess(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()  # an actor whose director is gone goes, too
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S / 2):
                await process.wait()
        await _stop(process)


async def _until_ready(process: Process, notices: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.create_task(process.wait())
    try:
        async with asyncio.timeout(_READY_S):
            while not ended.done():
                notice = asyncio.create_task(loop.sock_recv(notices, 4096))
                await asyncio.wait((ended, notice), return_when=asyncio.FIRST_COMPLETED)
                if notice.done() and b"READY=1" in notice.result():
                    return
                notice.cancel()
    except TimeoutError:
        raise NotStartedError(f"not ready after {_READY_S:g} s") from None
    finally:
        ended.cancel()
    raise NotStartedError(f"ended with code {process.returncode}")


async def _stop(process: Process) -> None:
    """SIGTERM, and SIGKILL to one that does not obey."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
