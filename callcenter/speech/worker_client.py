"""The daemon's end of the worker process: starts it when needed, bounds it, and outlives it."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from callcenter.speech.provider import SpeechError

REVISION = 1
"""Grows whenever the worker's voices, levels or filters change: cached audio is then made anew."""

_COMMAND = (sys.executable, "-P", "-m", "callcenter.speech.worker")
_GRACE_S = 2.0
_MAX_AUDIO = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Job:
    """One request on its way through the queue."""

    line: bytes
    audio: "asyncio.Future[bytes]"


class SpeechWorker:
    """Renderer and decoder in a process of their own.

    One request is worked on at a time and `max_waiting` may wait. A text that takes longer than
    `timeout_s`, or kills the process, costs its own audio and nothing else: the next one finds a
    new process. After `idle_s` without work the process is let go.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 20.0,
        idle_s: float = 30.0,
        max_waiting: int = 256,
        command: Sequence[str] = _COMMAND,
    ) -> None:
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._command = command
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(max_waiting)
        self._process: Process | None = None
        self._runner: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def identity(self) -> str:
        """Library version and our own revision of what is done with it."""
        return f"espeakng-loader {version('espeakng-loader')}, revision {REVISION}"

    @property
    def running(self) -> bool:
        """Whether there is a process now."""
        return self._process is not None

    async def render(self, text: str, language: str) -> bytes:
        """See `Renderer`."""
        return await self._ask({"op": "speak", "text": text, "language": language})

    async def decode(self, path: Path) -> bytes:
        """See `Decoder`."""
        return await self._ask({"op": "decode", "path": str(path)})

    async def close(self) -> None:
        """Ends the process; what still waits fails. Idempotent."""
        self._closed = True
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.wait([self._runner])
        while not self._jobs.empty():
            _fail(self._jobs.get_nowait(), "the speech worker is closed")

    async def _ask(self, request: dict[str, Any]) -> bytes:
        if self._closed:
            raise SpeechError("the speech worker is closed")
        line = json.dumps(request).encode() + b"\n"
        job = _Job(line, asyncio.get_running_loop().create_future())
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            raise SpeechError("too many prompts are waiting to be made") from None
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run(), name="speech worker")
        return await job.audio

    async def _run(self) -> None:
        """Works the queue off; ends, with the process, when there was nothing to do for a while."""
        try:
            while True:
                try:
                    async with asyncio.timeout(self._idle_s):
                        job = await self._jobs.get()
                except TimeoutError:
                    await self._end_process()
                    if self._jobs.empty():
                        return
                else:
                    await self._work(job)
        finally:
            await self._end_process()

    async def _work(self, job: _Job) -> None:
        """One request, whatever becomes of it."""
        if job.audio.done():
            return
        try:
            async with asyncio.timeout(self._timeout_s):
                audio = await self._exchange(job.line)
        except SpeechError as error:
            _fail(job, str(error))
        except TimeoutError:
            await self._end_process(grace_s=0)
            _fail(job, f"not made within {self._timeout_s:g} s")
        except (OSError, EOFError, ValueError) as error:
            await self._end_process(grace_s=0)
            _fail(job, f"the speech worker failed: {error!r}")
        except asyncio.CancelledError:
            _fail(job, "the speech worker is closed")
            raise
        else:
            if not job.audio.done():
                job.audio.set_result(audio)

    async def _exchange(self, line: bytes) -> bytes:
        if self._process is None or self._process.returncode is not None:
            # A session of its own: Ctrl-C in the daemon's terminal is the daemon's to handle.
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
            )
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        requests.write(line)
        await requests.drain()
        head = json.loads(await answers.readline() or b"{}")
        if "error" in head:
            raise SpeechError(str(head["error"]))
        size = int(head.get("bytes", -1))
        if not 0 <= size <= _MAX_AUDIO:
            raise EOFError("it gave no answer")
        return await answers.readexactly(size)

    async def _end_process(self, *, grace_s: float = _GRACE_S) -> None:
        """Closes its input, on which it ends by itself; kills it if that takes too long."""
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(grace_s):
                await process.communicate(b"")
        except TimeoutError:
            if process.returncode is None:
                process.kill()
            await process.communicate(b"")
        self._process = None


def _fail(job: _Job, why: str) -> None:
    if not job.audio.done():
        job.audio.set_exception(SpeechError(why))
