"""What of a queue outlives a daemon that is killed: who is to be called back, and the ledger."""

import asyncio
import json
import signal

from callcenter.demo.softphone import Softphone
from tests.support.daemon import NewDaemon, run_command
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite, NewSite
from tests.support.ports import free_port
from tests.support.records import eventually

CUSTOMER = "13800138000"
MORE = """
[[trunk]]
name = "back"
hosts = ["127.0.0.5:{port}"]
[[route]]
name = "all"
trunks = ["back"]
[[queue]]
name = "calling"
skills = {{ sales = 1 }}
announce_agent = false
[queue.callback]
key = "1"
[[number]]
dnis = "4006"
queue = "calling"
"""


def report(site: LiveSite) -> dict[str, int]:
    """The figures of the queue, as the command tells them."""
    options = ("--config", str(site.file), "--by", "total", "--queue", "calling", "--json")
    code, out, err = run_command("report", "queues", *options, cwd=site.folder)
    assert code == 0, err
    [record] = json.loads(out)
    return {key: value for key, value in record.items() if isinstance(value, int) and value}


async def reported(site: LiveSite, **wanted: int) -> None:
    """Until the report has these: rows are written behind the calls, every half second."""

    async def look() -> bool | None:
        figures = await asyncio.to_thread(report, site)
        return wanted.items() <= figures.items() or None

    await eventually(look)


async def test_a_killed_daemon_keeps_callbacks_and_closes_what_was_open(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    port = free_port()
    site = new_site(more=MORE.format(port=port))
    first = await asyncio.to_thread(new_daemon, site)
    async with (
        Softphone(site.exchange(), CUSTOMER) as customer,
        Softphone(site.exchange(), "13800000002") as waiter,
    ):
        call = await customer.call("4006")
        await call.answered()
        await call.press("1")
        await call.ended()
        await (await waiter.call("4006")).answered()
        await reported(site, presented=2, callback=1)
        first.signal(signal.SIGKILL)
        await first.exited()

    second = await asyncio.to_thread(new_daemon, site)
    await second.logged("callbacks restored", callbacks=1)
    await second.logged("store_lost_visits_closed", visits=1)
    figures = await asyncio.to_thread(report, site)
    assert figures["presented"] == 2
    assert (figures["callback"], figures["system_error"]) == (1, 1)
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        Softphone(site.exchange(), CUSTOMER, host="127.0.0.5", port=port) as back,
        desk(site) as agent,
    ):
        await agent.wait_for("call.ringing", ani=CUSTOMER, queue="calling")
        theirs = await phone.incoming()
        theirs.answer()
        called = await back.incoming()
        called.answer()
        phone_tone, customer_tone = 700, 1500
        theirs.say(phone_tone)
        called.say(customer_tone)
        await called.hears(tone=phone_tone, within=10)
        await theirs.hears(tone=customer_tone, within=10)
        called.hang_up()
        await agent.wait_for("call.ended")
    await reported(site, presented=3, answered=1)
    await asyncio.to_thread(second.stop)
