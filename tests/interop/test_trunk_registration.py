"""A trunk that registers: two exchanges, one of them the other's carrier."""

import signal
from pathlib import Path

from agent_proto import AgentClient
from callcenter.demo.softphone import Softphone
from tests.support.daemon import Daemon, NewDaemon
from tests.support.live_site import LiveSite, write_site

LINE = """
[[trunk]]
name = "line"
hosts = ["127.0.0.1:{port}"]
register = true
user = "8001"
password = "{password}"
"""


def site_with_line(folder: Path, cache: Path, carrier: LiveSite, password: str) -> LiveSite:
    folder.mkdir()
    more = LINE.format(port=carrier.sip_port, password=password)
    return write_site(folder, cache, more=more)


async def stopped(daemon: Daemon) -> None:
    daemon.signal(signal.SIGTERM)
    assert await daemon.exited() == 0


async def test_a_line_is_registered_called_and_given_back(
    new_daemon: NewDaemon, speech_cache: Path, tmp_path: Path
) -> None:
    """The carrier's seat 8001 is our line: its agent takes the calls that it rings us with."""
    (tmp_path / "carrier").mkdir()
    carrier = write_site(tmp_path / "carrier", speech_cache)
    exchange = new_daemon(carrier)
    site = site_with_line(tmp_path / "site", speech_cache, carrier, "phone-8001")
    ours = new_daemon(site)
    await ours.logged("trunk registered", trunk="line")
    async with (
        await AgentClient.connect("127.0.0.1", carrier.agent_port) as agent,
        Softphone(carrier.exchange(), "13800001") as caller,
    ):
        login = await agent.login("1001", "agent-1001", "8001")
        assert login.state == "idle"
        call = await caller.call("4001")
        # The number that the carrier calls is 8001, which is none of ours: 404, not 403.
        await agent.wait_for("call.offer_withdrawn", cause="device_failed")
        await ours.logged("call refused", dnis="8001", code=404)
        call.hang_up()
        await stopped(ours)
        await agent.wait_for("agent.state_changed", state="busy")
    await stopped(exchange)


async def test_a_wrong_password_is_logged_once(
    new_daemon: NewDaemon, speech_cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "carrier").mkdir()
    carrier = write_site(tmp_path / "carrier", speech_cache)
    exchange = new_daemon(carrier)
    ours = new_daemon(site_with_line(tmp_path / "site", speech_cache, carrier, "wrong"))
    line = await ours.logged("trunk not registered", trunk="line")
    assert line["code"] == 403
    await stopped(ours)
    await stopped(exchange)
