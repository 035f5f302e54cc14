"""What the agent protocol refuses where the daemon cannot: the disk is full, a phone has registered
as another seat's, the service ends. Live, as in `test_protocol_rows`.
"""

import asyncio
import re
import shutil
import signal
from pathlib import Path

import pytest

from callcenter.demo.phone_call import PhoneCall
from callcenter.demo.softphone import Softphone
from tests.interop import test_protocol_rows
from tests.interop.test_protocol_rows import MORE, SITE_OF_ROWS, leave_messages
from tests.support.daemon import Daemon, NewDaemon
from tests.support.live_site import NewSite
from tests.support.protocol_rows import LIMITS, ROWS, Who
from tests.support.protocol_stage import Desk, Stage, refuses
from tests.support.sipp import run

LEAST_FREE_MB = 1_000_000
FULL = f"[recordings]\nleast_free_mb = {LEAST_FREE_MB}\n"
"""A disk that has less room than that takes no recording."""


async def test_a_daemon_in_distress(new_site: NewSite, new_daemon: NewDaemon) -> None:
    site = new_site(agent_proto=LIMITS, more=MORE + SITE_OF_ROWS + FULL)
    if shutil.disk_usage(site.folder).free >= LEAST_FREE_MB * 1_000_000:
        pytest.skip("a disk too large to count as full")
    await leave_messages(site)
    daemon = new_daemon(site)
    stage = Stage(daemon.site, set())
    async with (
        softphone(stage, "8001") as phone,
        softphone(stage, "8002"),
        softphone(stage, "8003"),
        stage.desk("1001", "8001") as agent,
        stage.desk("1002", "8002", **{"class": "supervisor"}) as boss,
        stage.caller() as caller,
    ):
        await misregistered(stage, agent)
        call = await caller.call("4010")
        call_id = (await agent.told("call.ringing"))["call_id"]
        (await phone.incoming()).answer()
        await agent.told("call.answered")
        async with stage.on_break():
            await refuses("full disk", {"agent": agent, "boss": boss}, call_id)
        call.hang_up()
        await agent.until("acw")
        await agent.ask("agent.finish_acw")
        async with stage.desk("1004", "8003"):
            await draining(stage, daemon, {"agent": agent, "boss": boss})
    assert await daemon.exited() == 0
    full = [line for line in daemon.lines if "room" in str(line)]
    assert len(full) == 1 + len(ROWS["full disk"]) + 1, "of the talk, too"
    for line in full:
        daemon.lines.remove(line)
    daemon.assert_healthy()


def softphone(stage: Stage, seat_no: str) -> Softphone:
    return Softphone(stage.site.exchange(), seat_no, password=f"phone-{seat_no}")


async def misregistered(stage: Stage, agent: Desk) -> None:
    """The phone of 8005 registers as that of 8003."""
    await run(stage.site, "registered", user="8005", password="phone-8005", contact="8003")
    guest = await stage.connect()
    await refuses("misregistered", {"agent": agent, "guest": guest})
    await guest.client.close()


async def draining(stage: Stage, daemon: Daemon, desks: dict[Who, Desk]) -> None:
    """The service ends as soon as two who talk have ended."""
    async with softphone(stage, "8012") as one, softphone(stage, "8013") as other:
        last = await one.call("8013")
        taken: PhoneCall = await other.incoming()
        taken.answer()
        await last.answered()
        daemon.signal(signal.SIGTERM)
        await daemon.logged("stopping")
        await refuses("draining", desks)
        last.hang_up()
        await taken.ended()
        told = [desk.told("session.closing", reason="shutdown") for desk in desks.values()]
        await asyncio.gather(*told)


def test_every_scene_is_played_live() -> None:
    sources = (Path(__file__), Path(test_protocol_rows.__file__))
    played = re.compile(r'refuses\(\s*"([^"]+)"')
    assert {name for path in sources for name in played.findall(path.read_text())} == ROWS.keys()
