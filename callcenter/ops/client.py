"""The command line's end of the control socket."""

import json
import socket
from pathlib import Path
from typing import Any

from callcenter.ops.registry import MAX_LINE, AskError

TIMEOUT_S = 15.0
_CHUNK = 65_536


class NoDaemonError(Exception):
    """Nobody listens at the socket; the text says what to do."""


def ask(path: Path, method: str, **params: object) -> Any:
    """The daemon's answer. `NoDaemonError` where none is, `AskError` where it refuses."""
    question = {"id": 1, "method": method, "params": params}
    line = json.dumps(question, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
    if len(line) > MAX_LINE:
        raise AskError("bad_request", f"a question may have {MAX_LINE} bytes, not {len(line)}")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.connect(str(path))
            connection.sendall(line)
            reply = _one_line(connection)
    except TimeoutError:
        raise NoDaemonError(f"the daemon at {path} does not answer") from None
    except PermissionError:
        raise NoDaemonError(f"{path} may only be used by the user the daemon runs as") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise NoDaemonError(
            f"no daemon answers at {path} ({reason}): is it running? "
            "Name its site file with --config, or its socket with --socket"
        ) from None
    try:
        answer = json.loads(reply)
    except ValueError:
        raise NoDaemonError(f"what answers at {path} is no callcenter daemon") from None
    if "error" in answer:
        raise AskError(answer["error"]["code"], answer["error"]["message"])
    return answer["result"]


def _one_line(connection: socket.socket) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        chunk = connection.recv(_CHUNK)
        if not chunk:
            break
        received += chunk
    return bytes(received)
