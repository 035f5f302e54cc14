"""The control socket: one question a line, one answer a line, both JSON objects.

    → {"id": 1, "method": "status", "params": {}}
    ← {"id": 1, "result": {…}}
    ← {"id": 1, "error": {"code": "unknown_method", "message": "…"}}

A socket file outlives a daemon that was killed, so the file tells nothing: whoever holds the lock
beside it (`….lock`, which the kernel lets go of when a process ends) owns the socket.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from callcenter.ops.registry import MAX_LINE, AskError, Registry

MAX_CLIENTS = 16
IDLE_S = 60.0
"""A client that asks nothing for so long, or does not take its answer, is sent away."""
ANSWER_S = 10.0

log = structlog.get_logger(__name__)


class SocketTakenError(OSError):
    """Another daemon that runs has this socket."""


class ControlServer:
    """The socket of one daemon. The file has mode 0600 from its first moment."""

    def __init__(self, path: Path, registry: Registry) -> None:
        self._path = path
        self._registry = registry
        self._lock: int | None = None
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listens. `SocketTakenError` when another daemon does, `OSError` when it cannot be."""
        self._lock = _locked(self._path)
        try:
            self._server = await asyncio.start_unix_server(
                self._serve, sock=_bound(self._path), limit=MAX_LINE
            )
        except BaseException:
            self._unlock()
            raise

    async def stop(self) -> None:
        """Sends everybody away and removes the socket."""
        if self._server is None:
            return
        self._server.close()
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        self._server = None
        self._path.unlink(missing_ok=True)
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._clients) >= MAX_CLIENTS:
            writer.close()
            return
        self._clients.add(task)
        try:
            await self._converse(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # gone, silent for too long, or the daemon stops
        finally:
            self._clients.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_S):
                    line = await reader.readline()
            except ValueError:  # longer than the limit: where it ends is unknown
                error = AskError("bad_request", f"a line may have {MAX_LINE} bytes at most")
                writer.write(_line({"id": None, **_failure(error)}))
                return
            if not line:
                return
            writer.write(_line(await self._reply(line)))
            async with asyncio.timeout(IDLE_S):
                await writer.drain()

    async def _reply(self, line: bytes) -> dict[str, Any]:
        request_id = method = None
        try:
            question = _question(line)
            request_id = question.get("id")
            method, params = question.get("method"), question.get("params", {})
            if not (isinstance(method, str) and isinstance(params, dict)):
                raise AskError("bad_request", '"method" must be a string, "params" an object')
            async with asyncio.timeout(ANSWER_S):
                result = await self._registry.answer(method, params)
            return {"id": request_id, "result": result}
        except AskError as error:
            return {"id": request_id, **_failure(error)}
        except TimeoutError:
            return {"id": request_id, **_failure(AskError("failed", "it took too long"))}
        except Exception as error:
            log.exception("control: the question failed", method=method)
            return {"id": request_id, **_failure(AskError("failed", repr(error)))}


def _question(line: bytes) -> Mapping[str, Any]:
    try:
        question = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise AskError("bad_request", f"not JSON: {error}") from None
    if not isinstance(question, dict):
        raise AskError("bad_request", "a question is a JSON object")
    return question


def _failure(error: AskError) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": error.message}}


def _line(reply: Mapping[str, Any]) -> bytes:
    return json.dumps(reply, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"


def _locked(path: Path) -> int:
    """The lock beside the socket, held until its descriptor is closed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OSError(
            error.errno, f"cannot make {path} (daemon.control): {error.strerror}"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise SocketTakenError(f"{path} (daemon.control) belongs to another daemon") from None
    return lock


def _bound(path: Path) -> socket.socket:
    """A socket at the path; one that a dead daemon left there is replaced."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISSOCK(path.lstat().st_mode):
                raise FileExistsError(17, "there is a file that is no socket")
            path.unlink()
        os.fchmod(listener.fileno(), 0o600)  # Linux: the mode that bind gives the file
        listener.bind(str(path))
        path.chmod(0o600)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"cannot make {path} (daemon.control): {reason}") from error
    return listener
