"""The demo from start to end, and the site that stays up afterwards."""

import asyncio
import json
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path

from callcenter.demo.children import NotStartedError, daemon
from callcenter.demo.director import Director
from callcenter.demo.evidence import examine, show
from callcenter.demo.screen import Screen
from callcenter.demo.site import Language, Site, choose_ports
from callcenter.demo.story import Story
from callcenter.demo.texts import Texts

_FAILED = 1
_LAST_LINES = 10


def run(*, once: bool, port_base: int | None, keep_dir: Path | None, language: Language) -> int:
    """Returns the exit code: 0 when every step was verified. OSError: a port or folder."""
    ports = choose_ports(port_base)
    folder = (keep_dir or Path(tempfile.mkdtemp(prefix="callcenter-demo-"))).resolve()
    site = Site(folder, ports, language)
    site.write()
    demo = _Demo(site)
    code = asyncio.run(demo.run(once=once))
    if keep_dir is None and not demo.failed:
        site.remove()
    else:
        demo.tell_kept()
    return code


class _Demo:
    def __init__(self, site: Site) -> None:
        self.failed = False
        """Whether something went wrong that the logs may explain."""
        self._stopping = False
        self._site = site
        self._screen = Screen()
        self._texts = Texts(site.language)
        self._story = Story(self._screen, self._texts)

    async def run(self, *, once: bool) -> int:
        """Everything; a signal ends it early, and in order."""
        loop, running = asyncio.get_running_loop(), asyncio.ensure_future(self._run(once=once))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop, running)
        try:
            await running
        except asyncio.CancelledError:
            self._screen.say(self._texts("stopped"))
        return _FAILED if self._story.failures or self.failed else 0

    def tell_kept(self) -> None:
        """Where everything lies now."""
        self._screen.say(self._texts("kept", folder=self._site.folder))

    def _stop(self, running: "asyncio.Future[None]") -> None:
        """On a signal. Only the first one counts: what it begins must not be cut short."""
        if not self._stopping:
            self._stopping = True
            running.cancel()

    async def _run(self, *, once: bool) -> None:
        site, texts = self._site, self._texts
        self._screen.say(texts("opening", folder=site.folder))
        try:
            async with daemon(site.config, site.log) as process:
                ports = site.ports
                self._story.note("ready", {"sip_port": ports.sip, "agent_port": ports.agent})
                await self._perform()
                if not once:
                    await self._stay(process)
        except NotStartedError as error:
            self.failed = True
            self._story.fail("ready", str(error))
            self._screen.say(texts("trouble.not_started", log=site.log))
            last = site.log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:]
            self._screen.say("\n".join(last))

    async def _perform(self) -> None:
        story, texts = self._story, self._texts
        await Director(self._site, story, texts).perform()
        record = None
        if story.has("call_ringing") and story.has("call_ended"):
            call_id = str(story.outcomes["call_ringing"].facts["call_id"])
            record = await examine(self._site, call_id, story, texts)
        if record is not None:
            show(record, self._screen, texts)
        story.sum_up()
        self.failed = story.failures > 0

    async def _stay(self, process: Process) -> None:
        """Tells how to join, until Ctrl-C; or the daemon ends by itself, which it should not."""
        site, ports = self._site, self._site.ports
        seat = {"agent_id": "1001", "password": "agent-1001", "seat_no": "8001", "class": "agent"}
        self._screen.say("")
        self._screen.say(
            self._texts(
                "join",
                sip_port=ports.sip,
                agent_port=ports.agent,
                hello=_request(1, "session.hello", {"protocol": 1, "client": "nc", "locale": "en"}),
                login=_request(2, "agent.login", seat),
                answer=_request(3, "call.answer", {"call_id": "…"}),
                hangup=_request(4, "call.hangup", {"call_id": "…"}),
                python=sys.executable,
                config=site.config,
                log=site.log,
                recordings=site.recordings,
                database=f"{site.folder}/callcenter.db",
            )
        )
        code = await process.wait()
        self._screen.say(self._texts("trouble.daemon_died", code=code, log=site.log), "bold red")
        self.failed = True


def _request(number: int, method: str, params: Mapping[str, object]) -> str:
    request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return json.dumps(request, ensure_ascii=False, separators=(",", ":"))
