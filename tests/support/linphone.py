"""linphonec (Debian's linphone-cli) as a seat's phone: says a tone, keeps what it hears.

It is commanded by lines on its standard input and needs no sound card: it plays and records files.
"""

import asyncio
import os
import shutil
import wave
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from callcenter.demo.pulse import Pulse
from tests.support.audio import dominant_tone, pcm_bytes, pcm_samples, tone
from tests.support.live_site import LiveSite
from tests.support.ports import free_port

_SECONDS = 30
_PATIENCE_S = 20.0
_CONFIG = """\
[sip]
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
root_ca={authority}
verify_server_certs=1
verify_server_cn=1
default_proxy=0
register_only_when_network_is_up=0
use_ipv6=0

[proxy_0]
reg_proxy=<sip:localhost:{exchange};transport={transport}>
reg_route=<sip:{proxy};transport={transport}>
reg_identity=sip:{user}@127.0.0.1
reg_expires=60
reg_sendregister=1

[auth_info_0]
username={user}
passwd={password}
realm=127.0.0.1

[rtp]
audio_rtp_port={rtp_port}
"""


class Linphone:
    """One running linphonec, to be used by `async with`: inside it is registered.

    Over TLS it looks for `localhost` in the exchange's certificate, which `authority` (a file) has
    signed. Where a `proxy` (host:port) is given, everything goes there. With `picks_up` it answers
    by itself.
    """

    def __init__(
        self,
        site: LiveSite,
        seat_no: str,
        hz: int,
        *,
        transport: Literal["udp", "tcp", "tls"] = "udp",
        exchange: int | None = None,
        authority: Path | None = None,
        proxy: str = "",
        picks_up: bool = True,
    ) -> None:
        self._folder = site.folder / f"linphone-{seat_no}-{free_port()}"
        self._hz = hz
        self._picks_up = picks_up
        self._config = _CONFIG.format(
            authority=authority or "",
            exchange=exchange or site.sip_port,
            proxy=proxy or f"localhost:{exchange or site.sip_port}",
            transport=transport,
            user=seat_no,
            password=f"phone-{seat_no}",
            rtp_port=free_port(),
        )
        self.screen = ""
        """What it wrote so far, to be read by people."""
        self._pulse = Pulse()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        program = shutil.which("linphonec")
        assert program is not None, "linphonec is missing (Debian's package linphone-cli)"
        # It keeps its database there, and makes no folders for it.
        (self._folder / ".local/share/linphone").mkdir(parents=True)
        config = self._folder / "linphonerc"
        config.write_text(self._config)
        self._write_tone()
        self._process = await asyncio.create_subprocess_exec(
            program,
            *(["-a"] if self._picks_up else []),
            *("-c", str(config)),
            cwd=self._folder,
            env={**os.environ, "HOME": str(self._folder)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reading = asyncio.create_task(self._read())
        self.command("soundcard use files")
        self.command(f"play {self._folder / 'says.wav'}")
        self.command(f"record {self._folder / 'heard.wav'}")
        try:
            await self._registered()
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

    async def shows(self, text: str) -> None:
        """Until its screen shows that."""
        if not await self._pulse.until(lambda: text in self.screen, _PATIENCE_S):
            raise TimeoutError(f"no {text!r} of linphonec:\n{self.screen}")

    def heard(self) -> list[int]:
        """What came to its loudspeaker, eight thousand samples a second."""
        with wave.open(str(self._folder / "heard.wav")) as heard:
            step = heard.getnchannels() * heard.getframerate() // 8000
            return pcm_samples(heard.readframes(heard.getnframes()))[::step]

    def tones_heard(self, tones: Sequence[float]) -> set[float]:
        """Which of them filled half a second, at least once: on a busy machine it stumbles."""
        heard = self.heard()
        halves = (heard[at : at + 4000] for at in range(0, len(heard) - 3999, 800))
        loudest = (dominant_tone(half, tones) for half in halves)
        return {hz for hz in loudest if hz is not None}

    def _write_tone(self) -> None:
        with wave.open(str(self._folder / "says.wav"), "wb") as says:
            says.setnchannels(1)
            says.setsampwidth(2)
            says.setframerate(8000)
            says.writeframes(pcm_bytes(tone(self._hz, 1.0)) * _SECONDS)

    async def _registered(self) -> None:
        """It tells only who asks."""
        async with asyncio.timeout(_PATIENCE_S):
            while "registered, identity" not in self.screen:
                self.command("status register")
                await self._pulse.until(lambda: "registered, identity" in self.screen, 0.5)

    def command(self, line: str) -> None:
        """Has it do one of its commands (`call`, `answer`, `pause`, `resume`, `terminate` …)."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while chunk := await self._process.stdout.read(4096):
            self.screen += chunk.decode(errors="replace")
            self._pulse.fire()

    async def _close(self) -> None:
        assert self._process is not None
        assert self._reading is not None
        self.command("quit")
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading
