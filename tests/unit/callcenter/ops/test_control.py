"""The control socket: a line in, a line out, whatever the line is; one socket a daemon."""

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from callcenter.ops import control
from callcenter.ops.client import NoDaemonError, ask
from callcenter.ops.control import ControlServer, SocketTakenError
from callcenter.ops.registry import MAX_LINE, AskError, Registry


def echo(text: str, times: int = 1) -> str:
    return text * times


async def later() -> int:
    await asyncio.sleep(0)
    return 7


def broken() -> None:
    raise RuntimeError("oops")


def never() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("var/c.sock")


def registry() -> Registry:
    registry = Registry()
    for method in (echo, later, broken, never):
        registry.add(method)
    return registry


@pytest.fixture
async def server(path: Path) -> AsyncIterator[ControlServer]:
    server = ControlServer(path, registry())
    await server.start()
    yield server
    await server.stop()
    assert path.name not in os.listdir(path.parent)


async def talk(path: Path, *lines: bytes) -> list[Any]:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"".join(lines))
    writer.write_eof()
    answers = [json.loads(line) for line in (await reader.read()).splitlines()]
    writer.close()
    await writer.wait_closed()
    return answers


async def test_questions_are_answered_in_order(path: Path, server: ControlServer) -> None:
    answers = await talk(
        path,
        b'{"id": 1, "method": "echo", "params": {"text": "ab", "times": 2}}\n',
        b'{"id": 2, "method": "later"}\n',
    )
    assert answers == [{"id": 1, "result": "abab"}, {"id": 2, "result": 7}]


async def test_the_client_asks(path: Path, server: ControlServer) -> None:
    assert await asyncio.to_thread(ask, path, "echo", text="x", times=3) == "xxx"
    with pytest.raises(AskError, match="did you mean 'echo'"):
        await asyncio.to_thread(ask, path, "ecko")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"nonsense", "bad_request"),
        (b"[1]", "bad_request"),
        (b"\xff\xfe", "bad_request"),
        (b"[" * 20_000, "bad_request"),
        (b'{"method": 5}', "bad_request"),
        (b'{"method": "echo", "params": []}', "bad_request"),
        (b'{"method": "nothing"}', "unknown_method"),
        (b'{"method": "echo", "params": {"tex": 1}}', "bad_params"),
        (b'{"method": "broken"}', "failed"),
    ],
)
async def test_a_bad_question_costs_only_itself(
    path: Path, server: ControlServer, line: bytes, code: str
) -> None:
    bad, good = await talk(path, line + b"\n", b'{"method": "later"}\n')
    assert bad["error"]["code"] == code
    assert good["result"] == 7


async def test_a_line_without_end_is_cut_off(path: Path, server: ControlServer) -> None:
    (answer,) = await talk(path, b"x" * (MAX_LINE + 1000))
    assert answer["error"]["code"] == "bad_request"


async def test_what_takes_too_long_is_given_up(
    path: Path, server: ControlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "ANSWER_S", 0.01)
    (answer,) = await talk(path, b'{"method": "never"}\n')
    assert answer["error"] == {"code": "failed", "message": "it took too long"}


async def test_clients_are_bounded(
    path: Path, server: ControlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "MAX_CLIENTS", 1)
    _, first = await asyncio.open_unix_connection(path)
    first.write(b'{"method": "never"}\n')
    reader, second = await asyncio.open_unix_connection(path)
    assert await reader.read() == b""
    for writer in (first, second):
        writer.close()


async def test_only_the_owner_may_use_it(path: Path, server: ControlServer) -> None:
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


async def test_a_second_daemon_does_not_take_it(path: Path, server: ControlServer) -> None:
    other = ControlServer(path, registry())
    with pytest.raises(SocketTakenError, match="another daemon"):
        await other.start()
    await other.stop()
    assert await asyncio.to_thread(ask, path, "later") == 7


async def test_the_socket_of_a_dead_daemon_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    server = ControlServer(path, registry())
    await server.start()
    assert await asyncio.to_thread(ask, path, "later") == 7
    await server.stop()


def test_a_file_that_is_no_socket_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("precious")
    server = ControlServer(path, registry())
    with pytest.raises(OSError, match=r"c\.sock \(daemon\.control\)"):
        asyncio.run(server.start())
    assert path.read_text() == "precious"


def test_without_a_daemon_the_client_says_what_to_do(path: Path) -> None:
    with pytest.raises(NoDaemonError, match="is it running"):
        ask(path, "status")


async def test_what_is_no_daemon_is_told(path: Path) -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 hello\n")
        await writer.drain()
        writer.close()

    os.makedirs("var")
    async with await asyncio.start_unix_server(rude, path):
        with pytest.raises(NoDaemonError, match="no callcenter daemon"):
            await asyncio.to_thread(ask, path, "status")
