"""A message lights the lamp of the phone that watches the box (HL-8)."""

import asyncio
from pathlib import Path

from tests.sim.test_voicemail import at_the_beep
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time

WATCHER = """
[[seat]]
seat_no = "8031"
password = "phone-8031"
mailbox = "default"
"""


@virtual_time
async def test_a_phone_is_told_when_it_registers_and_when_a_message_is_left(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=WATCHER) as site:
        phone = await site.phone("8031")
        await moment()
        [dark] = site.network.sent("NOTIFY", to=phone.host)
        assert "Messages-Waiting: no" in dark

        caller = await at_the_beep(site)
        await asyncio.sleep(5)
        caller.hang_up()
        await moment()
        _, lit = site.network.sent("NOTIFY", to=phone.host)
        assert "Event: message-summary" in lit
        assert "Voice-Message: 1/0 (0/0)" in lit
