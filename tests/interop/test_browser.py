"""SIP.js in Chromium as a seat's phone, over WS and WSS.

Proved are its voice, which is DTLS-SRTP with ICE, both ways; digest, keep-alive, calls that reach
the browser and that it makes; and what becomes of its registration when the connection goes.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from callcenter.demo.phone_call import PhoneCall
from callcenter.demo.softphone import CallFailedError, Softphone
from tests.support.browser import Browser, Page
from tests.support.certificates import key_hash, make_certificate
from tests.support.daemon import Daemon, run_command
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite, write_site
from tests.support.ports import free_port

BROWSER_HZ, PHONE_HZ = 440, 620
TRANSPORTS = pytest.mark.parametrize("transport", ["ws", "wss"])


@dataclass(frozen=True)
class Web:
    """A daemon that browsers reach, and a browser."""

    daemon: Daemon
    browser: Browser
    servers: dict[str, str]

    @property
    def site(self) -> LiveSite:
        return self.daemon.site

    def registered(self) -> list[dict[str, Any]]:
        """The phones that the daemon knows."""
        arguments = ("registrations", "--json", "--config", str(self.site.file))
        code, out, err = run_command(*arguments, cwd=self.site.folder)
        assert code == 0, err
        return list(json.loads(out))

    async def forgets(self) -> None:
        """Until no phone is registered."""
        async with asyncio.timeout(30):
            while self.registered():  # noqa: ASYNC110 - the daemon tells nobody
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def phone(self, transport: str = "wss", seat_no: str = "8011") -> AsyncIterator[Page]:
        """A page whose phone has registered."""
        async with self.browser.page("phone.html", "'phone' in window") as page:
            words = json.dumps([self.servers[transport], "127.0.0.1", seat_no, f"phone-{seat_no}"])
            assert await page.do(f"phone.register(...{words})") == 200
            yield page


@pytest.fixture(scope="module")
def _web(speech_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    certificate = make_certificate(folder / "tls")
    ports = {transport: free_port() for transport in ("ws", "wss")}
    listen = [f"{name}:127.0.0.1:{port}" for name, port in ports.items()]
    more = f'[tls]\ncertificate = "{certificate.chain}"\nkey = "{certificate.key}"\n'
    daemon = Daemon(write_site(folder, speech_cache, listen=listen, more=more))
    try:
        with Browser(folder, key_hash(certificate)) as browser:
            daemon.wait_ready()
            servers = {name: f"{name}://127.0.0.1:{port}/" for name, port in ports.items()}
            yield Web(daemon, browser, servers)
            daemon.stop()
    finally:
        daemon.remove()


@pytest.fixture
def web(_web: Web) -> Iterator[Web]:
    """The two; each test must leave the daemon without calls and errors."""
    yield _web
    _web.daemon.wait_quiet()
    _web.daemon.assert_healthy()


@TRANSPORTS
async def test_a_browser_registers_pings_and_takes_its_registration_back(
    web: Web, transport: str
) -> None:
    async with web.phone(transport) as page:
        [binding] = web.registered()
        assert binding["source"].startswith(f"{transport}:127.0.0.1:")
        assert "SIP.js" in binding["user_agent"]
        assert await page.do("phone.options()") == 200
        await page.do("phone.saw('pong')")
        assert await page.do("phone.unregister()") == 200
        assert not web.registered()


@TRANSPORTS
async def test_a_browser_calls_and_each_hears_the_other(web: Web, transport: str) -> None:
    async with web.phone(transport) as page, seat_phone(web, "8012") as called:
        calling = asyncio.create_task(page.do("phone.call('8012')"))
        call = await called.incoming()
        call.answer()
        assert (await calling)["code"] == 200
        await talk(page, call)
        await page.do("phone.hangUp()")
        assert (await call.ended()).by == "remote"


@TRANSPORTS
async def test_a_browser_is_called_and_each_hears_the_other(web: Web, transport: str) -> None:
    async with web.phone(transport) as page, seat_phone(web, "8012") as caller:
        call = await caller.call("8011")
        await page.do("phone.saw('call from 8012')")
        await page.do("phone.pickUp()")
        await call.answered()
        await talk(page, call)
        call.hang_up()
        await page.do("phone.saw('over')")


async def test_a_browser_hears_the_menu(web: Web) -> None:
    """What is played waits for the keys: nothing of it is lost."""
    async with web.phone() as page:
        assert (await page.do("phone.call('4000')"))["code"] == 200
        await page.do("phone.saw('talking')")
        assert not await page.do("phone.voice.isSilent(3000)")
        await page.do("phone.hangUp()")


async def test_a_call_reaches_the_browser_which_refuses_it(web: Web) -> None:
    async with web.phone() as page, seat_phone(web, "8012") as caller:
        call = await caller.call("8011")
        await page.do("phone.saw('call from 8012')")
        await call.ringing()
        await page.do("phone.refuse(486)")
        with pytest.raises(CallFailedError, match="486"):
            await call.answered()


async def test_a_caller_who_gives_up_stops_the_browser_s_ringing(web: Web) -> None:
    async with web.phone() as page, seat_phone(web, "8012") as caller:
        call = await caller.call("8011")
        await page.do("phone.saw('call from 8012')")
        call.hang_up()
        await page.do("phone.saw('cancelled')")


async def test_an_agent_works_in_the_browser(web: Web) -> None:
    async with (
        web.phone(seat_no="8001") as page,
        desk(web.site) as agent,
        Softphone(web.site.exchange(), "13800001") as caller,
    ):
        call = await caller.call("4001")
        await page.do("phone.saw('call from 13800001')")
        await page.do("phone.pickUp()")
        await agent.wait_for("call.answered")
        await talk(page, call)
        call.hang_up()
        await agent.wait_for("call.ended", by="caller")


async def test_an_agent_s_offer_goes_on_when_the_browser_refuses(web: Web) -> None:
    async with (
        web.phone(seat_no="8001") as page,
        desk(web.site) as agent,
        Softphone(web.site.exchange(), "13800001") as caller,
    ):
        call = await caller.call("4001")
        await page.do("phone.saw('call from 13800001')")
        await page.do("phone.refuse(603)")
        await agent.wait_for("call.offer_withdrawn", cause="rejected")
        call.hang_up()
        await call.ended()


async def test_texts_between_calls_are_not_served(web: Web) -> None:
    async with web.phone() as page:
        assert await page.do("phone.text('8012', 'hello')") == 405


@TRANSPORTS
async def test_a_connection_that_goes_takes_the_registration_along(
    web: Web, transport: str
) -> None:
    async with web.phone(transport) as page:
        assert web.registered()
        await page.do("phone.disconnect()")
        await page.do("phone.saw('disconnected')")
        await web.forgets()


async def test_a_tab_that_is_closed_takes_the_registration_along(web: Web) -> None:
    async with web.phone():
        assert web.registered()
    await web.forgets()


async def talk(page: Page, call: PhoneCall) -> None:
    """Each says a tone and hears the other's."""
    await page.do("phone.saw('talking')")
    await page.do(f"phone.voice.say({BROWSER_HZ})")
    call.say(PHONE_HZ)
    await call.hears(tone=BROWSER_HZ)
    assert await page.do(f"phone.voice.hears({PHONE_HZ})")


def seat_phone(web: Web, seat_no: str) -> Softphone:
    """Another extension's phone, of our own making."""
    return Softphone(web.site.exchange(), seat_no, password=f"phone-{seat_no}")
