"""Headless Chromium (Debian's package) with pages of the tests' own.

It is commanded by the Chrome DevTools Protocol: JSON over WebSockets, one for each page.
"""

import asyncio
import functools
import http.server
import json
import shutil
import subprocess
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect

PAGES = Path(__file__).parents[1] / "interop" / "browser"
_PATIENCE_S = 30.0
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # root has none, and it sees nothing but our own page
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--remote-debugging-port=0",
)


class PageError(Exception):
    """The page's script failed; the message is the script's."""


class Page:
    """One open page."""

    def __init__(self, wire: ClientConnection) -> None:
        self._wire = wire
        self._numbers = count(1)

    async def do(self, script: str) -> Any:
        """What the expression gives, once it is settled; PageError when it fails."""
        done = await self.command(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in done:
            raise PageError(json.dumps(done["exceptionDetails"])[:2000])
        return done["result"].get("value")

    async def command(self, method: str, **params: object) -> dict[str, Any]:
        """One command of the protocol, one at a time."""
        number = next(self._numbers)
        await self._wire.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                message = json.loads(await self._wire.recv())
                if message.get("id") == number:
                    break
        if "error" in message:
            raise PageError(f"{method}: {message['error']}")
        return dict(message["result"])


class Browser:
    """One running Chromium and a web server for its pages, to be used by `with`.

    Certificates with the keys whose hashes `trusted` names are taken for good.
    """

    def __init__(self, folder: Path, trusted: str = "") -> None:
        self._folder = folder
        self._trusted = trusted
        handler = functools.partial(_Quiet, directory=str(PAGES))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._serving = threading.Thread(target=self._server.serve_forever, name="pages")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        program = shutil.which("chromium")
        assert program is not None, "Chromium is missing (Debian's package chromium)"
        self._serving.start()
        with (self._folder / "chromium.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    *_OPTIONS,
                    f"--user-data-dir={self._folder / 'profile'}",
                    f"--ignore-certificate-errors-spki-list={self._trusted}",
                    "about:blank",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._serving.join()
        self._server.server_close()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @asynccontextmanager
    async def page(self, name: str, ready: str) -> AsyncIterator[Page]:
        """A page of PAGES in a tab of its own, from when the expression `ready` is true."""
        async with connect(await self._debugger(), proxy=None, max_size=None) as wire:
            browser = Page(wire)
            made = await browser.command(
                "Target.createTarget", url=f"http://localhost:{self._server.server_port}/{name}"
            )
            target = made["targetId"]
            try:
                where = str(wire.request.headers["Host"]) if wire.request else ""
                page_url = f"ws://{where}/devtools/page/{target}"
                async with connect(page_url, proxy=None, max_size=None) as own:
                    page = Page(own)
                    async with asyncio.timeout(_PATIENCE_S):
                        while not await page.do(ready):  # noqa: ASYNC110 - it loads
                            await asyncio.sleep(0.05)
                    yield page
            finally:
                await browser.command("Target.closeTarget", targetId=target)

    async def _debugger(self) -> str:
        """The debugger's address, which Chromium writes down when it is there."""
        file = self._folder / "profile" / "DevToolsActivePort"
        deadline = time.monotonic() + _PATIENCE_S
        while not (file.exists() and "\n" in file.read_text()):
            log = (self._folder / "chromium.log").read_text(errors="replace")
            assert self._process is not None
            assert self._process.poll() is None, f"Chromium ended:\n{log}"
            assert time.monotonic() < deadline, f"Chromium does not start:\n{log}"
            await asyncio.sleep(0.05)
        port, path = file.read_text().split("\n")[:2]
        return f"ws://127.0.0.1:{port}{path}"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""
