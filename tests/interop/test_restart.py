"""Phones do not notice that the daemon was restarted."""

import asyncio
import signal

from agent_proto import AgentClient
from callcenter.demo.softphone import Softphone
from tests.support.daemon import NewDaemon
from tests.support.live_site import NewSite


async def test_a_phone_is_rung_after_a_restart_without_registering_again(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    site = new_site()
    first = new_daemon(site)
    async with Softphone(site.exchange(), "8001", password="phone-8001") as phone:
        first.signal(signal.SIGTERM)
        assert await first.exited() == 0
        second = await asyncio.to_thread(new_daemon, site)  # a phone whose loop waits is overloaded
        await second.logged("registrations restored", phones=1)
        async with (
            await AgentClient.connect("127.0.0.1", site.agent_port) as agent,
            Softphone(site.exchange(), "13800001") as caller,
        ):
            login = await agent.login("1001", "agent-1001", "8001")
            assert login.state == "idle"
            call = await caller.call("4001")
            (await phone.incoming()).answer()
            await agent.wait_for("call.answered")
            call.hang_up()
            await agent.wait_for("call.ended")
        second.signal(signal.SIGTERM)
        assert await second.exited() == 0
    second.assert_healthy()
    secret = site.folder / "state" / "nonce.key"
    assert secret.stat().st_mode & 0o077 == 0
