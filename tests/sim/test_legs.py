"""The event stream tells which SIP sessions make up a call, and what each of them carried."""

import asyncio
from pathlib import Path

from callcenter import events
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time


@virtual_time
async def test_both_legs_of_a_call_are_told_with_their_parties(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(2)
        phone.answer()
        await asyncio.sleep(5)
        caller.hang_up()
        await moment()

        opened, closed = site.told(events.LegOpened), site.told(events.LegClosed)
        (call_id,) = {leg.call_id for leg in (*opened, *closed)}
        assert call_id == site.told(events.CallStarted)[0].call_id
        assert [leg.party for leg in opened] == ["trunk carrier", "seat 8001"]
        assert {leg.sip_call_id for leg in closed} == {leg.sip_call_id for leg in opened}
        assert len({leg.sip_call_id for leg in opened}) == 2


@virtual_time
async def test_a_phone_that_nobody_picks_up_is_a_leg_too(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(25)

        assert [leg.party for leg in site.told(events.LegOpened)][1:] == ["seat 8001"]
        assert len(site.told(events.LegClosed)) == 1
