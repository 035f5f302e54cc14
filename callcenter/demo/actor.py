"""A process that plays a part: it tells its steps as JSON lines and takes cues, a word a line.

Standard input is read when it is a pipe; when that closes, the director is gone and so is the
actor. A person may start an actor at a terminal, too.
"""

import asyncio
import json
import os
import stat
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from agent_proto import ProtocolError
from callcenter.demo.pulse import Pulse
from callcenter.demo.softphone import CallFailedError, NotHeardError, RegistrationError

_MISHAPS = (CallFailedError, NotHeardError, RegistrationError, ProtocolError, OSError, ValueError)
_FAILED = 1
CALLER_TONE = 440
AGENT_TONE = 620
"""Hertz: each party says a tone of its own, so that it is clear who hears whom."""


class StepFailedError(Exception):
    """The part cannot go on; what happened has been told."""


class Actor:
    """The director's side of a part."""

    def __init__(self) -> None:
        self._cues: set[str] = set()
        self._heard = Pulse()

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, object]]:
        """Tells that the step is done, with the facts put into it, or why it failed."""
        facts: dict[str, object] = {}
        try:
            yield facts
        except _MISHAPS as error:
            _tell(name, ok=False, facts={"reason": str(error) or type(error).__name__})
            raise StepFailedError(name) from error
        _tell(name, ok=True, facts=facts)

    async def cue(self, word: str, within: float = 60.0) -> None:
        """Waits to be told so."""
        if not await self._heard.until(lambda: word in self._cues, within):
            raise TimeoutError(f"nobody said {word!r}")

    async def listen(self) -> None:
        """Takes cues until standard input ends."""
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        async for line in reader:
            self._cues.add(line.decode("utf-8", "replace").strip())
            self._heard.fire()


def play(part: Callable[[Actor], Awaitable[None]]) -> int:
    """Runs a part to its end, or its director's; returns the exit code."""
    try:
        return asyncio.run(_play(part))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _FAILED


async def _play(part: Callable[[Actor], Awaitable[None]]) -> int:
    actor = Actor()
    playing = asyncio.ensure_future(part(actor))
    listening = asyncio.create_task(actor.listen()) if _is_directed() else None
    if listening is not None:
        listening.add_done_callback(lambda _: playing.cancel())
    try:
        await playing
    except StepFailedError:
        return _FAILED
    finally:
        if listening is not None:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
    return 0


def _is_directed() -> bool:
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _tell(step: str, *, ok: bool, facts: dict[str, object]) -> None:
    line = {"at": time.monotonic(), "step": step, "ok": ok, "facts": facts}
    print(json.dumps(line, ensure_ascii=False), flush=True)
