"""A daemon whose RTP ports are used up: what it refuses, and that it comes back to its own."""

import asyncio
import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from callcenter.demo.softphone import Softphone
from tests.support.daemon import NewDaemon, run_command
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite, NewSite
from tests.support.records import eventually

CALLER_HZ, AGENT_HZ = 440, 620
PORTS = 4
"""A talk takes two, a caller who waits one. Two audio threads share them."""
RTP_PORTS = re.compile(r"rtp_ports = \[(\d+), \d+\]")


async def test_callers_beyond_the_ports_are_refused_and_nothing_is_kept_of_anybody(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    site = new_site()
    narrow(site)
    daemon = new_daemon(site)
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800001") as caller,
    ):
        for turn in (1, 2):
            talk = await caller.call("4001")
            handset = await phone.incoming()
            handset.answer()
            handset.say(AGENT_HZ)
            await talk.hears(tone=AGENT_HZ)
            waiting = [await caller.call("4001") for _ in range(2)]
            for call in waiting:
                await call.answered()
            assert (await media(site))["udp_ports"] == {"all": PORTS, "open": PORTS, "resting": 0}

            beyond = await (await caller.call("4001")).ended()
            assert (beyond.code, beyond.phrase) == (503, "No Media Port")
            await daemon.logged("call refused", reason="No Media Port", code=503)
            assert (await asked(site, "counters"))["refused"] == {"No Media Port": turn}

            # The agent is free at once, but their next caller's voice has to wait for the ports.
            talk.hang_up()
            handset = await phone.incoming()
            handset.answer()
            handset.say(AGENT_HZ)
            await waiting[0].hears(tone=AGENT_HZ)
            for call in reversed(waiting):  # nobody is left whom the agent could be offered
                call.hang_up()
                await call.ended()
            await agent.wait_for("agent.state_changed", state="idle")
            found = await eventually(partial(nothing_kept, site), within=20)
            assert [thread["ports"] for thread in found["threads"]] == [0, 0]
    daemon.stop()


def narrow(site: LiveSite) -> None:
    """Leaves the site the first ports of its range."""
    text = site.file.read_text()
    found = RTP_PORTS.search(text)
    assert found is not None
    first = int(found[1])
    few = f"rtp_ports = [{first}, {first + 2 * PORTS - 1}]"
    site.file.write_text(text.replace(found[0], few))


async def media(site: LiveSite) -> Mapping[str, Any]:
    """What `callcenter media` shows."""
    return await asked(site, "media")


async def nothing_kept(site: LiveSite) -> Mapping[str, Any] | None:
    """The same, once no port is open or at rest any more."""
    found = await media(site)
    return found if found["udp_ports"] == {"all": PORTS, "open": 0, "resting": 0} else None


async def asked(site: LiveSite, question: str) -> Mapping[str, Any]:
    """The answer of the daemon to an operator's command."""
    command = partial(run_command, question, "--config", str(site.file), "--json", cwd=site.folder)
    code, out, complaint = await asyncio.to_thread(command)
    assert code == 0, complaint
    answer: Mapping[str, Any] = json.loads(out)
    return answer
