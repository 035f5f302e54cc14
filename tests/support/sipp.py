"""SIPp (Debian's sip-tester) as callers and phones: one scenario, one process."""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from tests.support.live_site import LiveSite
from tests.support.ports import free_port

SCENARIOS = Path(__file__).parents[1] / "interop" / "sipp"
_TAIL = 6000

Transport: TypeAlias = Literal["udp", "tcp"]


class SippFailedError(Exception):
    """The scenario did not go as written; the message has what SIPp noticed and the messages."""


class Sipp:
    """One run of a scenario, to be used by `async with`; what still runs at the end is killed.

    `user` and `rtp_port` are words of the scenarios: who calls, and where they take audio; so is
    `contact`, as whom a phone registers if not as `user`. `lost` is the share of messages, in per
    cent, that SIPp drops on either way. `out_of_call` is a second scenario, for requests that
    belong to no call of the first.
    """

    def __init__(
        self,
        site: LiveSite,
        scenario: str,
        *,
        number: str = "4001",
        port: int | None = None,
        host: str = "127.0.0.1",
        exchange: str = "",
        transport: Transport = "udp",
        calls: int = 1,
        pause_ms: int = 0,
        lost: int = 0,
        user: str = "13800000000",
        contact: str = "",
        password: str = "",
        rtp_port: int = 9,
        out_of_call: str | None = None,
        within: float = 30.0,
    ) -> None:
        self.port = port or free_port()
        self.host = host
        self._scenario = scenario
        self._folder = site.folder / f"sipp-{scenario}-{self.port}"
        self._within = within
        self._process: asyncio.subprocess.Process | None = None
        second = ["-oocsf", str(SCENARIOS / f"{out_of_call}.xml")] if out_of_call else []
        self._arguments = [
            exchange or f"127.0.0.1:{site.sip_port}",
            *("-sf", str(SCENARIOS / f"{scenario}.xml"), *second),
            *("-i", host, "-p", str(self.port), "-t", f"{transport[0]}1", "-s", number),
            *("-m", str(calls), "-r", "20", "-d", str(pause_ms), "-lost", str(lost)),
            *("-timeout", f"{within:.0f}s", "-timeout_error", "-nostdin"),
            *("-trace_err", "-error_file", "errors", "-trace_msg", "-message_file", "messages"),
            *(
                "-key",
                "user",
                user,
                "-key",
                "contact",
                contact or user,
                "-key",
                "rtp_port",
                str(rtp_port),
            ),
            *("-au", user, "-ap", password),
        ]

    async def __aenter__(self) -> Self:
        program = shutil.which("sipp")
        assert program is not None, "SIPp is missing (Debian's package sip-tester)"
        self._folder.mkdir()
        with (self._folder / "screen").open("wb") as screen:
            self._process = await asyncio.create_subprocess_exec(
                program,
                *self._arguments,
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=screen,
                stderr=asyncio.subprocess.STDOUT,
                env={"TERM": "dumb"},
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def passed(self) -> str:
        """Until the scenario is through, for every call; returns all messages of it."""
        assert self._process is not None
        try:
            async with asyncio.timeout(self._within + 5):
                code = await self._process.wait()
        except TimeoutError:
            raise SippFailedError(f"{self._scenario} does not end:\n{self._story()}") from None
        if code != 0:
            raise SippFailedError(f"{self._scenario} ended with {code}:\n{self._story()}")
        return self._file("messages")

    @property
    def messages(self) -> str:
        """All messages so far."""
        return self._file("messages")

    async def received(self, text: str, times: int = 1) -> None:
        """Until the messages so far, of either side, hold that text so often."""
        try:
            async with asyncio.timeout(self._within):
                while self.messages.count(text) < times:  # noqa: ASYNC110 - SIPp tells nobody
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise SippFailedError(f"no {text!r}:\n{self._story()}") from None

    def go_on(self) -> None:
        """For a scenario that waits for a MESSAGE: the test's word, in its newest call."""
        call_id = re.findall(r"^Call-ID: (.*)$", self.messages, re.MULTILINE)[-1].strip()
        here, branch = f"{self.host}:{self.port}", os.urandom(6).hex()
        message = (
            f"MESSAGE sip:{here} SIP/2.0\r\nVia: SIP/2.0/UDP test;branch=z9hG4bK{branch}\r\n"
            f"From: <sip:test>;tag=1\r\nTo: <sip:{here}>\r\nCall-ID: {call_id}\r\n"
            "CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.sendto(message.encode(), (self.host, self.port))

    def _story(self) -> str:
        parts = [self._file(name)[-_TAIL:] for name in ("errors", "messages")]
        return "\n".join(parts) if any(parts) else self._file("screen")[-_TAIL:]

    def _file(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(errors="replace") if path.exists() else ""


async def run(site: LiveSite, scenario: str, **settings: Any) -> str:
    """Runs a scenario to its end; returns its messages."""
    async with Sipp(site, scenario, **settings) as sipp:
        return await sipp.passed()


@asynccontextmanager
async def registered_phone(
    site: LiveSite, behaviour: str, seat_no: str = "8001", **settings: Any
) -> AsyncIterator[Sipp]:
    """A seat's phone over UDP: registers, then takes calls at the same port."""
    port = free_port()
    await run(site, "registered", port=port, user=seat_no, password=f"phone-{seat_no}")
    async with Sipp(site, behaviour, port=port, user=seat_no, **settings) as phone:
        yield phone
