"""baresip (Debian's baresip-core) as a seat's phone: says a tone from a file, keeps what it hears.

It is commanded by its module ctrl_tcp: JSON in netstrings, answers and events over one connection.
"""

import asyncio
import contextlib
import json
import re
import shutil
import struct
import wave
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from callcenter.demo.pulse import Pulse
from tests.support.audio import dominant_tone, pcm_bytes, pcm_samples, tone
from tests.support.live_site import LiveSite
from tests.support.ports import free_port

_SECONDS = 30
"""How long its tone lasts."""
_PATIENCE_S = 30.0
_REGISTRATION = re.compile(r"(?:\{\d/\w+/v[46]\}|reg: \S+) (\d{3} [^\r\n]+)")

_CONFIG = """\
poll_method epoll
sip_listen {host}:{sip_port}
{interface}
call_max_calls 2
module_path {modules}
module g711.so
module g722.so
module l16.so
module opus.so
module aufile.so
module aubridge.so
module sndfile.so
module ctrl_tcp.so
{secrecy}module_tmp account.so
module_app menu.so
ctrl_tcp_listen 127.0.0.1:{control_port}
snd_path {folder}
audio_player aubridge,nobody
audio_source aufile,{folder}/says.wav
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels 1
auplay_channels 1
statmode_default off
"""
Secrecy: TypeAlias = Literal["offered", "required", "dtls", "dtls with ice"]
_SECRECIES: Mapping[Secrecy, str] = {
    "offered": ";mediaenc=srtp",
    "required": ";mediaenc=srtp-mand",
    "dtls": ";mediaenc=dtls_srtp",
    "dtls with ice": ";mediaenc=dtls_srtp;medianat=ice",
}
"""Of its voice: RFC 8643, RFC 4568, RFC 5763."""
_SECRECY_MODULES = "module srtp.so\nmodule dtls_srtp.so\nmodule ice.so\n"
_ACCOUNT = (
    "<sip:{user}@{host}:{exchange};transport={transport}>;auth_user={user};auth_pass={password}"
    ";answermode={answer_mode};regint=60;audio_codecs={codec}{outbound}{media}"
    ";audio_source=aufile,{folder}/says.wav\n"
)


Codec: TypeAlias = Literal["PCMA", "PCMU", "G722", "L16", "opus"]
_CODECS: Mapping[str, str] = {
    "PCMA": "PCMA/8000/1",
    "PCMU": "PCMU/8000/1",
    "G722": "G722/16000/1",
    "L16": "L16/8000/1",
    "opus": "opus/48000/2",
}


class NotRegisteredError(Exception):
    """The exchange refused the registration; the message is its answer."""


