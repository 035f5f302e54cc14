"""Sessions are refreshed; a side that is gone without a word is noticed by that (RFC 4028)."""

import asyncio
from pathlib import Path

from callcenter import events
from tests.support.sim_site import running_site
from tests.support.virtual_loop import virtual_time


@virtual_time
async def test_a_call_is_refreshed_and_one_whose_carrier_died_ends(tmp_path: Path) -> None:
    """No BYE comes, the voice flows no more, nobody probes it: the session timer ends it."""
    more = '\n[[queue]]\nname = "patient"\nskills = { nobody = 1 }\n'
    more += '[[number]]\ndnis = "5000"\nqueue = "patient"\n'
    async with running_site(tmp_path, more=more) as site:
        caller = await site.caller()
        caller.dial("5000")
        await asyncio.sleep(4000)
        assert caller.up
        site.network.lose_host(caller.host)
        await asyncio.sleep(1900)
        assert not site.exchange.switchboard.calls


@virtual_time
async def test_an_agents_phone_that_answers_no_refresh_gives_the_caller_back(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(8)
        assert caller.hears == "8001"
        site.network.lose_host(phone.host)
        await asyncio.sleep(900 + 33)
        (talk,) = site.told(events.TalkEnded)
        assert (talk.by, talk.cause) == ("system", "device_failed")
        assert len(site.told(events.QueueEntered)) == 2
        assert caller.hears == "<music>"
