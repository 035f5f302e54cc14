"""One datagram in ten is lost, others overtake each other: every call completes all the same."""

import asyncio
from pathlib import Path

from callcenter import events
from tests.support.sim_site import running_site
from tests.support.virtual_loop import virtual_time

CALLS = 50


@virtual_time
async def test_fifty_calls_complete_while_a_tenth_of_all_datagrams_is_lost(tmp_path: Path) -> None:
    async with running_site(tmp_path, loss=0.1, delay=0.02, jitter=0.05, seed=2) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls(after=1)
        for number in range(CALLS):
            caller = await site.caller(str(number))
            caller.dial("4001")
            for _ in range(30):
                await asyncio.sleep(1)
                if caller.idle or (desk.state == "talking" and caller.hears == "8001"):
                    break
            (caller if number % 2 else phone).hang_up()
            await asyncio.sleep(40)  # whatever has to be said again is said by then
            assert caller.idle, caller.log
            assert phone.idle, phone.log
            if desk.state != "idle":
                await phone.register()
                await desk.ask("agent.set_idle")

        assert site.network.lost > 50
        assert len(site.told(events.TalkStarted)) == CALLS
        assert len(site.told(events.CallEnded)) == CALLS
