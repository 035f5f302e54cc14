"""`callcenter demo` as people run it: a process, whose words are all that is looked at."""

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from callcenter.demo.steps import STEPS

pytestmark = pytest.mark.load  # its actors speak and hear in real time, in Python

_PROGRAM = Path(sys.executable).with_name("callcenter")
_WITHIN_S = 60.0


@asynccontextmanager
async def _demo(tmp_path: Path, *arguments: str) -> AsyncIterator[Process]:
    """The demo on free ports, with its temporary folder below `tmp_path`."""
    process = await asyncio.create_subprocess_exec(
        _PROGRAM,
        "demo",
        "--port-base",
        "0",
        *arguments,
        stdout=PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(tmp_path), "COLUMNS": "200"},
    )
    try:
        async with asyncio.timeout(_WITHIN_S):
            yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _read(process: Process, until: str | None = None) -> str:
    """Its words, up to the line with `until`, else to its end."""
    assert process.stdout is not None
    text = ""
    async for line in process.stdout:
        text += line.decode()
        if until is not None and until in text:
            return text
    assert until is None, text
    return text


def _children(pid: int) -> dict[str, int]:
    """The processes that the demo has started, by their command lines."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {Path(f"/proc/{child}/cmdline").read_text(): int(child) for child in children}


def _alive(children: dict[str, int]) -> list[str]:
    return [line for line, pid in children.items() if Path(f"/proc/{pid}").exists()]


def _assert_verified(text: str) -> None:
    assert text.count("✔") == len(STEPS), text
    assert "✘" not in text
    assert "440 Hz" in text
    assert "620 Hz" in text


async def test_every_step_is_verified(tmp_path: Path) -> None:
    async with _demo(tmp_path, "--once") as process:
        text = await _read(process)
        assert await process.wait() == 0, text
    _assert_verified(text)
    assert re.search(r"Call detail record \S+\n.*13800001234 → 4000", text)
    assert re.search(r"recording: .*\.wav, \d\.\d s, stereo, PCMA", text)
    assert os.listdir(tmp_path) == []  # nothing is left behind


async def test_the_site_stays_up_for_whoever_pastes_its_lines(tmp_path: Path) -> None:
    async with _demo(tmp_path, "--language", "zh") as process:
        text = await _read(process, until="Ctrl-C")
        _assert_verified(text)
        assert "话单" in text
        host, port = re.findall(r"nc (\S+) (\d+)", text)[0]
        reader, writer = await asyncio.open_connection(host, int(port))
        hello, login = re.findall(r"\{\"jsonrpc.*\}", text)[:2]
        writer.write(f"{hello}\n{login}\n".encode())
        answers = [json.loads(await reader.readline()) for _ in range(2)]
        assert [answer["id"] for answer in answers] == [1, 2]
        assert answers[1]["result"]["agent"]["agent_id"] == "1001"
        children = _children(process.pid)
        assert len(children) == 1  # the daemon; the actors have left the stage
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
        writer.close()
    assert _alive(children) == []
    assert os.listdir(tmp_path) == []


async def test_ctrl_c_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    async with _demo(tmp_path, "--once") as process:
        await _read(process, until="4000 → 200")
        children = _children(process.pid)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)  # impatience must not cut the tidying short
        assert await process.wait() == 1
    assert len(children) == 3
    assert _alive(children) == []
    assert os.listdir(tmp_path) == []


async def test_an_actor_that_dies_is_told_and_the_logs_are_kept(tmp_path: Path) -> None:
    async with _demo(tmp_path, "--once") as process:
        text = await _read(process, until="4000 → 200")
        children = _children(process.pid)
        (agent,) = [pid for line, pid in children.items() if "callcenter.demo.agent" in line]
        os.kill(agent, signal.SIGKILL)
        text = await _read(process)
        assert await process.wait() == 1
    assert "the process ended with code -9" in text
    assert _alive(children) == []
    (kept,) = os.listdir(tmp_path)
    assert f"Kept in {tmp_path}/{kept}" in text
    assert "callcenter.log" in os.listdir(tmp_path / kept)


async def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, _demo(tmp_path, "--once", "--port-base", str(port)) as process:
        text = await _read(process)
        assert await process.wait() == 1
    assert text == f"the demo cannot run: port {port} of 127.0.0.1 is taken\n"