class Baresip:
    """One running baresip, to be used by `async with`: inside it is registered.

    `answer_mode` is baresip's: `auto` picks up at once, `manual` waits for `accept`. Where a
    `proxy` (host:port) is given, everything goes there. With `ipv6` it is on that loopback.
    """

    def __init__(
        self,
        site: LiveSite,
        seat_no: str,
        tone: int,
        *,
        answer_mode: Literal["auto", "manual"] = "auto",
        transport: Literal["udp", "tcp", "tls"] = "udp",
        exchange: int | None = None,
        codec: Codec = "PCMA",
        password: str | None = None,
        proxy: str = "",
        secrecy: Secrecy | None = None,
        ipv6: bool = False,
        rtcp_mux: bool = True,
        rate: int = 8000,
    ) -> None:
        """`rtcp_mux`: whether secret ones want reports with the voice (RFC 5761).

        `rate`: of what it says and hears, in Hz.
        """
        self.seat_no = seat_no
        self._rate = rate
        self.events: deque[Mapping[str, Any]] = deque()
        """What it told and nobody waited for yet."""
        self._folder = site.folder / f"baresip-{seat_no}-{free_port()}"
        self._folder.mkdir()
        # Its TLS port is the SIP port's successor.
        ports = free_port(3)
        host = "[::1]" if ipv6 else "127.0.0.1"
        over = "" if transport == "udp" else f";transport={transport}"
        self._exchange = f"{host}:{exchange or site.sip_port}{over}"
        self._control_port = ports + 2
        self._write_files(
            tone,
            host=host,
            interface="net_af ipv6\nnet_interface ::1" if ipv6 else "net_interface 127.0.0.1",
            sip_port=ports,
            control_port=self._control_port,
            modules=_modules(),
            user=seat_no,
            password=password or f"phone-{seat_no}",
            exchange=exchange or site.sip_port,
            transport=transport,
            answer_mode=answer_mode,
            codec=_CODECS[codec],
            rate=rate,
            folder=self._folder,
            outbound=f';outbound="sip:{proxy};transport={transport}"' if proxy else "",
            secrecy="" if secrecy is None else _secrecy_modules(rtcp_mux),
            media="" if secrecy is None else _SECRECIES[secrecy],
        )
        self.screen = ""
        """What it wrote so far, to be read by people."""
        self._pulse = Pulse()
        self._answers: deque[Mapping[str, Any]] = deque()
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        program = shutil.which("baresip")
        assert program is not None, "baresip is missing (Debian's package baresip-core)"
        self._process = await asyncio.create_subprocess_exec(
            program,
            *("-f", str(self._folder)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        self._tasks.append(asyncio.create_task(self._watch(self._process.stdout)))
        try:
            await self._registered()
            reader, self._writer = await asyncio.open_connection("127.0.0.1", self._control_port)
            self._tasks.append(asyncio.create_task(self._read(reader)))
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def command(self, name: str, parameters: str = "") -> str:
        """Has it do one of its long commands (`accept`, `hold`, `resume`, `hangup` …)."""
        assert self._writer is not None
        text = json.dumps({"command": name, "params": parameters}).encode()
        self._writer.write(b"%d:%s," % (len(text), text))
        if not await self._pulse.until(lambda: bool(self._answers), _PATIENCE_S):
            raise TimeoutError(f"baresip does not answer {name}:\n{self.screen}")
        answer = self._answers.popleft()
        assert answer["ok"], f"baresip refuses {name}: {answer}"
        return str(answer["data"])

    async def dial(self, number: str) -> None:
        """Calls a number of its exchange."""
        await self.command("dial", f"sip:{number}@{self._exchange}")

    async def talk(self, other: "Baresip") -> None:
        """Calls the other, which picks up; hangs up once both have been heard for a while."""
        await self.dial(other.seat_no)
        await self.told("CALL_ESTABLISHED")
        await other.told("CALL_ESTABLISHED")
        await asyncio.sleep(1.5)  # as long as they are to be heard
        await self.command("hangup")
        await other.told("CALL_CLOSED")

    async def told(self, event: str, within: float = _PATIENCE_S) -> Mapping[str, Any]:
        """Its first event of that type that nobody waited for yet."""

        def found() -> Mapping[str, Any] | None:
            return next((each for each in self.events if each["type"] == event), None)

        if not await self._pulse.until(lambda: found() is not None, within):
            raise TimeoutError(f"no {event} of baresip but {self.events}:\n{self.screen}")
        told = found()
        assert told is not None
        self.events.remove(told)
        return told

    def heard(self) -> list[int]:
        """What came to its loudspeaker in its last call; complete once it has ended."""
        return self._samples("dec")

    def last_tone(self, tones: Iterable[int]) -> float | None:
        """Which of the tones the last half second was that it heard."""
        return dominant_tone(self.heard()[-self._rate // 2 :], tones, self._rate)

    def _samples(self, which: Literal["enc", "dec"]) -> list[int]:
        path = max(self._folder.glob(f"dump-*-{which}.wav"))
        # The header's lengths are only right after the call; what follows it is.
        head, pcm = path.read_bytes()[:44], path.read_bytes()[44:]
        channels, rate = struct.unpack_from("<HI", head, 22)
        return pcm_samples(pcm)[:: channels * (rate // self._rate)]

    def _write_files(self, hz: int, **words: object) -> None:
        (self._folder / "config").write_text(_CONFIG.format(**words))
        (self._folder / "accounts").write_text(_ACCOUNT.format(**words))
        (self._folder / "contacts").touch()
        with wave.open(str(self._folder / "says.wav"), "wb") as says:
            says.setnchannels(1)
            says.setsampwidth(2)
            says.setframerate(self._rate)
            says.writeframes(pcm_bytes(tone(hz, 1.0, self._rate)) * _SECONDS)

    async def _registered(self) -> None:
        def answer() -> str:
            found = _REGISTRATION.search(self.screen)
            return found[1] if found else ""

        if not await self._pulse.until(lambda: bool(answer()), _PATIENCE_S):
            raise TimeoutError(f"baresip does not register:\n{self.screen}")
        if not answer().startswith("200"):
            raise NotRegisteredError(answer())

    async def _watch(self, output: asyncio.StreamReader) -> None:
        while chunk := await output.read(4096):
            self.screen += chunk.decode(errors="replace")
            self._pulse.fire()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                message = json.loads((await reader.readexactly(length + 1))[:-1])
                (self.events if message.get("event") else self._answers).append(message)
                self._pulse.fire()

    async def _close(self) -> None:
        assert self._process is not None
        if self._writer is not None:
            self._writer.close()
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)


def _secrecy_modules(rtcp_mux: bool) -> str:
    return _SECRECY_MODULES + (f"rtcp_mux {'yes' if rtcp_mux else 'no'}\n")


def _modules() -> Path:
    found = [*Path("/usr/lib").glob("baresip/modules"), *Path("/usr/lib").glob("*/baresip/modules")]
    assert found, "baresip has no modules (Debian's package baresip-core)"
    return found[0]
