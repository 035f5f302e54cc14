"""A `webrtc` seat: a plain page in Chromium signs an agent in and is the phone, by `seat.offer`."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from callcenter.demo.phone_call import PhoneCall
from callcenter.demo.softphone import Softphone
from tests.support.browser import Browser, Page, PageError
from tests.support.daemon import Daemon
from tests.support.live_site import LiveSite, write_site
from tests.support.ports import free_port

AGENT_HZ, CALLER_HZ = 440, 620
_SEAT = '\n[[seat]]\nseat_no = "8031"\nkind = "webrtc"\n'


@dataclass(frozen=True)
class Web:
    """A daemon whose agents come by WebSocket, and a browser."""

    daemon: Daemon
    browser: Browser
    server: str

    @property
    def site(self) -> LiveSite:
        return self.daemon.site

    @asynccontextmanager
    async def seat(self, seat_no: str = "8031") -> AsyncIterator[Page]:
        """A page in which agent 1001 has signed in."""
        async with self.browser.page("seat.html", "'seat' in window") as page:
            words = json.dumps([self.server, "1001", "agent-1001", seat_no])
            await page.do(f"seat.signIn(...{words})")
            yield page
            await page.do("seat.ask('agent.logout')")

    def caller(self) -> Softphone:
        return Softphone(self.site.exchange(), "13800001")


@pytest.fixture(scope="module")
def _web(speech_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web-seat")
    port = free_port()
    more = f'[http]\nlisten = "127.0.0.1:{port}"\n{_SEAT}'
    daemon = Daemon(write_site(folder, speech_cache, more=more))
    try:
        with Browser(folder) as browser:
            daemon.wait_ready()
            yield Web(daemon, browser, f"ws://127.0.0.1:{port}/agent")
            daemon.stop()
    finally:
        daemon.remove()


@pytest.fixture
def web(_web: Web) -> Iterator[Web]:
    """The two; each test must leave the daemon without calls and errors."""
    yield _web
    _web.daemon.wait_quiet()
    _web.daemon.assert_healthy()


async def test_calls_come_and_go_in_the_page(web: Web) -> None:
    async with web.seat() as page, web.caller() as caller:
        await page.do("seat.offer()")
        assert (await page.do("seat.ask('seat.get')"))["registered"]
        for _ in range(2):
            call = await answered(page, caller)
            await talk(page, call)
            await page.do("seat.ask('call.hangup', { call_id: seat.callId })")
            await call.ended()
            await page.do("seat.event('call.ended')")


async def test_a_new_way_and_a_new_connection_keep_the_call(web: Web) -> None:
    async with web.seat() as page, web.caller() as caller:
        await page.do("seat.offer()")
        call = await answered(page, caller)
        await talk(page, call)
        await page.do("seat.offer({ restart: true })")
        await talk(page, call)
        await page.do("seat.offer()")
        await talk(page, call)
        call.hang_up()
        await page.do("seat.event('call.ended')")


async def test_an_agent_without_a_connection_is_offered_nothing(web: Web) -> None:
    async with web.seat() as page:
        seat = await page.do("seat.ask('seat.get')")
        assert (seat["kind"], seat["answer_mode"]) == ("webrtc", "nailed_up")
        assert not seat["registered"]
        state = await page.do("seat.ask('agent.get')")
        assert (state["state"], state["reason"]) == ("busy", "device_failed")


async def test_what_is_no_offer_is_refused(web: Web) -> None:
    async with web.seat() as page:
        with pytest.raises(PageError, match="media_failed"):
            await page.do("seat.ask('seat.offer', { sdp: 'v=0' })")
    async with web.seat("8001") as page:
        with pytest.raises(PageError, match="seat_mismatch"):
            await page.do("seat.ask('seat.offer', { sdp: 'v=0' })")


async def answered(page: Page, caller: Softphone) -> PhoneCall:
    """A call that the agent has answered at the desk."""
    call = await caller.call("4001")
    await page.do("seat.event('call.ringing').then(({ call_id }) => (seat.callId = call_id))")
    await page.do("seat.ask('call.answer', { call_id: seat.callId })")
    await call.answered()
    return call


async def talk(page: Page, call: PhoneCall) -> None:
    """Each says a tone and hears the other's."""
    await page.do(f"seat.voice.say({AGENT_HZ})")
    call.say(CALLER_HZ)
    await call.hears(tone=AGENT_HZ)
    assert await page.do(f"seat.voice.hears({CALLER_HZ})")
